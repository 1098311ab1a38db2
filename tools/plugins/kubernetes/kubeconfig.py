"""Kubeconfig files: which server to talk to and as whom.

Reads: the text of a kubeconfig (YAML or JSON), or the files that client-go would read.
Makes: `load`, `active_cluster`, `Endpoint` and `endpoint`.
"""

import base64
import binascii
import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from tools.plugins.base.errors import PluginError
from tools.plugins.kubernetes.objects import Json, Object

Config = Object


class KubeconfigError(PluginError):
    """The kubeconfig cannot be used; the message says why."""


@dataclass(frozen=True)
class Overrides:
    """What the provider's configuration says over the kubeconfig; "" where it says nothing."""

    context: str = ""
    cluster: str = ""
    namespace: str = ""


@dataclass(frozen=True)
class Endpoint:
    """A server and the credentials for it. Certificates and keys are PEM texts; "" where there is none."""

    server: str
    namespace: str = "default"
    ca: str = ""
    certificate: str = field(default="", repr=False)
    key: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    basic: tuple[str, str] | None = field(default=None, repr=False)
    tls_server_name: str = ""
    insecure: bool = False


def load(path_or_content: str) -> Config:
    """Parse a kubeconfig given as content or as the path of a file (~ is the home folder)."""
    expanded = Path(path_or_content).expanduser() if path_or_content.startswith("~") else Path(path_or_content)
    try:
        content = expanded.read_text() if expanded.exists() else path_or_content
    except OSError as error:
        if "\n" in path_or_content or "{" in path_or_content:  # content is no path: too long, or with odd characters
            content = path_or_content
        else:
            raise KubeconfigError(f"cannot read the kubeconfig {expanded}: {error.strerror}") from None
    return parse(content, Path(expanded).parent if content is not path_or_content else Path())


def parse(content: str, folder: Path = Path()) -> Config:
    """Parse the text of a kubeconfig; relative paths in it start from the folder."""
    try:
        config = json.loads(content)
    except ValueError:
        config = _parse_yaml(content)
    if not isinstance(config, dict):
        raise KubeconfigError("the kubeconfig is not an object: expected clusters, contexts and users")
    return config | {"folder": str(folder)}


def _parse_yaml(content: str) -> Json:
    import yaml  # noqa: PLC0415  a JSON kubeconfig does not need it, and it costs start-up time

    try:
        return yaml.load(content, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  both are safe
    except yaml.YAMLError as error:
        # The text holds keys, so only the place of the problem is told.
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        raise KubeconfigError(f"the kubeconfig is neither YAML nor JSON{where}") from None


def ambient() -> Config:
    """Return what client-go finds without a given kubeconfig: $KUBECONFIG (first file wins), else ~/.kube/config."""
    merged: Config = {"clusters": [], "contexts": [], "users": []}
    listed = os.environ.get("KUBECONFIG")
    paths = [Path(part) for part in listed.split(os.pathsep) if part] if listed else [Path.home() / ".kube" / "config"]
    for path in paths:
        if not path.is_file():
            continue
        config = parse(path.read_text(), path.parent)
        for section in ("clusters", "contexts", "users"):
            merged[section] += config.get(section) or []
        merged.setdefault("folder", config["folder"])
        if config.get("current-context"):
            merged.setdefault("current-context", config["current-context"])
    return merged


def active_cluster(config: Config, overrides: Overrides) -> Config | None:
    """Return the cluster entry in use, None when there is none: its change means another cluster."""
    context = _named(config, "contexts", "context", overrides.context or config.get("current-context") or "")
    if context is None:
        return None
    return _named(config, "clusters", "cluster", overrides.cluster or context.get("cluster") or "")


def namespace(config: Config, overrides: Overrides) -> str:
    """Return the default namespace: the provider's, else the context's, else `default`."""
    context = _named(config, "contexts", "context", overrides.context or config.get("current-context") or "") or {}
    return overrides.namespace or str(context.get("namespace") or "default")


def endpoint(config: Config, overrides: Overrides) -> Endpoint:
    """Return the server and credentials in use, or raise KubeconfigError naming what is missing or not supported."""
    name = overrides.context or str(config.get("current-context") or "")
    context = _named(config, "contexts", "context", name)
    if context is None and name:
        raise KubeconfigError(f'context "{name}" does not exist')
    cluster_name = overrides.cluster or str((context or {}).get("cluster") or "")
    cluster = _named(config, "clusters", "cluster", cluster_name)
    if cluster is None or not cluster.get("server"):
        raise KubeconfigError("invalid configuration: no configuration has been provided, or it names no cluster")
    user = _named(config, "users", "user", str((context or {}).get("user") or "")) or {}
    folder = Path(str(config.get("folder") or "."))
    for key in ("exec", "auth-provider"):
        if user.get(key):
            raise KubeconfigError(f"the kubeconfig's user has `{key}`, which this Kubernetes plugin does not support")
    for key in ("as", "as-groups", "as-uid", "as-user-extra"):
        if user.get(key):
            raise KubeconfigError(f"the kubeconfig's user has `{key}`: impersonation is not supported by this plugin")
    if cluster.get("proxy-url"):
        raise KubeconfigError("the kubeconfig's cluster has `proxy-url`, which this Kubernetes plugin does not support")
    return Endpoint(
        server=str(cluster["server"]).rstrip("/"),
        namespace=namespace(config, overrides),
        ca=_pem(cluster, "certificate-authority", folder),
        certificate=_pem(user, "client-certificate", folder),
        key=_pem(user, "client-key", folder),
        token=_token(user, folder),
        basic=(str(user["username"]), str(user.get("password") or "")) if user.get("username") else None,
        tls_server_name=str(cluster.get("tls-server-name") or ""),
        insecure=cluster.get("insecure-skip-tls-verify") is True,
    )


def _named(config: Config, section: str, field_name: str, name: str) -> Config | None:
    for entry in config.get(section) or []:
        if isinstance(entry, dict) and entry.get("name") == name and isinstance(entry.get(field_name), dict):
            found: Config = entry[field_name]
            return found
    return None


def _pem(entry: Config, key: str, folder: Path) -> str:
    data = entry.get(f"{key}-data")
    if data:
        try:
            return base64.b64decode("".join(str(data).split()), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise KubeconfigError(f"`{key}-data` in the kubeconfig is not base64 of a PEM text") from None
    path = entry.get(key)
    return _read(folder / str(path), key) if path else ""


def _token(user: Config, folder: Path) -> str:
    if user.get("token"):
        return str(user["token"])
    path = user.get("tokenFile")
    return _read(folder / str(path), "tokenFile").strip() if path else ""


def _read(path: Path, key: str) -> str:
    try:
        return path.read_text()
    except OSError as error:
        raise KubeconfigError(f"`{key}` in the kubeconfig: cannot read {path}: {error.strerror}") from None
