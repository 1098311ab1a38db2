"""A cluster on AWS, as the engine would see it."""

from typing import Any

import pulumi
import pytest

from tests.support.recording import Recording, record
from tradewind.platforms.aws.cluster import Cluster

ARGS: dict[str, Any] = {
    "name": "test",
    "dns_zone": "example.com",
    "dns_zone_id": "Z0123456789ABCDEFGHIJ",
    "zones": ["eu-central-1a", "eu-central-1b"],
    "ssh_allowed_cidrs": ["203.0.113.7/32"],
}

def made(**changes: Any) -> Recording:
    return record(lambda: Cluster("aws", {**ARGS, **changes}), made=MADE, calls=CALLS)

MADE = {
    "aws:ec2/vpc:Vpc": lambda args: {"ipv6CidrBlock": "2001:db8:1234:ab00::/56"},
    "aws:ec2/instance:Instance": lambda args: {"publicIp": f"public-{args.name}", "privateIp": f"private-{args.name}"},
    "aws:ec2/eip:Eip": lambda args: {"publicIp": f"public-{args.name}", "allocationId": f"allocation-{args.name}"},
    "aws:lb/loadBalancer:LoadBalancer": lambda args: {"dnsName": f"{args.name}.elb", "zoneId": "ZELB", "arn": f"arn-{args.name}"},
    "aws:lb/targetGroup:TargetGroup": lambda args: {"arn": f"arn-{args.name}"},
}
CALLS = {"aws:ec2/getAmi:getAmi": lambda args: {"id": "ami-" + {f["name"]: f["values"][0] for f in args["filters"]}["architecture"]}}


def test_a():
    r = made(controllers=3)
    for each in r.resources:
        if each.type.startswith("aws:"): print(each.type, each.name, {k:v for k,v in each.inputs.items() if k!='userData'}, each.secrets)
    print(r.outputs[r.component("tradewind:aws:Cluster").urn])
