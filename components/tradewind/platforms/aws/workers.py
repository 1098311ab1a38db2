"""Workers: auto scaling groups, of which machines are replaced one after the other when anything about them changes.

Reads: `AwsSpec`, a pool, where its machines go, user data. Makes: a launch template and an auto scaling group.

The group takes the newest version of its template, so that a version with a new bootstrap token is for new machines and
replaces none. Everything else in the template has a digest in a tag of the group, which starts an instance refresh.
"""

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import pulumi
import pulumi_aws.autoscaling as autoscaling
import pulumi_aws.ec2 as ec2

from tradewind import naming
from tradewind.platforms.aws.spec import AwsMachineSpec, AwsSpec
from tradewind.platforms.aws.tags import cluster_tags
from tradewind.platforms.first_boot import first_boot
from tradewind.platforms.user_data import GroupUserData
from tradewind.spec.cloud import Pool

_REVISION_TAG = "tradewind-revision"
_ROOT_DEVICE = "/dev/xvda"
"""That of the images of both systems."""
_SPARE_MACHINES = 2
_SPARE_PERCENTAGE = 10
"""So many more than asked for may run while machines are replaced, whichever are more."""
_REFRESH = autoscaling.GroupInstanceRefreshArgs(
    strategy="Rolling",
    triggers=["tag"],
    # A new machine joins before an old one goes, as the least is all of them; one at a time in small groups. Source:
    # https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-overview.html
    preferences=autoscaling.GroupInstanceRefreshPreferencesArgs(
        instance_warmup="120", min_healthy_percentage=100, max_healthy_percentage=100 + _SPARE_PERCENTAGE
    ),
)


@dataclass(frozen=True, kw_only=True)
class WorkerPlace:
    """Where the machines of groups go."""

    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    security_group: pulumi.Input[str]
    target_group_arns: pulumi.Input[Sequence[pulumi.Input[str]]]
    """Those of ingress."""


@dataclass(frozen=True, kw_only=True)
class WorkerBoot:
    """What machines of a group boot."""

    image: pulumi.Input[str]
    user_data: GroupUserData


def worker_group(
    spec: AwsSpec,
    pool: Pool[AwsMachineSpec],
    place: WorkerPlace,
    boot: WorkerBoot,
    opts: pulumi.ResourceOptions,
) -> None:
    """The auto scaling group of a pool."""
    settings = _template_settings(spec, pool, place)
    name = pool.node.name
    template = ec2.LaunchTemplate(
        # An image is kept as long as its machines are of the same kind.
        naming.child(name, spec.cloud.operating_system.value, spec.cloud.os_stream.value, pool.architecture.value),
        image_id=boot.image,
        user_data=boot.user_data.text.apply(lambda text: b64encode(text.encode()).decode()),
        tags=cluster_tags(spec.name, name),
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(**first_boot(name, ["imageId"]))),
        **settings,
    )
    own = pool.machine.target_group_arns
    revision = pulumi.Output.all(user_data=boot.user_data.revision, **settings).apply(template_revision)
    autoscaling.Group(
        name,
        desired_capacity=pool.workers,
        min_size=pool.workers,
        max_size=most_machines(pool.workers),
        vpc_zone_identifiers=place.subnet_ids,
        target_group_arns=pulumi.Output.all(place.target_group_arns, list(own)).apply(
            lambda both: [*both[0], *both[1]]
        ),
        launch_template=autoscaling.GroupLaunchTemplateArgs(id=template.id, version="$Latest"),
        instance_refresh=_REFRESH,
        health_check_grace_period=30,
        default_cooldown=30,
        # A spot instance that nobody sells for that price must not fail the program, which would forget the group.
        wait_for_capacity_timeout="0",
        tags=[
            autoscaling.GroupTagArgs(key=key, value=value, propagate_at_launch=True)
            for key, value in cluster_tags(spec.name, name).items()
        ]
        + [autoscaling.GroupTagArgs(key=_REVISION_TAG, value=revision, propagate_at_launch=False)],
        opts=opts,
    )


def most_machines(workers: int) -> int:
    """The most machines of a group of so many workers: with what an instance refresh may add, it has to fit in."""
    return workers + max(_SPARE_MACHINES, -(-workers * _SPARE_PERCENTAGE // 100))


def template_revision(settings: Mapping[str, Any]) -> str:
    """Digest of everything that machines are replaced for."""
    return sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()


def _template_settings(spec: AwsSpec, pool: Pool[AwsMachineSpec], place: WorkerPlace) -> dict[str, Any]:
    """Properties of the template but for its image and user data; what is None is left out."""
    machine = pool.machine
    tags = cluster_tags(spec.name, pool.node.name)
    settings = {
        "instance_type": machine.instance_type,
        "network_interfaces": [
            {
                "device_index": 0,
                "associate_public_ip_address": _text(not spec.cloud.private_nodes),
                "delete_on_termination": "true",
                "security_groups": [place.security_group],
            }
        ],
        "block_device_mappings": [{"device_name": _ROOT_DEVICE, "ebs": _disk(spec, machine)}],
        "metadata_options": {
            "http_endpoint": "enabled",
            "http_tokens": "required",
            "http_put_response_hop_limit": machine.metadata_hop_limit,
        },
        # Nodes are called as their hosts are: by the id of the instance, which is never another's again.
        "private_dns_name_options": {"hostname_type": "resource-name", "enable_resource_name_dns_a_record": True},
        "tag_specifications": [{"resource_type": "volume", "tags": tags}],
        "credit_specification": {"cpu_credits": machine.cpu_credits.value} if machine.cpu_credits else None,
        "iam_instance_profile": {"name": machine.instance_profile} if machine.instance_profile else None,
        "instance_market_options": _spot(machine) if machine.spot else None,
    }
    return _given(settings)


def _disk(spec: AwsSpec, machine: AwsMachineSpec) -> dict[str, Any]:
    return _given(
        {
            "volume_size": machine.disk_size,
            "volume_type": machine.disk_type.value,
            "iops": machine.disk_iops,
            "throughput": machine.disk_throughput,
            "encrypted": "true",
            "kms_key_id": spec.disk_kms_key_arn,
            "delete_on_termination": "true",
        }
    )


def _spot(machine: AwsMachineSpec) -> dict[str, Any]:
    return _given(
        {
            "market_type": "spot",
            "spot_options": {"max_price": machine.spot_max_price} if machine.spot_max_price else None,
        }
    )


def _given(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if value is not None}


def _text(value: bool) -> str:
    return "true" if value else "false"
