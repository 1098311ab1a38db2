"""Rules that hold for every pod of every cluster."""

from dataclasses import astuple, replace

import pytest

from tests.unit.manifests.reading import containers_of, find, pod_of, workloads
from tests.unit.manifests.specs import CALICO, DEFAULT, HIGHLY_AVAILABLE, SHARED_KERNEL, SPECS
from tradewind.manifests import calico, cluster_objects, flannel

WORKLOADS = [
    pytest.param(spec, entry, id=f"{case}:{entry['metadata']['name']}")
    for case, spec in SPECS.items()
    for entry in workloads(spec)
]


CONTAINERS = [
    pytest.param(spec, pod_of(entry), container, id=f"{case}:{entry['metadata']['name']}:{container['name']}")
    for case, spec in SPECS.items()
    for entry in workloads(spec)
    for container in containers_of(pod_of(entry))
]


@pytest.mark.parametrize(("spec", "pod", "container"), CONTAINERS)
def test_images_are_those_of_the_spec(spec, pod, container):
    assert container["image"] in astuple(spec.images)


@pytest.mark.parametrize(("spec", "pod", "container"), CONTAINERS)
def test_a_container_says_what_it_runs(spec, pod, container):
    assert container["command"][0].startswith("/") or container["command"][0] in {"cp", "start_runit"}
    assert all(isinstance(word, str) for word in [*container["command"], *container.get("args", [])])


CALICO_RIGHTS = {
    # Marks its own plugins before it copies them, and has ended before calico-node starts.
    "install-cni": {"allowPrivilegeEscalation": False},
    "calico-node": {"privileged": True},
}
"""Calico's programs get what its release gives them, or less."""


@pytest.mark.parametrize(("spec", "pod", "container"), CONTAINERS)
def test_a_container_has_few_rights(spec, pod, container):
    security = container["securityContext"]
    if container["name"] == "init":
        # kube-proxy's set-up writes sysctls; it has ended before kube-proxy starts.
        assert container in pod["initContainers"]
        assert security == {"privileged": True}
        assert "--init-only" in container["args"]
        return
    if container["name"] in CALICO_RIGHTS:
        assert {key: each for key, each in security.items() if key != "seLinuxOptions"} == CALICO_RIGHTS[
            container["name"]
        ]
        return
    assert security["allowPrivilegeEscalation"] is False
    assert security["readOnlyRootFilesystem"] is True
    assert security["capabilities"]["drop"] == ["ALL"]
    allowed = {"coredns": ["NET_BIND_SERVICE"], "flannel": ["NET_ADMIN"], "kube-proxy": ["NET_ADMIN"]}
    assert security["capabilities"].get("add") == allowed.get(container["name"])


@pytest.mark.parametrize(("spec", "pod", "container"), CONTAINERS)
def test_level_s0_on_every_container_that_writes_files_of_the_node(spec, pod, container):
    of_the_node = {volume["name"] for volume in pod.get("volumes", []) if "hostPath" in volume}
    writes = [
        each for each in container.get("volumeMounts", []) if each["name"] in of_the_node and not each.get("readOnly")
    ]
    level = container["securityContext"].get("seLinuxOptions", {}).get("level")
    assert level == ("s0" if writes else None)


@pytest.mark.parametrize(
    ("daemon_set", "names"),
    [
        (flannel.daemon_set(DEFAULT), ["install-cni-plugins", "install-cni-plugin", "flannel"]),
        (calico.node.daemon_set(CALICO), ["install-cni", "calico-node"]),
    ],
)
def test_containers_that_install_plugins_have_level_s0(daemon_set, names):
    assert [container["name"] for container in containers_of(pod_of(daemon_set))] == names
    assert all(
        container["securityContext"]["seLinuxOptions"]["level"] == "s0"
        for container in containers_of(pod_of(daemon_set))
    )


