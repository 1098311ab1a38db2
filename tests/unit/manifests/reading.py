"""How tests read rendered objects."""

from tests.unit.manifests.specs import DEFAULT, ROOT
from tradewind.manifests import cluster_objects


def find(path, spec=DEFAULT):
    objects = {file.path.removeprefix(ROOT): file.object for file in cluster_objects(spec)}
    return objects[path]


def pod_of(entry):
    return entry["spec"]["template"]["spec"]


def containers_of(pod):
    return [*pod.get("initContainers", []), *pod["containers"]]


def workloads(spec):
    return [file.object for file in cluster_objects(spec) if file.object["kind"] in {"DaemonSet", "Deployment"}]
