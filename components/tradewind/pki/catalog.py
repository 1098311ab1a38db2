"""The certificates of a cluster as a list of records.

Pure. Reads: `ClusterSpec`. Makes: records of authorities, certificates and key pairs, in the order they are signed.

Each certificate has the least usages it needs. Where and under which name it is stored on a host is its asset path.
Sources: https://kubernetes.io/docs/setup/best-practices/certificates/, https://etcd.io/docs/v3.7/op-guide/security/
"""

from dataclasses import dataclass
from enum import Enum
from ipaddress import ip_address

from tradewind import constants
from tradewind.spec import ClusterSpec, ControllerSpec


class Authority(str, Enum):
    """A certificate authority. The value is its name in resources and the prefix of its argument, `<name>_ca`."""

    ETCD = "etcd"
    KUBERNETES = "kubernetes"
    AGGREGATION = "aggregation"


class Usage(str, Enum):
    """Key usages and extended key usages, named as the tls package names them (RFC 5280, 4.2.1.3 and 4.2.1.12)."""

    CERT_SIGNING = "cert_signing"
    CRL_SIGNING = "crl_signing"
    DIGITAL_SIGNATURE = "digital_signature"
    KEY_ENCIPHERMENT = "key_encipherment"
    SERVER = "server_auth"
    CLIENT = "client_auth"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Distinguished name: Kubernetes reads the user from the first and the group from the second."""

    common_name: str
    organization: str | None = None


@dataclass(frozen=True, kw_only=True)
class AuthorityRecord:
    """A self-signed authority."""

    authority: Authority
    subject: Subject
    usages: tuple[Usage, ...] = (Usage.DIGITAL_SIGNATURE, Usage.CERT_SIGNING, Usage.CRL_SIGNING)

    @property
    def name(self) -> str:
        """Name in resources, `<authority>-ca`."""
        return f"{self.authority.value}-ca"


@dataclass(frozen=True, kw_only=True)
class CertificateRecord:
    """A certificate signed by one of the cluster's authorities."""

    name: str
    """Name in resources; unique in a cluster."""
    authority: Authority
    subject: Subject
    extended_usages: tuple[Usage, ...]
    dns_names: tuple[str, ...] = ()
    ip_addresses: tuple[str, ...] = ()
    asset: str | None = None
    """Asset path without an ending; `.crt` and `.key` are added. None: it is inside a kubeconfig."""
    controller: str | None = None
    """Name of the one controller that holds it; None when all controllers hold the same."""


@dataclass(frozen=True, kw_only=True)
class KeyPairRecord:
    """A key pair without a certificate, stored as `.key` and `.pub`."""

    name: str
    asset: str


SERVICE_ACCOUNT = KeyPairRecord(name="service-account", asset="tls/k8s/service-account")

ADMIN = "admin"
SUPER_ADMIN = "super-admin"
"""Stays on controllers, for root: it applies the first objects, the administrators' rights among them."""
CONTROLLER_MANAGER = "controller-manager"
SCHEDULER = "scheduler"


def authorities(spec: ClusterSpec) -> tuple[AuthorityRecord, ...]:
    """The authorities of a cluster; each is written before the certificates it signs."""
    records = [
        AuthorityRecord(
            authority=Authority.ETCD,
            subject=Subject(common_name="etcd-ca", organization="etcd"),
        ),
        AuthorityRecord(
            authority=Authority.KUBERNETES,
            subject=Subject(common_name="kubernetes-ca", organization="tradewind"),
        ),
    ]
    if spec.aggregation:
        records.append(
            AuthorityRecord(
                authority=Authority.AGGREGATION,
                subject=Subject(common_name="kubernetes-front-proxy-ca"),
            )
        )
    return tuple(records)


def authority_assets(authority: Authority) -> tuple[str, ...]:
    """Asset paths that hold an authority's certificate; one authority of etcd serves all three of its uses."""
    return {
        Authority.ETCD: ("tls/etcd/etcd-client-ca.crt", "tls/etcd/server-ca.crt", "tls/etcd/peer-ca.crt"),
        Authority.KUBERNETES: ("tls/k8s/ca.crt",),
        Authority.AGGREGATION: ("tls/k8s/aggregation-ca.crt",),
    }[authority]


AUTHORITY_KEY_ASSET = {Authority.KUBERNETES: "tls/k8s/ca.key"}
"""Only the signer of kubelet certificates needs its key on a controller."""


