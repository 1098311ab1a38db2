"""A cluster on Google Cloud under mocks: arguments, and what Google Cloud would give back."""

from typing import Any

from pulumi.runtime.mocks import MockResourceArgs

from tests.support.recording import Recording, record
from tests.unit.platforms.google_cloud_arguments import ARGS
from tradewind.platforms.google_cloud.cluster import Cluster
from tradewind.platforms.google_cloud.worker_pool import WorkerPool

ZONES = ["europe-west1-b", "europe-west1-c", "europe-west1-d"]
ACCESS = {
    "bootstrap_kubeconfig": "token",
    "ca_cert_pem": "ca",
    "ssh_public_key": "ssh-ed25519 AAAA deliveries",
    "network": "networks/test",
    "subnetwork": "subnetworks/test",
}


def _linked(args: MockResourceArgs) -> dict[str, Any]:
    return {"selfLink": f"link of {args.name}", "name": args.inputs.get("name", args.name)}


def _instance(args: MockResourceArgs) -> dict[str, Any]:
    (interface,) = args.inputs["networkInterfaces"]
    public = [{"natIp": f"public of {args.name}"} for _ in interface["accessConfigs"]]
    interfaces = [{"networkIp": f"private of {args.name}", "accessConfigs": public}]
    return {**_linked(args), "instanceId": f"number of {args.name}", "networkInterfaces": interfaces}


def _group(args: MockResourceArgs) -> dict[str, Any]:
    return {**_linked(args), "instanceGroup": f"instances of {args.name}"}


def _address(args: MockResourceArgs) -> dict[str, Any]:
    return {"address": f"address of {args.name}"}


MADE = {
    **{
        f"gcp:{token}": _linked
        for token in (
            "compute/httpHealthCheck:HttpHealthCheck",
            "compute/instanceGroup:InstanceGroup",
            "compute/network:Network",
            "compute/regionInstanceTemplate:RegionInstanceTemplate",
            "compute/router:Router",
            "compute/subnetwork:Subnetwork",
            "compute/targetPool:TargetPool",
            "dns/managedZone:ManagedZone",
        )
    },
    "gcp:compute/address:Address": _address,
    "gcp:compute/forwardingRule:ForwardingRule": lambda args: {"ipAddress": args.inputs["ipAddress"]},
    "gcp:compute/globalAddress:GlobalAddress": _address,
    "gcp:compute/instance:Instance": _instance,
    "gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager": _group,
}


def _zones(args: dict[str, Any]) -> dict[str, Any]:
    assert args == {"region": ARGS["region"]}
    return {"names": [*ZONES[::-1], "europe-west1-ai1b"], **args}


CALLS = {"gcp:compute/getZones:getZones": _zones}


def cluster(**changes: Any) -> Recording:
    args: Any = {**ARGS, **changes}
    return record(lambda: Cluster("google", args), made=MADE, calls=CALLS)


def pool(of_cluster: Any = None, access: Any = None, **changes: Any) -> Recording:
    args: Any = {
        "cluster": {**ARGS, **(of_cluster or {})},
        "pool": {"name": "gpu", **changes},
        "worker_access": access or ACCESS,
    }
    return record(lambda: WorkerPool("gpu", args), made=MADE, calls=CALLS)
