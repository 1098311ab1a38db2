"""Stage 1: what a user says about a cluster.

Structure (names, counts, ranges, versions) is plain, so that a preview is complete; only values that may come from
another resource are `pulumi.Input`. `spec.validate` holds the rules, `spec.cluster` the defaults.

A field that is not needed is left out: None is no value. Where a str Enum is asked for, its values do as well. Text is
ASCII in the form that Kubernetes, DNS and container registries give it: nothing is trimmed, folded or completed.
"""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from tradewind.args.authentication import OidcIssuerArgs
from tradewind.args.control_plane import ControlPlaneFlagsArgs, EtcdArgs
from tradewind.args.kubelet import KubeletArgs
from tradewind.args.machines import OsUpdatesArgs, ProxyArgs, RegistryMirrorArgs
from tradewind.args.machines import TaintArgs as TaintArgs
from tradewind.args.snippets import SnippetArgs
from tradewind.choices import Architecture, KeyAlgorithm, Networking


class ControllerArgs(TypedDict):
    """One control plane machine."""

    name: str
    """Host name of the machine, which is also its node name and etcd member name."""
    etcd_name: str
    """DNS name at which the other members reach its etcd."""
    addresses: NotRequired[Sequence[str]]
    """IP addresses to add to its certificates, at most 8, none of pods or Services. Default: none."""


class CertificateAuthorityArgs(TypedDict):
    """A certificate authority of the user's own."""

    cert_pem: pulumi.Input[str]
    """The authority's certificate (basic constraints: CA), one PEM block. Its end of validity is not checked."""
    private_key_pem: pulumi.Input[str]
    """Its private key without a passphrase, one PEM block (PKCS#1, SEC1 or PKCS#8). Kept secret."""


class CertificatesArgs(TypedDict):
    """Keys, lifetimes and authorities."""

    key_algorithm: NotRequired[KeyAlgorithm]
    """Algorithm of new keys. Default: ecdsa-p256."""
    ca_validity_hours: NotRequired[int]
    """Lifetime of a certificate authority, hours. Default: 87600 (10 years)."""
    validity_hours: NotRequired[int]
    """Lifetime of every other certificate, hours. Default: 8760 (1 year)."""
    early_renewal_hours: NotRequired[int]
    """Hours before its end from which any `up` renews a certificate; of an authority at most a quarter of its lifetime.
    Default: 2160 (90 days)."""
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
    """Which kubelet image the machines run, by `version`, `build` or `tag`. See docs/kubelet-images.md."""

    registry: NotRequired[str]
    """Repository, a member of `images.KubeletRegistry`. Default: quay.io/poseidon/kubelet. The alternative is
    docker.io/psdn/kubelet."""
    version: NotRequired[str]
    """Version of a release, `vX.Y.Z`, or between releases, `vX.Y.Z-N-gSHA`. It may be older than the Kubernetes version
    by up to three minors, and not newer. Default: the Kubernetes version."""
    arch: NotRequired[Architecture]
    """With a version: the image for this architecture alone, instead of the one for all."""
    build: NotRequired[str]
    """Automated build, amd64 only: a commit's hash (Quay), or `vX.Y.Z` or `master` (Docker Hub)."""
    tag: NotRequired[str]
    """Tag as it is, such as v1.36.2, v1.36.2-arm64 or build-0123abc, with the version's rules."""
    digest: NotRequired[str]
    """Digest that pins the content, `sha256:...`. Default: none."""
    unsupported: NotRequired[bool]
    """Take a registry or tag that this library knows nothing of, of any version. Default: false."""


class WorkerPoolArgs(TypedDict):
    """Workers that are alike, besides the cluster's plain ones."""

    name: str
    """Name of the pool, a DNS label of at most 16 characters; the workers are `<cluster>-<pool>-<index>`."""
    workers: NotRequired[int]
    """Number of workers, 0 to 100. Default: 1."""
    labels: NotRequired[Mapping[str, str]]
    """Labels that a worker gives its node when it first registers. Default: none but the role's."""
    taints: NotRequired[Sequence[TaintArgs]]
    """Taints that a worker gives its node when it first registers. Default: none."""
    kubelet: NotRequired[KubeletArgs]
    """Settings of the workers' kubelets; each that is given replaces the cluster's. Default: the cluster's."""
    snippets: NotRequired[Sequence[SnippetArgs]]
    """Additions to this pool's workers, over those of all workers, at most 32. Default: none."""
    architecture: NotRequired[Architecture]
    """Architecture of the workers, which their kubelet image has to run on. Default: the cluster's."""
    kubelet_image: NotRequired[KubeletImageArgs]
    """Kubelet image of the workers, in place of the whole of the cluster's. Default: the cluster's."""


