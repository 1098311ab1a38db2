"""Changes that need a new resource only sometimes: what the providers decide in code.

Reads: nothing.
Makes: `CONDITIONS`.

Sources: `CustomizeDiff` and `ModifyPlan` of the Terraform providers hashicorp/aws and hashicorp/google
(https://registry.terraform.io), and the documentation of these properties there.
"""

import re
from collections.abc import Callable, Mapping
from ipaddress import IPv4Network

from tools.plugins.base.values import Props

Condition = Callable[[Props, Props], bool]
"""Whether a change of the old inputs to the new ones needs a new resource."""

_GRAVITON = re.compile(r"(a1|[a-z]+[0-9]+g[a-z]*)\..*")
"""Types with processors of arm64: https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html."""
_RULE_SOURCES = ("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId")


def _asked_to(_: Props, new: Props) -> bool:
    return bool(new.get("userDataReplaceOnChange"))


def _other_architecture(old: Props, new: Props) -> bool:
    before, now = (bool(_GRAVITON.fullmatch(str(each.get("instanceType")))) for each in (old, new))
    return before != now


def _no_more_subnets(old: Props, new: Props) -> bool:
    return _is_network(new) and len(new.get("subnets") or ()) <= len(old.get("subnets") or ())


def _first_or_last_group(old: Props, new: Props) -> bool:
    return _is_network(new) and not (old.get("securityGroups") and new.get("securityGroups"))


def _is_network(balancer: Props) -> bool:
    return bool(balancer.get("loadBalancerType") == "network")


def _other_kind_of_source(old: Props, new: Props) -> bool:
    before, now = ([name for name in _RULE_SOURCES if name in each] for each in (old, new))
    return before != now


def _no_larger_range(old: Props, new: Props) -> bool:
    before, now = (IPv4Network(each["ipCidrRange"]) for each in (old, new))
    return not before.subnet_of(now)


_RULE = dict.fromkeys(_RULE_SOURCES, _other_kind_of_source)

CONDITIONS: Mapping[str, Mapping[str, Condition]] = {
    "aws:ec2/instance:Instance": {
        "instanceType": _other_architecture,
        "userData": _asked_to,
        "userDataBase64": _asked_to,
    },
    "aws:lb/loadBalancer:LoadBalancer": {"securityGroups": _first_or_last_group, "subnets": _no_more_subnets},
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _RULE,
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _RULE,
    "gcp:compute/subnetwork:Subnetwork": {"ipCidrRange": _no_larger_range},
}
"""By type and property."""
