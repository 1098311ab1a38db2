"""Controllers: single instances, each with a name, a place in etcd and files of its own.

Reads: `AwsSpec`, `Network`, the security group, image and user data. Makes: `Machine`s.

What a change would replace is taken at the first boot only: controllers made anew all at once would be a lost cluster.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws.ec2 as ec2

from tradewind.platforms.aws.network import Network
from tradewind.platforms.aws.spec import AwsMachineSpec, AwsSpec
from tradewind.platforms.aws.tags import cluster_tags
from tradewind.platforms.base import Machine
from tradewind.platforms.first_boot import first_boot, snippets_digest, stale_snippets, tell
from tradewind.spec.platform import Node

_SNIPPETS_TAG = "tradewind-snippets"
_FIRST_BOOT = (
    "ami",
    "associatePublicIpAddress",
    "rootBlockDevice.encrypted",
    "rootBlockDevice.kmsKeyId",
    "subnetId",
    f"tags.{_SNIPPETS_TAG}",
    "userData",
)


@dataclass(frozen=True, kw_only=True)
class Placement:
    """What all controllers have in common."""

    network: Network
    security_group: pulumi.Input[str]
    image: pulumi.Input[str]
    user_data: Callable[[str], pulumi.Output[str]]
    """That of the machine of a name."""


def controllers(spec: AwsSpec, placement: Placement, opts: pulumi.ResourceOptions) -> list[Machine]:
    """One for each controller, in the zones by turns."""
    return [_controller(spec, placement, index, node, opts) for index, node in enumerate(spec.cloud.controllers)]


def _controller(spec: AwsSpec, placement: Placement, index: int, node: Node, opts: pulumi.ResourceOptions) -> Machine:
    machine, private = spec.cloud.controller_machine, spec.cloud.private_nodes
    subnets = placement.network.node_subnet_ids
    instance = ec2.Instance(
        node.name,
        ami=placement.image,
        instance_type=machine.instance_type,
        subnet_id=subnets[index % len(subnets)],
        vpc_security_group_ids=[placement.security_group],
        associate_public_ip_address=not private,
        user_data=placement.user_data(node.name),
        iam_instance_profile=machine.instance_profile,
        credit_specification=_credits(machine),
        metadata_options=ec2.InstanceMetadataOptionsArgs(
            http_endpoint="enabled",
            http_tokens="required",
            http_put_response_hop_limit=machine.metadata_hop_limit,
        ),
        root_block_device=ec2.InstanceRootBlockDeviceArgs(
            volume_size=machine.disk_size,
            volume_type=machine.disk_type.value,
            iops=machine.disk_iops,
            throughput=machine.disk_throughput,
            encrypted=True,
            kms_key_id=spec.disk_kms_key_arn,
            delete_on_termination=True,
            tags=cluster_tags(spec.name, node.name),
        ),
        tags={**cluster_tags(spec.name, node.name), **_snippets_tag(node)},
        opts=pulumi.ResourceOptions.merge(
            opts,
            pulumi.ResourceOptions(
                # A node and an etcd member of its name are there already.
                delete_before_replace=True,
                depends_on=list(placement.network.routes),
                **first_boot(node.name, _FIRST_BOOT),
            ),
        ),
    )
    instance.tags.apply(lambda tags: tell(stale_snippets(node, (tags or {}).get(_SNIPPETS_TAG)), instance))
    return Machine(
        name=node.name,
        address=instance.private_ip if private else instance.public_ip,
        identity=instance.id,
        resource=instance,
        private_address=instance.private_ip,
    )


def _credits(machine: AwsMachineSpec) -> ec2.InstanceCreditSpecificationArgs | None:
    return ec2.InstanceCreditSpecificationArgs(cpu_credits=machine.cpu_credits.value) if machine.cpu_credits else None


def _snippets_tag(node: Node) -> Mapping[str, str]:
    digest = snippets_digest(node)
    return {_SNIPPETS_TAG: digest} if digest else {}