class SharedArgs(TypedDict):
    """What is the same on every platform and for a control plane alone."""

    name: str
    """Name of the cluster, a DNS label of at most 40 characters."""
    kubernetes_version: NotRequired[str]
    """Version with its leading v. Default: v1.36.2."""
    architecture: NotRequired[Architecture]
    """Architecture of the machines, which their kubelet image has to run on; pools may have another. Default: not told,
    and not checked."""
    api_port: NotRequired[int]
    """Port at which clients reach the API server. Default: 6443."""
    networking: NotRequired[Networking]
    """Pod network. Default: flannel."""
    pod_cidr: NotRequired[str]
    """IPv4 range of pods, /8 to /22, given by its first address; each node gets a /24 of it. Ranges of pods, Services
    and machines do not overlap. Default: 10.20.0.0/14."""
    service_cidr: NotRequired[str]
    """IPv4 range of Services, /12 to /26; the 1st address is the API server's, the 10th cluster DNS.
    Default: 10.3.0.0/24."""
    cluster_domain: NotRequired[str]
    """DNS domain of Services, at most 121 characters. Default: cluster.local."""
    service_account_issuer: NotRequired[str]
    """Issuer of service account tokens, an https URL of host, port and plain path.
    Default: https://kubernetes.default.svc.<cluster domain>."""
    certificates: NotRequired[CertificatesArgs]
    """Keys, lifetimes and authorities."""
    bootstrap_token: NotRequired[BootstrapTokenArgs]
    """Lifetime of the bootstrap token."""
    kubelet_image: NotRequired[KubeletImageArgs]
    """Kubelet image. Default: the official one of the Kubernetes version."""
    kubelet: NotRequired[KubeletArgs]
    """Settings of every node's kubelet. Default: Kubernetes' defaults, hardened."""
    oidc: NotRequired[Sequence[OidcIssuerArgs]]
    """Issuers of OpenID Connect tokens that make users, at most 16 that differ in issuer_url. Default: none."""
    control_plane_flags: NotRequired[ControlPlaneFlagsArgs]
    """Further flags of the API server, the controller manager and the scheduler. Default: none."""
    etcd: NotRequired[EtcdArgs]
    """Settings of etcd. Default: etcd's own."""
    registry_mirrors: NotRequired[Sequence[RegistryMirrorArgs]]
    """Mirrors of image registries, at most 32 that differ in registry. Default: none."""
    proxy: NotRequired[ProxyArgs]
    """Proxies on the way to registries. Default: none."""
    os_updates: NotRequired[OsUpdatesArgs]
    """When machines update their operating system and reboot. Default: each at a time of its own."""
    images: NotRequired[Mapping[str, str]]
    """Full image references (registry, repository, tag, and a digest if wanted) by component, for a mirror.
    Keys: the fields of `versions.Images`."""
    aggregation: NotRequired[bool]
    """Whether the API aggregation layer is on. Default: true."""
    coredns: NotRequired[bool]
    """Whether CoreDNS is installed. Default: true."""
    coredns_replicas: NotRequired[int]
    """Number of CoreDNS pods, 1 to 100. Default: the number of controllers, at least 2."""
    kube_proxy: NotRequired[bool]
    """Whether kube-proxy is installed. Default: true."""
    daemonset_tolerations: NotRequired[Sequence[str]]
    """Taint keys that the network's DaemonSets tolerate besides their own, at most 32. Default: none."""
    external_cloud_provider: NotRequired[bool]
    """Whether an external cloud controller manager will run. Default: false."""


class ClusterArgs(SharedArgs):
    """A control plane for machines that somebody else makes."""

    api_servers: Sequence[str]
    """DNS names or addresses of the API server, 1 to 16; kubeconfigs use the first."""
    controllers: Sequence[ControllerArgs]
    """Control plane machines: 1, 3, 5 or 7, so that etcd has a majority."""
    host_cidr: NotRequired[str]
    """IPv4 range of the machines, /8 to /29, to check that no other range overlaps it. Default: not checked."""
    kube_proxy_conntrack: NotRequired[bool]
    """Whether kube-proxy sets its nodes' connection tracking limits; not where nodes share a kernel. Default: true."""