@pytest.mark.parametrize(("spec", "entry"), WORKLOADS)
def test_pods_have_seccomp_priority_account_and_requests(spec, entry):
    pod = pod_of(entry)
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["priorityClassName"] in {"system-node-critical", "system-cluster-critical"}
    assert pod["serviceAccountName"] == entry["metadata"]["name"]
    assert all(set(container["resources"]["requests"]) == {"cpu", "memory"} for container in pod["containers"])
    assert all({"livenessProbe", "readinessProbe"} <= set(container) for container in pod["containers"])


@pytest.mark.parametrize(("spec", "entry"), WORKLOADS)
def test_a_pod_is_root_only_where_it_changes_the_node(spec, entry):
    assert pod_of(entry)["securityContext"].get("runAsUser") == (
        None if entry["metadata"]["name"] in {"calico-node", "flannel", "kube-proxy"} else 65534
    )


@pytest.mark.parametrize(("spec", "entry"), WORKLOADS)
def test_selectors_find_their_pods(spec, entry):
    assert entry["spec"]["selector"]["matchLabels"].items() <= entry["spec"]["template"]["metadata"]["labels"].items()


@pytest.mark.parametrize(("spec", "entry"), WORKLOADS)
def test_every_volume_is_mounted_and_every_mount_has_a_volume(spec, entry):
    pod = pod_of(entry)
    mounted = {each["name"] for container in containers_of(pod) for each in container.get("volumeMounts", [])}
    assert mounted == {volume["name"] for volume in pod.get("volumes", [])}


@pytest.mark.parametrize(("spec", "entry"), WORKLOADS)
def test_config_maps_and_accounts_that_pods_name_exist(spec, entry):
    names = {(file.object["kind"], file.object["metadata"]["name"]) for file in cluster_objects(spec)}
    pod = pod_of(entry)
    configs = {("ConfigMap", each["configMap"]["name"]) for each in pod.get("volumes", []) if "configMap" in each}
    assert configs | {("ServiceAccount", pod["serviceAccountName"])} <= names


def daemon_sets(spec):
    return [entry for entry in workloads(spec) if entry["kind"] == "DaemonSet"]


def test_daemon_sets_tolerate_nodes_that_are_coming_up_and_the_users_taints():
    keys = ["node-role.kubernetes.io/controller", "node.kubernetes.io/not-ready"]
    cloud = "node.cloudprovider.kubernetes.io/uninitialized"
    user = ["example.com/gpu", "example.com/edge"]
    assert daemon_sets(HIGHLY_AVAILABLE)
    for entry in daemon_sets(DEFAULT):
        assert pod_of(entry)["tolerations"] == [{"key": key, "operator": "Exists"} for key in keys]
    for entry in daemon_sets(HIGHLY_AVAILABLE):
        own = [] if entry["metadata"]["name"] == "kubelet-csr-approver" else user
        assert [each["key"] for each in pod_of(entry)["tolerations"]] == [*keys, cloud, *own]


def test_a_toleration_that_the_user_repeats_is_there_once():
    repeated = replace(DEFAULT, daemonset_tolerations=("node.kubernetes.io/not-ready",))
    assert len(pod_of(find("network/daemonset.yaml", repeated))["tolerations"]) == 2


@pytest.mark.parametrize("path", ["network/daemonset.yaml", "kubelet-csr-approver/daemonset.yaml"])
def test_pods_that_start_before_services_know_the_external_name(path):
    pod = pod_of(find(path, HIGHLY_AVAILABLE))
    env = {each["name"]: each.get("value") for each in pod["containers"][0]["env"]}
    assert pod["hostNetwork"] is True
    assert (env["KUBERNETES_SERVICE_HOST"], env["KUBERNETES_SERVICE_PORT"]) == ("api.example.com", "443")


@pytest.mark.parametrize("path", ["kube-proxy/daemonset.yaml", "network/daemonset.yaml"])
def test_pods_restart_when_their_configuration_changes(path):
    def annotations(spec):
        return find(path, spec)["spec"]["template"]["metadata"]["annotations"]

    assert annotations(DEFAULT) != annotations(HIGHLY_AVAILABLE)
    assert (annotations(DEFAULT) != annotations(SHARED_KERNEL)) == ("kube-proxy" in path)
