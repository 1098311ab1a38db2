"""Which role may hold which asset, and where on the host it goes.

Pure. Reads: the asset map. Makes: `HostFile`s, or an `AssetNotAllowedError`.

This table is the only door from the asset map to a machine: what is not listed for a role cannot reach it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tradewind import constants
from tradewind.errors import TradewindError
from tradewind.host.files import HostDirectory, HostFile
from tradewind.kubelet import Role

ASSETS_DIR = f"{constants.BOOTSTRAP_DIR}/assets"

_BOTH = frozenset(Role)
_CONTROLLER = frozenset({Role.CONTROLLER})


class AssetNotAllowedError(TradewindError, ValueError):
    """An asset that a role may not hold."""


@dataclass(frozen=True, kw_only=True)
class _Rule:
    """Assets whose path matches, the folder or file they become, and who may read them."""

    pattern: re.Pattern[str]
    target: str
    """Path on the host; `{name}` is what the pattern's group of that name matched."""
    mode: int
    roles: frozenset[Role] = _CONTROLLER
    uid: int = 0
    gid: int = 0
    secret: bool = False


def _rule(pattern: str, target: str, mode: int, **more: object) -> _Rule:
    return _Rule(pattern=re.compile(pattern), target=target, mode=mode, **more)  # type: ignore[arg-type]


def _pod_secret(pattern: str, target: str, group: int) -> _Rule:
    return _rule(pattern, target, 0o640, gid=group, secret=True)


_PKI = f"{constants.PKI_DIR}/{{name}}"
_CONFIG = f"{constants.CONFIG_DIR}/{{name}}"
_API = constants.KUBE_APISERVER_GID
_ETCD = {"uid": constants.ETCD_UID, "gid": constants.ETCD_UID}
_SEGMENT = r"[a-z0-9][a-z0-9._-]*"

# Only static pods are in the groups, each in its own, which alone can read what that pod needs of the secrets.
_RULES = (
    _rule(r"auth/kubeconfig", constants.BOOTSTRAP_KUBECONFIG, 0o600, roles=_BOTH, secret=True),
    _rule(r"tls/k8s/ca\.crt", constants.KUBERNETES_CA, 0o644, roles=_BOTH),
    _rule(r"auth/admin\.conf", constants.ADMIN_KUBECONFIG, 0o600, secret=True),
    _rule(r"auth/super-admin\.conf", constants.SUPER_ADMIN_KUBECONFIG, 0o600, secret=True),
    _pod_secret(
        r"auth/controller-manager\.conf", constants.CONTROLLER_MANAGER_KUBECONFIG, constants.KUBE_CONTROLLER_MANAGER_GID
    ),
    _pod_secret(r"auth/scheduler\.conf", constants.SCHEDULER_KUBECONFIG, constants.KUBE_SCHEDULER_GID),
    _rule(
        r"tls/k8s/(?P<name>(apiserver|apiserver-kubelet-client|aggregation-ca|aggregation-client)\.crt"
        r"|service-account\.pub)",
        _PKI,
        0o644,
    ),
    _pod_secret(r"tls/k8s/(?P<name>ca\.key)", _PKI, constants.KUBE_CONTROLLER_MANAGER_GID),
    _pod_secret(r"tls/k8s/(?P<name>service-account\.key)", _PKI, constants.SERVICE_ACCOUNT_GID),
    _pod_secret(r"tls/k8s/(?P<name>(apiserver|apiserver-kubelet-client|aggregation-client)\.key)", _PKI, _API),
    _rule(r"tls/etcd/(?P<name>(etcd-client-ca|etcd-client)\.crt)", _PKI, 0o644),
    _pod_secret(r"tls/etcd/(?P<name>etcd-client\.key)", _PKI, _API),
    _rule(
        r"tls/etcd/(?P<name>(server-ca|server|peer-ca|peer)\.crt)", f"{constants.ETCD_PKI_DIR}/{{name}}", 0o400, **_ETCD
    ),
    _rule(r"tls/etcd/(?P<name>(server|peer)\.key)", f"{constants.ETCD_PKI_DIR}/{{name}}", 0o400, **_ETCD, secret=True),
    _rule(r"config/(?P<name>(audit-policy|authentication|admission)\.yaml)", _CONFIG, 0o640, gid=_API),
    _rule(r"config/scheduler\.yaml", constants.SCHEDULER_CONFIG, 0o640, gid=constants.KUBE_SCHEDULER_GID),
    _pod_secret(r"config/(?P<name>encryption\.yaml)", _CONFIG, _API),
    _rule(
        r"static-manifests/(?P<name>kube-(apiserver|controller-manager|scheduler)\.yaml)",
        f"{constants.STATIC_POD_DIR}/{{name}}",
        0o600,
    ),
    _rule(r"manifests/(?P<name>bootstrap-token\.yaml)", f"{ASSETS_DIR}/manifests/{{name}}", 0o600, secret=True),
    _rule(
        rf"manifests/(?P<name>(?!bootstrap-token\.yaml)({_SEGMENT}/)*{_SEGMENT}\.yaml)",
        f"{ASSETS_DIR}/manifests/{{name}}",
        0o600,
    ),
)


