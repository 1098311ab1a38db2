"""What the machine is given: the project's own Ignition config, delivery, units and pods.

The pods run under `podman kube play`, which knows less of a pod than a kubelet: probes, the downward API, ConfigMaps
and ServiceAccounts are left out. Who they are, what they mount and every part of their security is as rendered.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from tests.unit.host.cases import SSH_KEY
from tests.unit.manifests.reading import containers_of, pod_of, workloads
from tests.unit.platforms.bare_metal_arguments import ARGS
from tradewind import constants
from tradewind.assets import plain_assets, secret_asset_paths
from tradewind.choices import Networking
from tradewind.host.files import HostFile
from tradewind.host.roles import HostConfig, later_controller_files
from tradewind.manifests import static_pods
from tradewind.platforms.bare_metal.spec import bare_metal_spec
from tradewind.serialize import Object

MACHINES = bare_metal_spec({key: value for key, value in ARGS.items() if key != "workers"})
SPEC = MACHINES.cluster
HOST = MACHINES.host(SPEC.controllers[0].name)
SERVER = f"server: http://127.0.0.1:{constants.API_PORT}\n"
"""All that the stand-in for kubectl reads of a kubeconfig."""

NETWORKS = [network for network in Networking if network is not Networking.NONE]


def config() -> HostConfig:
    """A controller on bare metal before its first boot."""
    return replace(HOST.config(SPEC), ssh_authorized_keys=(SSH_KEY,))


def delivery() -> tuple[HostFile, ...]:
    """What it is delivered; secrets are placeholders."""
    secrets = {path: f"content of {path}\n" for path in secret_asset_paths(SPEC)} | {"auth/super-admin.conf": SERVER}
    return later_controller_files(SPEC, SPEC.controllers[0], HOST.options, {**plain_assets(SPEC), **secrets})


def old_bootstrap() -> str:
    """bootstrap.service as the founding note found it: the secrets of all are mounted as one container's own."""
    unit = next(unit for unit in config().units if unit.name == "bootstrap.service")
    pki = f"--volume={constants.PKI_DIR}:{constants.PKI_DIR}"
    text = re.sub(rf"{re.escape(pki)}:\S+ (\\\n)?", "", unit.contents or "")
    old, changes = re.subn(r"--entrypoint=/apply", f"{pki}:ro,Z --entrypoint=/apply", text)
    assert changes == 1
    return old


def control_plane_pods() -> list[Object]:
    """The static pods, with stand-ins that try every file that their flags name."""
    return [_pod(pod["metadata"]["name"], pod["spec"], pod["spec"]["containers"]) for pod in static_pods(SPEC).values()]


def writers() -> Mapping[str, tuple[list[Object], list[Object]]]:
    """Pods that write files of the node, by name: as rendered, and without their level.

    The API server writes its audit log; every network that can be chosen installs itself.
    """
    api_server = control_plane_pods()[:1]
    networks = {network.value: [_installer(network)] for network in NETWORKS}
    return {
        name: (pods, [_without_level(pod) for pod in pods]) for name, pods in {"audit": api_server, **networks}.items()
    }


def folders(network: Networking) -> set[tuple[str, str]]:
    """What a network's containers write to: the folder as they see it, and as the node does."""
    return {
        (mount["mountPath"], volume["hostPath"]["path"])
        for pod, container in _installers(network)
        for mount in container["volumeMounts"]
        for volume in pod["volumes"]
        if volume["name"] == mount["name"]
    }


def container_names(pods: Iterable[Object]) -> list[str]:
    """As podman calls them."""
    return [f"{pod['metadata']['name']}-{container['name']}" for pod in pods for container in pod["spec"]["containers"]]


def images(config: HostConfig, pods: Iterable[Object]) -> set[str]:
    """Every image that is run."""
    named = re.findall(r"_IMAGE=([^\s\"]+)", "".join(file.content for file in config.files))
    return {*named, *(container["image"] for pod in pods for container in pod["spec"]["containers"])}


def _installers(network: Networking) -> Iterator[tuple[Object, Object]]:
    """Pod and container of everything that writes to folders of the node, and is confined."""
    spec = replace(SPEC, network=replace(SPEC.network, networking=network))
    for entry in workloads(spec):
        pod = pod_of(entry)
        hosts = {volume["name"]: volume["hostPath"] for volume in pod.get("volumes", []) if "hostPath" in volume}
        for container in containers_of(pod):
            if container["securityContext"].get("privileged"):
                continue
            mounts = [each for each in container.get("volumeMounts", []) if _is_written(each, hosts)]
            if mounts:
                yield pod, {**container, "volumeMounts": mounts}


def _is_written(mount: Object, hosts: Mapping[str, Object]) -> bool:
    host = hosts.get(mount["name"])
    return host is not None and not mount.get("readOnly") and not host.get("type", "").startswith("File")


def _written(container: Object) -> list[str]:
    return [mount["mountPath"] for mount in container["volumeMounts"]]


def _installer(network: Networking) -> Object:
    """One pod with every such container; each writes to all its folders as install-cni does."""
    found = list(_installers(network))
    containers = [
        {**container, "command": ["/usr/local/bin/writer", network.value, *_written(container)], "args": []}
        for _, container in found
    ]
    volumes = {volume["name"]: volume for pod, _ in found for volume in pod["volumes"]}
    return _pod(network.value, {**found[0][0], "volumes": list(volumes.values())}, containers)


_OF_A_CONTAINER = ("name", "image", "command", "args", "securityContext", "volumeMounts")


def _pod(name: str, pod: Object, containers: Iterable[Object]) -> Object:
    made = [{key: container[key] for key in _OF_A_CONTAINER if container.get(key)} for container in containers]
    mounted = {mount["name"] for container in made for mount in container["volumeMounts"]}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {
            "hostNetwork": pod.get("hostNetwork", False),
            "restartPolicy": "Never",
            "securityContext": pod["securityContext"],
            "containers": made,
            "volumes": [_volume(volume) for volume in pod["volumes"] if volume["name"] in mounted],
        },
    }


def _volume(volume: Object) -> dict[str, Any]:
    """Without its type, for which podman, unlike a kubelet, would relabel the folder."""
    return {"name": volume["name"], "hostPath": {"path": volume["hostPath"]["path"]}}


def _without_level(pod: Object) -> Object:
    return {**pod, "spec": {**pod["spec"], "containers": [_random(each) for each in pod["spec"]["containers"]]}}


def _random(container: Object) -> dict[str, Any]:
    """With the categories that a runtime gives by itself, and the type of every container."""
    security = {key: value for key, value in container["securityContext"].items() if key != "seLinuxOptions"}
    return {**container, "securityContext": security}
