"""Stage 1: what a user says about a cluster.

Structure (names, counts, ranges, versions) is plain, so that a preview is complete; only values that may come from
another resource are `pulumi.Input`. `spec.validate` holds the rules, `spec.cluster` the defaults.
"""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from tradewind.choices import KeyAlgorithm, Networking


class ControllerArgs(TypedDict):
    """One control plane machine."""

    name: str
    """Host name of the machine, which is also its node name and etcd member name."""
    etcd_name: str
    """DNS name at which the other members reach its etcd."""
    addresses: NotRequired[Sequence[str]]
    """IP addresses to add to its certificates. Default: none."""


class CertificateAuthorityArgs(TypedDict):
    """A certificate authority of the user's own."""

    cert_pem: pulumi.Input[str]
    """Certificate, PEM. Leaf certificates are signed by its key."""
    private_key_pem: pulumi.Input[str]
    """Private key, PEM (PKCS#1, SEC1 or PKCS#8). Kept secret."""


class CertificatesArgs(TypedDict):
    """Keys, lifetimes and authorities."""

    key_algorithm: NotRequired[KeyAlgorithm]
    """Algorithm of new keys. Default: ecdsa-p256."""
    ca_validity_hours: NotRequired[int]
    """Lifetime of a certificate authority, hours. Default: 87600 (10 years)."""
    validity_hours: NotRequired[int]
    """Lifetime of every other certificate, hours. Default: 8760 (1 year)."""
    early_renewal_hours: NotRequired[int]
    """Hours before its end from which any `up` renews a certificate. Default: 2160 (90 days)."""
    kubernetes_ca: NotRequired[CertificateAuthorityArgs]
    """Authority of the API server, its clients and the kubelets. Default: one is made."""
    etcd_ca: NotRequired[CertificateAuthorityArgs]
    """Authority of etcd members and clients. Default: one is made."""
    aggregation_ca: NotRequired[CertificateAuthorityArgs]
    """Authority of the aggregation layer's client. Default: one is made."""


class BootstrapTokenArgs(TypedDict):
    """The token with which new nodes ask for their certificate."""

    validity_hours: NotRequired[int]
    """Lifetime, hours. Default: 2160 (90 days)."""
    early_renewal_hours: NotRequired[int]
    """Hours before its end from which any `up` makes the next token. Default: 720 (30 days)."""


class KubeletImageArgs(TypedDict):
    """Which kubelet image the machines run."""

    registry: NotRequired[str]
    """Repository. Default: quay.io/poseidon/kubelet. The alternative is docker.io/psdn/kubelet."""
    tag: NotRequired[str]
    """Tag, such as v1.36.2, v1.36.2-arm64 or build-0123abc. Default: the Kubernetes version."""
    digest: NotRequired[str]
    """Digest that pins the content, `sha256:...`. Default: none."""
    unsupported: NotRequired[bool]
    """Take a registry or tag that this library knows nothing of. Default: false."""


class SharedArgs(TypedDict):
    """What is the same on every platform and for a control plane alone."""

    name: str
    """Name of the cluster, a DNS label of at most 40 characters."""
    kubernetes_version: NotRequired[str]
    """Version with its leading v. Default: v1.36.2."""
    api_port: NotRequired[int]
    """Port at which clients reach the API server. Default: 6443."""
    networking: NotRequired[Networking]
    """Pod network. Default: flannel."""
    pod_cidr: NotRequired[str]
    """IPv4 range of pods; each node gets a /24 of it. Default: 10.20.0.0/14."""
    service_cidr: NotRequired[str]
    """IPv4 range of Services; the 1st address is the API server's, the 10th cluster DNS. Default: 10.3.0.0/24."""
    cluster_domain: NotRequired[str]
    """DNS domain of Services. Default: cluster.local."""
    service_account_issuer: NotRequired[str]
    """Issuer of service account tokens, an https URL. Default: https://kubernetes.default.svc.<cluster domain>."""
    certificates: NotRequired[CertificatesArgs]
    """Keys, lifetimes and authorities."""
    bootstrap_token: NotRequired[BootstrapTokenArgs]
    """Lifetime of the bootstrap token."""
    kubelet_image: NotRequired[KubeletImageArgs]
    """Kubelet image. Default: the official one of the Kubernetes version."""
    images: NotRequired[Mapping[str, str]]
    """Image references by component, for a mirror. Keys: the fields of `versions.Images`."""
    aggregation: NotRequired[bool]
    """Whether the API aggregation layer is on. Default: true."""
    coredns: NotRequired[bool]
    """Whether CoreDNS is installed. Default: true."""
    coredns_replicas: NotRequired[int]
    """Number of CoreDNS pods, 1 to 100. Default: the number of controllers, at least 2."""
    kube_proxy: NotRequired[bool]
    """Whether kube-proxy is installed. Default: true."""
    daemonset_tolerations: NotRequired[Sequence[str]]
    """Taint keys that the network's DaemonSets tolerate besides their own. Default: none."""
    external_cloud_provider: NotRequired[bool]
    """Whether an external cloud controller manager will run. Default: false."""


class ClusterArgs(SharedArgs):
    """A control plane for machines that somebody else makes."""

    api_servers: Sequence[str]
    """DNS names or addresses of the API server; kubeconfigs use the first."""
    controllers: Sequence[ControllerArgs]
    """Control plane machines: 1, 3, 5 or 7, so that etcd has a majority."""
    host_cidr: NotRequired[str]
    """IPv4 range of the machines, to check that no other range overlaps it. Default: not checked."""
    kube_proxy_conntrack: NotRequired[bool]
    """Whether kube-proxy sets its nodes' connection tracking limits; not where nodes share a kernel. Default: true."""