def place(role: Role, assets: Mapping[str, str]) -> tuple[HostFile, ...]:
    """The host files of a role's assets, in the order in which they have to be installed.

    Raises:
        AssetNotAllowedError: naming every asset that the role may not hold. Nothing of its content is in the message.
    """
    placed: list[HostFile] = []
    refused: list[str] = []
    for path, content in assets.items():
        files = [
            HostFile(
                path=rule.target.format(**match.groupdict()),
                content=content,
                mode=rule.mode,
                uid=rule.uid,
                gid=rule.gid,
                secret=rule.secret,
            )
            for rule in _RULES
            if role in rule.roles and (match := rule.pattern.fullmatch(path))
        ]
        if not files:
            refused.append(path)
        placed.extend(files)
    if refused:
        raise AssetNotAllowedError(f"a {role.value} may not hold: {', '.join(sorted(refused))}")
    return tuple(sorted(placed, key=install_order))


def directories(role: Role) -> tuple[HostDirectory, ...]:
    """The directories of a role's assets, parents first."""
    shared = (
        HostDirectory(path=constants.KUBERNETES_DIR),
        HostDirectory(path=constants.STATIC_POD_DIR, mode=0o700),
        HostDirectory(path=constants.PKI_DIR),
        # As the kubelet makes it.
        HostDirectory(path=constants.KUBELET_DIR, mode=0o750),
        HostDirectory(path=constants.BOOTSTRAP_DIR),
    )
    if role is Role.WORKER:
        return shared
    return (
        *shared,
        HostDirectory(path=constants.CONFIG_DIR, mode=0o750, gid=_API),
        HostDirectory(path=ASSETS_DIR, mode=0o700),
        HostDirectory(path="/etc/ssl/etcd"),
        HostDirectory(path=constants.ETCD_PKI_DIR, mode=0o500, uid=constants.ETCD_UID, gid=constants.ETCD_UID),
        HostDirectory(path=constants.ETCD_DATA_DIR, mode=0o700, uid=constants.ETCD_UID, gid=constants.ETCD_UID),
        # The API server writes its audit log as a member of its group.
        HostDirectory(path=constants.AUDIT_LOG_DIR, mode=0o770, gid=_API),
    )


def directories_of(files: Iterable[HostFile]) -> tuple[HostDirectory, ...]:
    """The directories that a delivery of these files makes sure of: a controller's if any file is a controller's."""
    of_controllers = (constants.PKI_DIR, constants.STATIC_POD_DIR)
    is_controller = any(file.path.startswith(of_controllers) and file.path != constants.KUBERNETES_CA for file in files)
    return directories(Role.CONTROLLER if is_controller else Role.WORKER)


def install_order(file: HostFile) -> tuple[int, str]:
    """Sorts static pods after the files they read, and the bootstrap kubeconfig, which starts the kubelet, last."""
    if file.path == constants.BOOTSTRAP_KUBECONFIG:
        return 2, file.path
    return int(file.path.startswith(f"{constants.STATIC_POD_DIR}/")), file.path
