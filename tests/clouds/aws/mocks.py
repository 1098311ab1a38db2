"""A cluster on AWS under mocks: arguments, and what AWS would give back."""

from typing import Any

from tests.support.recording import Recording, record
from tests.unit.platforms.aws_arguments import ARGS
from tradewind.platforms.aws.cluster import Cluster
from tradewind.platforms.aws.worker_pool import WorkerPool

ACCESS = {
    "bootstrap_kubeconfig": "token",
    "ca_cert_pem": "ca",
    "ssh_public_key": "ssh-ed25519 AAAA deliveries",
    "subnet_ids": "subnet-a,subnet-b",
    "security_group_id": "sg-workers",
    "target_group_arns": "arn-http,arn-https",
}

MADE = {
    "aws:ec2/vpc:Vpc": lambda args: {"ipv6CidrBlock": "2001:db8:1234:ab00::/56"},
    "aws:ec2/instance:Instance": lambda args: {"publicIp": f"public-{args.name}", "privateIp": f"private-{args.name}"},
    "aws:ec2/eip:Eip": lambda args: {"publicIp": f"public-{args.name}", "allocationId": f"allocation-{args.name}"},
    "aws:lb/loadBalancer:LoadBalancer": lambda args: {
        "dnsName": f"{args.name}.elb",
        "zoneId": "ZELB",
        "arn": f"arn-{args.name}",
    },
    "aws:lb/targetGroup:TargetGroup": lambda args: {"arn": f"arn-{args.name}"},
}


def _image(args: dict[str, Any]) -> dict[str, Any]:
    """An image whose id tells what was asked for."""
    filters = {each["name"]: each["values"] for each in args["filters"]}
    stream = filters.get("description", filters.get("name"))
    return {"id": f"{args['owners']} {stream} {filters['architecture']} {args['mostRecent']}"}


CALLS = {"aws:ec2/getAmi:getAmi": _image}


def cluster(**changes: Any) -> Recording:
    return of({**ARGS, **changes})


def of(args: Any) -> Recording:
    return record(lambda: Cluster("aws", args), made=MADE, calls=CALLS)


def pool(of_cluster: Any = None, access: Any = None, **changes: Any) -> Recording:
    args = {
        "cluster": {**ARGS, **(of_cluster or {})},
        "pool": {"name": "gpu", **changes},
        "worker_access": access or ACCESS,
    }
    return record(lambda: WorkerPool("gpu", args), made=MADE, calls=CALLS)
