"""The asset map: path to content of every file of a control plane. The seam between what and where.

Pure. Reads: `ClusterSpec` and, for secrets, `SettledSecrets`. Makes: text by asset path.
Ignition, SSH delivery and a dump to a folder all read this map; `host.assets` says where each path goes on a host.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from tradewind.constants import API_PORT
from tradewind.kubeconfig import ClientCertificate, Token, kubeconfig
from tradewind.manifests import api_config, cluster_objects, scheduler_config, static_pods
from tradewind.manifests import token as bootstrap_token
from tradewind.manifests.token import TokenValues
from tradewind.pki import catalog
from tradewind.pki.catalog import Authority
from tradewind.serialize import to_yaml
from tradewind.spec import ClusterSpec

BOOTSTRAP_KUBECONFIG_ASSET = "auth/kubeconfig"
"""The kubeconfig with the bootstrap token; every node gets it."""
_MANIFESTS = "manifests/"
_OWN = f"https://127.0.0.1:{API_PORT}"
"""The API server of the same machine: in an upgrade the others may be of an older version than what asks them.
Source: https://kubernetes.io/releases/version-skew-policy/"""
BOOTSTRAP_TOKEN_ASSET = f"{_MANIFESTS}bootstrap-token.yaml"
CA_ASSET = "tls/k8s/ca.crt"

Assets = dict[str, str]
"""Content by asset path."""


@dataclass(frozen=True)
class Pem:
    """A certificate and its private key."""

    cert_pem: str
    private_key_pem: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class SettledSecrets:
    """Everything that was generated for a cluster, as settled text. Never printed or stored."""

    authorities: Mapping[Authority, Pem]
    certificates: Mapping[str, Pem]
    service_account: Pem
    """The public key in the place of the certificate."""
    token: TokenValues
    encryption_key: str = field(repr=False)
    """32 bytes in base64."""


def plain_assets(spec: ClusterSpec) -> Assets:
    """The files that hold no secret and need nothing generated, so that a preview shows the line that changes."""
    pods = {path: to_yaml(pod) for path, pod in static_pods(spec).items()}
    objects = {each.path: to_yaml(each.object) for each in cluster_objects(spec)}
    scheduler = {scheduler_config.ASSET: to_yaml(scheduler_config.scheduler_config())}
    return {**pods, **api_config.api_config_assets(spec.oidc), **scheduler, **objects}


def objects_of(assets: Assets) -> Assets:
    """Those that are applied to the cluster."""
    return {path: content for path, content in assets.items() if path.startswith(_MANIFESTS)}


def digest_of(assets: Assets) -> str:
    """SHA-256 of paths and contents, 64 hexadecimal digits."""
    return sha256(json.dumps(assets, sort_keys=True).encode()).hexdigest()


def secret_assets(spec: ClusterSpec, secrets: SettledSecrets) -> dict[str, Assets]:
    """The files made of generated keys, for each controller by its name."""
    shared = {
        **_authority_assets(secrets),
        **_certificate_assets(spec, secrets, None),
        f"{catalog.SERVICE_ACCOUNT.asset}.key": secrets.service_account.private_key_pem,
        f"{catalog.SERVICE_ACCOUNT.asset}.pub": secrets.service_account.cert_pem,
        **_kubeconfigs(spec, secrets),
        f"config/{api_config.ENCRYPTION}": to_yaml(api_config.encryption(secrets.encryption_key)),
        BOOTSTRAP_TOKEN_ASSET: to_yaml(bootstrap_token.secret(secrets.token)),
    }
    return {
        controller.name: {**shared, **_certificate_assets(spec, secrets, controller.name)}
        for controller in spec.controllers
    }


def secret_asset_paths(spec: ClusterSpec) -> tuple[str, ...]:
    """Asset paths of `secret_assets` of one controller, known before anything is generated."""
    nothing = Pem("", "")
    placeholders = SettledSecrets(
        authorities={record.authority: nothing for record in catalog.authorities(spec)},
        certificates={record.name: nothing for record in catalog.certificates(spec)},
        service_account=nothing,
        token=TokenValues(id="", secret="", expiration=""),
        encryption_key="",
    )
    return tuple(secret_assets(spec, placeholders)[spec.controllers[0].name])


WORKER_ASSET_PATHS = (CA_ASSET, BOOTSTRAP_KUBECONFIG_ASSET)
"""Asset paths of `worker_assets`."""


def worker_assets(spec: ClusterSpec, ca_pem: str, token: TokenValues) -> Assets:
    """What a worker needs to join: the cluster's authority and the bootstrap kubeconfig."""
    return {CA_ASSET: ca_pem, BOOTSTRAP_KUBECONFIG_ASSET: _bootstrap_kubeconfig(spec, ca_pem, token)}


def admin_kubeconfig(spec: ClusterSpec, ca_pem: str, admin: Pem, server: str) -> str:
    """The administrator's kubeconfig for an API server at the URL `server`."""
    return kubeconfig(
        cluster=spec.name,
        user="kubernetes-admin",
        server=server,
        ca_pem=ca_pem,
        credential=ClientCertificate(admin.cert_pem, admin.private_key_pem),
    )


def _authority_assets(secrets: SettledSecrets) -> Assets:
    assets: Assets = {}
    for authority, pem in secrets.authorities.items():
        assets.update(dict.fromkeys(catalog.authority_assets(authority), pem.cert_pem))
        if authority in catalog.AUTHORITY_KEY_ASSET:
            assets[catalog.AUTHORITY_KEY_ASSET[authority]] = pem.private_key_pem
    return assets


def _certificate_assets(spec: ClusterSpec, secrets: SettledSecrets, controller: str | None) -> Assets:
    """Certificates of one controller, or with None those that all controllers share."""
    assets: Assets = {}
    for record in catalog.certificates(spec):
        if record.asset and record.controller == controller:
            pem = secrets.certificates[record.name]
            assets[f"{record.asset}.crt"] = pem.cert_pem
            assets[f"{record.asset}.key"] = pem.private_key_pem
    return assets


def _kubeconfigs(spec: ClusterSpec, secrets: SettledSecrets) -> Assets:
    ca_pem = secrets.authorities[Authority.KUBERNETES].cert_pem

    def client(name: str, user: str, server: str = spec.api_url) -> str:
        pem = secrets.certificates[name]
        credential = ClientCertificate(pem.cert_pem, pem.private_key_pem)
        return kubeconfig(cluster=spec.name, user=user, server=server, ca_pem=ca_pem, credential=credential)

    return {
        "auth/admin.conf": client(catalog.ADMIN, "kubernetes-admin"),
        "auth/super-admin.conf": client(catalog.SUPER_ADMIN, "kubernetes-super-admin"),
        "auth/controller-manager.conf": client(catalog.CONTROLLER_MANAGER, "system:kube-controller-manager", _OWN),
        "auth/scheduler.conf": client(catalog.SCHEDULER, "system:kube-scheduler", _OWN),
        BOOTSTRAP_KUBECONFIG_ASSET: _bootstrap_kubeconfig(spec, ca_pem, secrets.token),
    }


def _bootstrap_kubeconfig(spec: ClusterSpec, ca_pem: str, token: TokenValues) -> str:
    return kubeconfig(
        cluster=spec.name,
        user="kubelet-bootstrap",
        server=spec.api_url,
        ca_pem=ca_pem,
        credential=Token(f"{token.id}.{token.secret}"),
    )
