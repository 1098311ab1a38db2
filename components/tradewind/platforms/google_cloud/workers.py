"""Workers: a managed instance group for each pool.

Reads: `Site`, a pool, its user data. Makes: an instance template, a group, and health checks.

User data is in the group's configuration of all instances, not in the template: a change of it alone is written to
running machines, which read it no more, and new ones boot with it. That is a renewed token. Everything else that
machines should take on makes another template with a boot disk of another name, which no machine gets but by its
replacement (docs/decisions/0017-google-cloud.md).
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import pulumi
import pulumi_gcp.compute as compute

from tradewind import naming
from tradewind.choices import Networking
from tradewind.kubelet import Role
from tradewind.platforms.google_cloud.firewall import network_tag
from tradewind.platforms.google_cloud.images import image_family
from tradewind.platforms.google_cloud.site import SCOPES, Site
from tradewind.platforms.google_cloud.spec import GoogleCloudMachineSpec
from tradewind.platforms.ports import INGRESS_HEALTH_PORT, KUBE_PROXY_HEALTH_PORT
from tradewind.platforms.user_data import GroupUserData
from tradewind.spec.cloud import Pool

_BOOT_SECONDS = 900
"""For which a new machine is not repaired: one that is slow to boot would be made anew, and anew."""


@dataclass(frozen=True)
class WorkerGroup:
    """The workers of a pool, for load balancers."""

    instance_group: pulumi.Output[str]
    """URL of the instance group."""
    target_pool: pulumi.Output[str]
    """Self link of the target pool."""


def worker_group(
    site: Site, pool: Pool[GoogleCloudMachineSpec], user_data: GroupUserData, opts: pulumi.ResourceOptions
) -> WorkerGroup:
    """The group of a pool. Machines make way for new ones a few at a time when their template changes."""
    name = pool.node.name
    template = _template(site, pool, user_data.revision, opts)
    targets = _target_pool(site, name, opts)
    group = compute.RegionInstanceGroupManager(
        naming.child(name, "group"),
        region=site.spec.region,
        base_instance_name=name,
        distribution_policy_zones=site.zones,
        target_size=pool.workers,
        versions=[compute.RegionInstanceGroupManagerVersionArgs(instance_template=template.self_link)],
        all_instances_config=compute.RegionInstanceGroupManagerAllInstancesConfigArgs(
            metadata={"user-data": user_data.text}
        ),
        named_ports=[{"name": "http", "port": 80}, {"name": "https", "port": 443}],
        target_pools=[targets.self_link],
        update_policy=compute.RegionInstanceGroupManagerUpdatePolicyArgs(
            type="PROACTIVE",
            minimal_action="REFRESH",
            most_disruptive_allowed_action="REPLACE",
            replacement_method="SUBSTITUTE",
            # One for each zone is the least that a group of a region takes.
            max_surge_fixed=len(site.zones),
            max_unavailable_fixed=0,
        ),
        # A machine that is repaired boots with the token of today.
        instance_lifecycle_policy={"force_update_on_repair": "YES"},
        auto_healing_policies=_auto_healing(site, name, opts),
        # Spot instances may be long in coming.
        wait_for_instances=False,
        opts=opts,
    )
    return WorkerGroup(instance_group=group.instance_group, target_pool=targets.self_link)


def boot_disk_name(machine: GoogleCloudMachineSpec, image: str, *, private: bool, late: Sequence[str | None]) -> str:
    """Name of the boot disk for the guest: another whenever machines have to be replaced.

    Args:
        machine: settings of the machines.
        image: family of their images; a new image of it changes nothing.
        private: whether they have no public addresses.
        late: digest of the user data, and what other resources may make: subnetwork, key of disks, service account.
    """
    text = json.dumps([asdict(machine), image, private, list(late)])
    return f"boot-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _template(
    site: Site, pool: Pool[GoogleCloudMachineSpec], revision: pulumi.Output[str], opts: pulumi.ResourceOptions
) -> compute.RegionInstanceTemplate:
    cloud, machine = site.spec.cloud, pool.machine
    email = site.service_accounts.get(Role.WORKER)
    return compute.RegionInstanceTemplate(
        naming.child(pool.node.name, "template"),
        region=site.spec.region,
        machine_type=machine.type,
        disks=[_boot_disk(site, pool, revision)],
        network_interfaces=[
            compute.RegionInstanceTemplateNetworkInterfaceArgs(
                subnetwork=site.network.subnetwork,
                access_configs=[]
                if cloud.private_nodes
                else [compute.RegionInstanceTemplateNetworkInterfaceAccessConfigArgs()],
            )
        ],
        tags=[network_tag(site.spec.name, Role.WORKER)],
        can_ip_forward=True,
        guest_accelerators=[
            compute.RegionInstanceTemplateGuestAcceleratorArgs(**asdict(each)) for each in machine.accelerators
        ],
        scheduling=compute.RegionInstanceTemplateSchedulingArgs(**machine.scheduling),
        shielded_instance_config=compute.RegionInstanceTemplateShieldedInstanceConfigArgs(enable_secure_boot=True)
        if machine.secure_boot
        else None,
        service_account=compute.RegionInstanceTemplateServiceAccountArgs(email=email, scopes=SCOPES)
        if email is not None
        else None,
        opts=opts,
    )


def _boot_disk(
    site: Site, pool: Pool[GoogleCloudMachineSpec], revision: pulumi.Output[str]
) -> compute.RegionInstanceTemplateDiskArgs:
    cloud, machine, key = site.spec.cloud, pool.machine, site.disk_kms_key
    image = image_family(pool.node.operating_system, cloud.os_stream, pool.architecture)
    late = pulumi.Output.all(revision, site.network.subnetwork, key, site.service_accounts.get(Role.WORKER))
    return compute.RegionInstanceTemplateDiskArgs(
        boot=True,
        auto_delete=True,
        device_name=late.apply(lambda known: boot_disk_name(machine, image, private=cloud.private_nodes, late=known)),
        source_image=image,
        disk_type=machine.disk_type.value,
        disk_size_gb=machine.disk_size_gb,
        disk_encryption_key=compute.RegionInstanceTemplateDiskDiskEncryptionKeyArgs(kms_key_self_link=key)
        if key is not None
        else None,
    )


def _target_pool(site: Site, name: str, opts: pulumi.ResourceOptions) -> compute.TargetPool:
    """For forwarding rules of the user's own; target pools take an old kind of health check only."""
    # Its earlier name left no room for what the engine adds.
    earlier = pulumi.ResourceOptions(aliases=[pulumi.Alias(name=naming.child(name, "ingress-health"))])
    check = compute.HttpHealthCheck(
        naming.child(name, "ingress"),
        port=INGRESS_HEALTH_PORT,
        request_path="/healthz",
        opts=pulumi.ResourceOptions.merge(opts, earlier),
    )
    return compute.TargetPool(
        naming.child(name, "targets"), region=site.spec.region, health_checks=check.self_link, opts=opts
    )


def _auto_healing(
    site: Site, name: str, opts: pulumi.ResourceOptions
) -> compute.RegionInstanceGroupManagerAutoHealingPoliciesArgs | None:
    """Repair of machines whose kube-proxy does not answer; none where the library installs nothing that could."""
    cluster = site.spec.cloud.cluster
    if not cluster.kube_proxy or cluster.network.networking is Networking.NONE:
        return None
    check = compute.HealthCheck(
        naming.child(name, "health"),
        http_health_check={"port": KUBE_PROXY_HEALTH_PORT, "request_path": "/healthz"},
        check_interval_sec=30,
        timeout_sec=20,
        healthy_threshold=1,
        unhealthy_threshold=6,
        opts=opts,
    )
    return compute.RegionInstanceGroupManagerAutoHealingPoliciesArgs(
        health_check=check.id, initial_delay_sec=_BOOT_SECONDS
    )
