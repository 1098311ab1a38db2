"""`ClusterSpec` and how arguments become one: defaults and derived values."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING, Any, cast

from tradewind.choices import KeyAlgorithm, Networking
from tradewind.constants import API_PORT, LIFETIMES, POD_CIDR, SERVICE_CIDR
from tradewind.errors import SpecError
from tradewind.images import KubeletImage
from tradewind.spec.fields import plain
from tradewind.spec.flags import program_flags
from tradewind.spec.kubelet import Settings
from tradewind.spec.kubelet_images import kubelet_image
from tradewind.spec.mirrors import RegistryMirror, registry_mirrors
from tradewind.spec.nodes import ControllerSpec
from tradewind.spec.oidc import OidcIssuer, oidc_issuers
from tradewind.spec.proxy import Proxy, proxy
from tradewind.spec.updates import OsUpdates, os_updates
from tradewind.spec.validate import problems_of
from tradewind.versions import DEFAULT_VERSION, RELEASES, Images

if TYPE_CHECKING:
    from tradewind.args import ClusterArgs

_MINIMUM_COREDNS = 2


@dataclass(frozen=True, kw_only=True)
class NetworkSpec:
    """Ranges and names inside the cluster."""

    networking: Networking
    pod_cidr: IPv4Network
    service_cidr: IPv4Network
    domain: str

    @property
    def api_service_ip(self) -> IPv4Address:
        """Address of the `kubernetes` Service: the 1st of the Service range."""
        return self.service_cidr[1]

    @property
    def dns_service_ip(self) -> IPv4Address:
        """Address of cluster DNS: the 10th of the Service range."""
        return self.service_cidr[10]


@dataclass(frozen=True, kw_only=True)
class CertificatePolicy:
    """Algorithm and lifetimes of keys and certificates, hours."""

    key_algorithm: KeyAlgorithm
    ca_validity_hours: int
    validity_hours: int
    early_renewal_hours: int


@dataclass(frozen=True, kw_only=True)
class TokenPolicy:
    """Lifetime of the bootstrap token, hours."""

    validity_hours: int
    early_renewal_hours: int


@dataclass(frozen=True, kw_only=True)
class ClusterSpec:
    """Everything that was chosen about a cluster. Nothing here is secret or unknown at preview."""

    name: str
    kubernetes_version: str
    images: Images
    kubelet_image: KubeletImage
    kubelet: Settings
    """Settings of every node's kubelet."""
    oidc: tuple[OidcIssuer, ...]
    """Issuers of tokens that make users."""
    control_plane_flags: Mapping[str, Mapping[str, str]]
    """Further flags by program."""
    etcd: Mapping[str, object]
    """Settings of etcd."""
    registry_mirrors: tuple[RegistryMirror, ...]
    proxy: Proxy
    host_cidr: IPv4Network | None
    """Range of the machines, if it is known."""
    os_updates: OsUpdates
    api_servers: tuple[str, ...]
    api_port: int
    controllers: tuple[ControllerSpec, ...]
    network: NetworkSpec
    service_account_issuer: str
    certificates: CertificatePolicy
    bootstrap_token: TokenPolicy
    aggregation: bool
    coredns: bool
    coredns_replicas: int
    kube_proxy: bool
    kube_proxy_conntrack: bool
    """Whether kube-proxy sets connection tracking limits on its node."""
    daemonset_tolerations: tuple[str, ...]
    external_cloud_provider: bool

    @property
    def api_url(self) -> str:
        """URL of the API server in kubeconfigs."""
        host = self.api_servers[0]
        return f"https://[{host}]:{self.api_port}" if ":" in host else f"https://{host}:{self.api_port}"

    @property
    def etcd_urls(self) -> tuple[str, ...]:
        """Client URL of every etcd member."""
        return tuple(controller.etcd_client_url for controller in self.controllers)

    @property
    def etcd_members(self) -> dict[str, str]:
        """Peer URL of every etcd member by its name."""
        return {controller.name: controller.etcd_peer_url for controller in self.controllers}

    @property
    def highly_available(self) -> bool:
        """Whether there is more than one controller, so that leaders have to be elected."""
        return len(self.controllers) > 1


def cluster_spec(args: "ClusterArgs") -> ClusterSpec:
    """The spec of validated arguments, with defaults filled in.

    Raises:
        SpecError: listing every broken rule, before anything is made.
    """
    problems = problems_of(args)
    if problems:
        raise SpecError("cluster", problems)
    args = cast("ClusterArgs", plain(args))
    version = args.get("kubernetes_version", DEFAULT_VERSION)
    controllers = tuple(
        ControllerSpec(
            name=controller["name"],
            etcd_name=controller["etcd_name"],
            addresses=tuple(controller.get("addresses", ())),
        )
        for controller in args["controllers"]
    )
    domain = args.get("cluster_domain", "cluster.local")
    return ClusterSpec(
        name=args["name"],
        kubernetes_version=version,
        images=_images(version, args.get("images", {})),
        kubelet_image=kubelet_image(version, args.get("kubelet_image", {})),
        kubelet=args.get("kubelet", {}),
        oidc=oidc_issuers(args.get("oidc", ())),
        control_plane_flags=program_flags(args.get("control_plane_flags", {})),
        etcd=dict(args.get("etcd", {})),
        registry_mirrors=registry_mirrors(args.get("registry_mirrors", ())),
        proxy=proxy(args.get("proxy", {})),
        host_cidr=IPv4Network(args["host_cidr"]) if "host_cidr" in args else None,
        os_updates=os_updates(args.get("os_updates", {})),
        api_servers=tuple(args["api_servers"]),
        api_port=args.get("api_port", API_PORT),
        controllers=controllers,
        network=_network(args, domain),
        service_account_issuer=args.get("service_account_issuer", f"https://kubernetes.default.svc.{domain}"),
        certificates=_certificates(args.get("certificates", {})),
        bootstrap_token=_token(args.get("bootstrap_token", {})),
        aggregation=args.get("aggregation", True),
        coredns=args.get("coredns", True),
        coredns_replicas=args.get("coredns_replicas", max(_MINIMUM_COREDNS, len(controllers))),
        kube_proxy=args.get("kube_proxy", True),
        kube_proxy_conntrack=args.get("kube_proxy_conntrack", True),
        daemonset_tolerations=tuple(args.get("daemonset_tolerations", ())),
        external_cloud_provider=args.get("external_cloud_provider", False),
    )


def _images(version: str, references: Mapping[str, str]) -> Images:
    return RELEASES[version].images.override(dict(references))


def _network(args: "ClusterArgs", domain: str) -> NetworkSpec:
    return NetworkSpec(
        networking=Networking(args.get("networking", Networking.FLANNEL)),
        pod_cidr=IPv4Network(args.get("pod_cidr", POD_CIDR)),
        service_cidr=IPv4Network(args.get("service_cidr", SERVICE_CIDR)),
        domain=domain,
    )


def _certificates(args: Mapping[str, Any]) -> CertificatePolicy:
    return CertificatePolicy(
        key_algorithm=KeyAlgorithm(args.get("key_algorithm", KeyAlgorithm.ECDSA_P256)),
        **_lifetimes("certificates", args),
    )


def _token(args: Mapping[str, Any]) -> TokenPolicy:
    return TokenPolicy(**_lifetimes("bootstrap_token", args))


def _lifetimes(argument: str, args: Mapping[str, Any]) -> dict[str, int]:
    return {key: args.get(key, hours) for key, hours in LIFETIMES[argument].items()}
