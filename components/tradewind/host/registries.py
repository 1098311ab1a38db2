"""How a host gets images: mirrors of registries, and proxies on the way to them.

Pure. Reads: `RegistryMirror`s, `Proxy`, the runtime of system containers. Makes: `HostFile`s.
Sources: https://github.com/containerd/containerd/blob/main/docs/hosts.md,
https://github.com/containers/image/blob/main/docs/containers-registries.conf.5.md,
https://github.com/containers/image/blob/main/docs/containers-certs.d.5.md,
https://docs.docker.com/reference/cli/dockerd/#daemon-configuration-file
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from tradewind.host.containerd import MIRRORS_DIR
from tradewind.host.files import HostFile
from tradewind.host.options import HostDelta
from tradewind.host.systemd import environment, unit_text
from tradewind.kubelet import Role
from tradewind.serialize import to_compact_json, to_toml
from tradewind.spec import ClusterSpec
from tradewind.spec.mirrors import MirrorEndpoint, RegistryMirror

_DOCKER_HUB = "docker.io"
_ORIGINS = {_DOCKER_HUB: "https://registry-1.docker.io"}
"""Where a registry is reached, if not under its own name."""
_PODMAN_REGISTRIES = "/etc/containers/registries.conf.d/50-tradewind.conf"
_PODMAN_CERTIFICATES = "/etc/containers/certs.d"
_DOCKER_SETTINGS = "/etc/docker/daemon.json"
_DOCKER_CERTIFICATES = "/etc/docker/certs.d"
_PROXY_DROPIN = "20-proxy.conf"


def mirrors(spec: ClusterSpec, delta: HostDelta) -> tuple[HostFile, ...]:
    """Where containerd and system containers look for images of a registry, and the settings of docker's daemon."""
    pods = tuple(file for mirror in spec.registry_mirrors for file in _containerd(mirror))
    if delta.runtime.daemon:
        return (*pods, *_docker(spec.registry_mirrors, delta.docker_daemon))
    return (*pods, *_podman(spec.registry_mirrors))


def _containerd(mirror: RegistryMirror) -> tuple[HostFile, ...]:
    folder = f"{MIRRORS_DIR}/{mirror.registry}"
    hosts: dict[str, Mapping[str, Any]] = {}
    authorities = []
    for index, endpoint in enumerate(mirror.endpoints):
        parts = urlsplit(endpoint.url)
        path = parts.path.rstrip("/")
        # The mirror's repositories are below a path, which the distribution protocol has after its version.
        url = f"{parts.scheme}://{parts.netloc}{f'/v2{path}' if path else ''}"
        options: dict[str, Any] = {"capabilities": ["pull", "resolve"]}
        if path:
            options["override_path"] = True
        if endpoint.ca_pem:
            authorities.append(HostFile(path=f"{folder}/mirror-{index}.crt", content=endpoint.ca_pem))
            options["ca"] = authorities[-1].path
        if not endpoint.verified:
            options["skip_verify"] = True
        hosts[url] = options
    document = {"server": _ORIGINS.get(mirror.registry, f"https://{mirror.registry}"), "host": hosts}
    return (HostFile(path=f"{folder}/hosts.toml", content=to_toml(document)), *authorities)


def _podman(mirrors: Sequence[RegistryMirror]) -> tuple[HostFile, ...]:
    if not mirrors:
        return ()
    registries = [
        {
            "prefix": mirror.registry,
            "location": mirror.registry,
            "mirror": [
                {"location": _location(endpoint), **({} if endpoint.verified else {"insecure": True})}
                for endpoint in mirror.endpoints
            ],
        }
        for mirror in mirrors
    ]
    endpoints = [endpoint for mirror in mirrors for endpoint in mirror.endpoints]
    return (
        HostFile(path=_PODMAN_REGISTRIES, content=to_toml({"registry": registries})),
        *_authorities(_PODMAN_CERTIFICATES, endpoints),
    )


def _docker(mirrors: Sequence[RegistryMirror], settings: Mapping[str, Any]) -> tuple[HostFile, ...]:
    """Docker knows mirrors of Docker Hub only, and none with a path."""
    endpoints = [
        endpoint
        for mirror in mirrors
        for endpoint in mirror.endpoints
        if mirror.registry == _DOCKER_HUB and not urlsplit(endpoint.url).path.strip("/")
    ]
    urls = [endpoint.url for endpoint in endpoints]
    unverified = [urlsplit(endpoint.url).netloc for endpoint in endpoints if not endpoint.verified]
    document = {
        **settings,
        **({"registry-mirrors": urls} if urls else {}),
        **({"insecure-registries": unverified} if unverified else {}),
    }
    daemon = HostFile(path=_DOCKER_SETTINGS, content=f"{to_compact_json(document)}\n")
    return (daemon, *_authorities(_DOCKER_CERTIFICATES, endpoints))


def _authorities(folder: str, endpoints: Sequence[MirrorEndpoint]) -> tuple[HostFile, ...]:
    """For each mirror the authorities that may have signed its certificate; podman and docker look in the same way."""
    found: dict[str, list[str]] = {}
    for endpoint in endpoints:
        if endpoint.ca_pem:
            found.setdefault(urlsplit(endpoint.url).netloc, []).append(endpoint.ca_pem.strip())
    return tuple(
        HostFile(path=f"{folder}/{host}/ca.crt", content="".join(f"{pem}\n" for pem in dict.fromkeys(pems)))
        for host, pems in found.items()
    )


def _location(endpoint: MirrorEndpoint) -> str:
    parts = urlsplit(endpoint.url)
    return f"{parts.netloc}{parts.path.rstrip('/')}"


def proxies(spec: ClusterSpec, role: Role, delta: HostDelta) -> tuple[HostFile, ...]:
    """A drop-in for each unit that pulls images, if there is a proxy."""
    if not spec.proxy:
        return ()
    controllers = ("etcd-member.service", "bootstrap.service") if role is Role.CONTROLLER else ()
    pulling = (delta.runtime.daemon,) if delta.runtime.daemon else ("kubelet.service", *controllers)
    variables = {
        "HTTP_PROXY": spec.proxy.http_proxy,
        "HTTPS_PROXY": spec.proxy.https_proxy,
        "NO_PROXY": ",".join(_direct(spec)),
    }
    lines = [environment(name, value) for name, value in variables.items() if value is not None]
    text = unit_text({"Service": {"Environment": lines}})
    return tuple(
        HostFile(path=f"/etc/systemd/system/{unit}.d/{_PROXY_DROPIN}", content=text)
        for unit in ("containerd.service", *pulling)
    )


def _direct(spec: ClusterSpec) -> tuple[str, ...]:
    """What is never reached through a proxy: the cluster itself, and what the user names."""
    network = spec.network
    members = [name for each in spec.controllers for name in (each.name, each.etcd_name, *each.addresses)]
    names = (
        # The last is etcd's own address to itself: podman gives containers the variables that it has.
        *("localhost", "127.0.0.1", "::1", "0.0.0.0"),  # noqa: S104
        *(str(cidr) for cidr in (spec.host_cidr, network.pod_cidr, network.service_cidr) if cidr),
        *(".svc", f".{network.domain}"),
        *spec.api_servers,
        *members,
        *spec.proxy.no_proxy,
    )
    return tuple(dict.fromkeys(names))
