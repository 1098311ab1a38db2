"""How programs use the library, for the type checker: this file is never run.

Each `type: ignore` marks a mistake that a type checker has to find; one that it no longer finds is an error too.
"""

from collections.abc import Mapping, Sequence
from typing import assert_type

import pulumi

from tradewind.args import CertificateAuthorityArgs, ClusterArgs, ControllerArgs, TaintArgs, WorkerPoolArgs
from tradewind.choices import Architecture, CpuManagerPolicy, KeyAlgorithm, Networking, OsUpdateStrategy, TaintEffect
from tradewind.control_plane import ControlPlane
from tradewind.errors import SpecError
from tradewind.images import KubeletRegistry
from tradewind.outputs import ClusterOutputs
from tradewind.platforms.base import Machine, Platform, SshAccess
from tradewind.platforms.local.args import LocalClusterArgs
from tradewind.platforms.local.cluster import Cluster, LocalPlatform
from tradewind.platforms.local.spec import LocalSpec, local_spec
from tradewind.spec import ClusterSpec, cluster_spec


def smallest() -> ControlPlane:
    return ControlPlane(
        "example",
        {
            "name": "example",
            "api_servers": ["example.com"],
            "controllers": [{"name": "example-controller-0", "etcd_name": "etcd0.example.com"}],
        },
    )


def everything(authority: CertificateAuthorityArgs, controllers: Sequence[ControllerArgs]) -> ClusterArgs:
    return {
        "name": "example",
        "kubernetes_version": "v1.36.2",
        "architecture": Architecture.AMD64,
        "api_servers": ("example.com", "10.0.0.1"),
        "api_port": 443,
        "controllers": controllers,
        "networking": Networking.FLANNEL,
        "pod_cidr": "10.20.0.0/14",
        "service_cidr": "10.3.0.0/24",
        "host_cidr": "10.0.0.0/24",
        "cluster_domain": "cluster.local",
        "service_account_issuer": "https://issuer.example.com",
        "certificates": {
            "key_algorithm": KeyAlgorithm.RSA_4096,
            "ca_validity_hours": 87600,
            "validity_hours": 8760,
            "early_renewal_hours": 2160,
            "kubernetes_ca": authority,
        },
        "bootstrap_token": {"validity_hours": 48, "early_renewal_hours": 24},
        "kubelet_image": {"registry": "docker.io/psdn/kubelet", "build": "master"},
        "images": {"coredns": "mirror.example.com/coredns:v1.14.2"},
        "aggregation": True,
        "coredns": True,
        "coredns_replicas": 3,
        "kube_proxy": True,
        "kube_proxy_conntrack": True,
        "daemonset_tolerations": ["example.com/gpu"],
        "external_cloud_provider": False,
        "kubelet": {
            "max_pods": 60,
            "cpu_manager_policy": CpuManagerPolicy.NONE,
            "eviction_hard": {"pid.available": "5%"},
        },
        "oidc": [{"issuer_url": "https://login.example.com", "audiences": ["kubernetes"]}],
        "control_plane_flags": {
            "kube_apiserver": {"flags": {"profiling": "true"}, "accept_risks": {"profiling": "a test"}}
        },
        "etcd": {"quota_backend_bytes": 4294967296},
        "registry_mirrors": [{"registry": "quay.io", "endpoints": [{"url": "https://mirror.example.com"}]}],
        "proxy": {"https_proxy": "http://proxy.example.com:3128", "no_proxy": [".example.com"]},
        "os_updates": {"strategy": OsUpdateStrategy.OFF},
    }


def keys_that_come_later(pem: pulumi.Output[str]) -> CertificateAuthorityArgs:
    return {"cert_pem": "-----BEGIN CERTIFICATE-----", "private_key_pem": pem}


def outputs(control_plane: ControlPlane, cluster: Cluster) -> None:
    assert_type(control_plane.spec, ClusterSpec)
    assert_type(control_plane.assets, pulumi.Output[Mapping[str, Mapping[str, str]]])
    assert_type(control_plane.kubeconfig, pulumi.Output[str])
    assert_type(control_plane.admin_kubeconfig("https://10.0.0.1:6443"), pulumi.Output[str])
    assert_type(control_plane.certificates_not_after, pulumi.Output[Mapping[str, str]])
    assert_type(cluster.kubeconfig, pulumi.Output[str])
    assert_type(cluster.addresses, pulumi.Output[Mapping[str, str]])


def addresses(outputs: ClusterOutputs) -> dict[str, pulumi.Output[str]]:
    return outputs.addresses


def local() -> Cluster:
    taint: TaintArgs = {"key": "example.com/gpu", "value": "yes", "effect": TaintEffect.NO_SCHEDULE}
    pool: WorkerPoolArgs = {"name": "gpu", "workers": 2, "labels": {"example.com/gpu": "yes"}, "taints": [taint]}
    pool["kubelet_image"] = {"registry": KubeletRegistry.DOCKER_HUB, "arch": Architecture.AMD64}
    args: LocalClusterArgs = {"name": "local", "controllers": 3, "workers": 2, "worker_pools": [pool]}
    assert_type(local_spec(args), LocalSpec)
    return Cluster("local", args, pulumi.ResourceOptions(protect=True))


def platform(local: LocalPlatform) -> Platform:
    assert_type(local.ssh, SshAccess)
    return local


def machines(platform: Platform, control_plane: ControlPlane) -> Sequence[Machine]:
    return [*platform.controllers(control_plane), *platform.workers(control_plane)]


def problems(args: ClusterArgs) -> list[str]:
    try:
        cluster_spec(args)
    except SpecError as error:
        return [f"{problem.path} {problem.rule}" for problem in error.problems]
    return []


def mistakes(spec: ClusterSpec) -> None:
    ControlPlane("a", {"name": "a"})  # type: ignore[typeddict-item]
    Cluster("a", {"name": "a", "worker": 1})  # type: ignore[typeddict-unknown-key]
    Cluster("a", {"name": "a", "worker_pools": [{"workers": 1}]})  # type: ignore[typeddict-item]
    Cluster("a", {"name": "a", "architecture": "amd64"})  # type: ignore[typeddict-item]
    Cluster("a", {"name": "a", "networking": "flannel"})  # type: ignore[typeddict-item]
    Cluster("a", {"name": "a", "host_cidr": pulumi.Output.from_input("10.0.0.0/24")})  # type: ignore[typeddict-item]
    Cluster("a", {"name": "a", "kubelet": {"read_only_port": 1}})  # type: ignore[typeddict-unknown-key]
    Cluster("a", {"name": "a", "kubelet": {"max_pods": "60"}})  # type: ignore[typeddict-item]
    Cluster("a", {"name": "a", "os_updates": {"strategy": "off"}})  # type: ignore[typeddict-item]
    spec.name = "b"  # type: ignore[misc]