def certificates(spec: ClusterSpec) -> tuple[CertificateRecord, ...]:
    """Every certificate that an authority signs."""
    members = tuple(record for controller in spec.controllers for record in _etcd_member(controller))
    aggregation = (_aggregation_client(),) if spec.aggregation else ()
    return (*members, _etcd_client(), _apiserver(spec), _kubelet_client(), *aggregation, *_kubeconfig_clients())


def _etcd_member(controller: ControllerSpec) -> tuple[CertificateRecord, CertificateRecord]:
    """The pair of one member: a stolen key of one machine is no key of another."""
    server = CertificateRecord(
        name=f"etcd-server-{controller.name}",
        authority=Authority.ETCD,
        subject=Subject(common_name=controller.etcd_name, organization="etcd"),
        # The member's own gRPC gateway is a client of itself.
        extended_usages=(Usage.SERVER, Usage.CLIENT),
        dns_names=("localhost", controller.etcd_name),
        ip_addresses=("127.0.0.1", *controller.addresses),
        asset="tls/etcd/server",
        controller=controller.name,
    )
    peer = CertificateRecord(
        name=f"etcd-peer-{controller.name}",
        authority=Authority.ETCD,
        subject=Subject(common_name=controller.etcd_name, organization="etcd"),
        extended_usages=(Usage.SERVER, Usage.CLIENT),
        dns_names=(controller.etcd_name,),
        ip_addresses=controller.addresses,
        asset="tls/etcd/peer",
        controller=controller.name,
    )
    return server, peer


def _etcd_client() -> CertificateRecord:
    return CertificateRecord(
        name="etcd-client",
        authority=Authority.ETCD,
        subject=Subject(common_name="kube-apiserver-etcd-client", organization="etcd"),
        extended_usages=(Usage.CLIENT,),
        asset="tls/etcd/etcd-client",
    )


def _apiserver(spec: ClusterSpec) -> CertificateRecord:
    """Server only: what the API server presents to kubelets is a certificate of its own."""
    addresses = [name for name in spec.api_servers if _is_ip(name)]
    for controller in spec.controllers:
        addresses.extend(controller.addresses)
    return CertificateRecord(
        name="apiserver",
        authority=Authority.KUBERNETES,
        subject=Subject(common_name="kube-apiserver"),
        extended_usages=(Usage.SERVER,),
        dns_names=(
            *(name for name in spec.api_servers if not _is_ip(name)),
            "kubernetes",
            "kubernetes.default",
            "kubernetes.default.svc",
            f"kubernetes.default.svc.{spec.network.domain}",
            "localhost",
        ),
        ip_addresses=tuple(dict.fromkeys(("127.0.0.1", *addresses, str(spec.network.api_service_ip)))),
        asset="tls/k8s/apiserver",
    )


def _kubelet_client() -> CertificateRecord:
    """Authenticates the API server to kubelets; RBAC binds its user to what logs and exec need, no more."""
    return CertificateRecord(
        name="kubelet-client",
        authority=Authority.KUBERNETES,
        subject=Subject(common_name=constants.KUBELET_CLIENT_USER),
        extended_usages=(Usage.CLIENT,),
        asset="tls/k8s/apiserver-kubelet-client",
    )


def _aggregation_client() -> CertificateRecord:
    return CertificateRecord(
        name="aggregation-client",
        authority=Authority.AGGREGATION,
        subject=Subject(common_name=constants.FRONT_PROXY_USER),
        extended_usages=(Usage.CLIENT,),
        asset="tls/k8s/aggregation-client",
    )


def _kubeconfig_clients() -> tuple[CertificateRecord, ...]:
    subjects = {
        ADMIN: Subject(common_name="kubernetes-admin", organization=constants.CLUSTER_ADMINS),
        SUPER_ADMIN: Subject(common_name="kubernetes-super-admin", organization=constants.SYSTEM_MASTERS),
        CONTROLLER_MANAGER: Subject(common_name=constants.CONTROLLER_MANAGER_USER),
        SCHEDULER: Subject(common_name=constants.SCHEDULER_USER),
    }
    return tuple(
        CertificateRecord(name=name, authority=Authority.KUBERNETES, subject=subject, extended_usages=(Usage.CLIENT,))
        for name, subject in subjects.items()
    )


def _is_ip(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
