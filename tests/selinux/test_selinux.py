"""What SELinux says, enforcing, on a controller of Fedora CoreOS's form; docs/selinux.md has what is real in it.

`checks` is what the machine did, `rendering` what it was given. Each test reads one or two steps. A step that is
meant to be denied something shows that the check before it could have failed.
"""

import re
from collections.abc import Mapping

import pytest

from tests.selinux import rendering
from tests.selinux.seen import PAIR, SHARED, Step
from tradewind import constants
from tradewind.choices import Networking

Seen = Mapping[str, Step]

ROUNDS = ("random-first", "random-second", "level-on-random", "level-first", "level-second")
STEPS = {
    *("system", "ignition", "delivered", "kubelet", "pods-before-bootstrap", "pods-during-bootstrap"),
    *("bootstrap-fails", "pods-with-private-secrets", "pods-after-another-delivery", "bootstrap-again"),
    *("kubelet-relabels", "relabelled", "rebooted", "rebooted-pods"),
    *(f"{pods}-{each}" for pods in rendering.writers() for each in ROUNDS),
    *(f"rebooted-{pods}" for pods in rendering.writers()),
}
AUDIT_LOG = f"{constants.AUDIT_LOG_DIR}/audit.log"
SHARED_FOLDERS = (constants.KUBERNETES_DIR, constants.AUDIT_LOG_DIR, constants.CNI_CONFIG_DIR, constants.CNI_BIN_DIR)
CNI_FOLDERS = (constants.CNI_CONFIG_DIR, constants.CNI_BIN_DIR)
STATIC_PODS = {name: f"{name}-{name}" for name in ("kube-apiserver", "kube-controller-manager", "kube-scheduler")}

networks = pytest.mark.parametrize("network", rendering.NETWORKS, ids=lambda network: network.value)


def files_of(pod: str) -> set[str]:
    """What the flags of a static pod name."""
    [made] = [each for each in rendering.control_plane_pods() if each["metadata"]["name"] == pod]
    words = made["spec"]["containers"][0]["command"]
    return {path for path in (word.partition("=")[2] for word in words) if path.startswith("/")}


def check_static_pods(step: Step) -> None:
    """Every container has read all that it names, with a pair of its own, and the API server has logged."""
    for pod, container in STATIC_PODS.items():
        read = {*step.after(f"{container}: read"), *step.after(f"{container}: wrote")}
        assert read == files_of(pod), pod
    assert step.after(f"{STATIC_PODS['kube-apiserver']}: wrote") == [AUDIT_LOG]
    assert not step.denied


def check_shared(step: Step, *folders: str) -> None:
    """Folders and all in them have the shared type and no categories."""
    for folder in folders:
        found = step.below(folder)
        assert {label for path, label in found.items()} == {SHARED}, folder


def process_pair(label: str) -> str:
    """The pair of categories of a confined container."""
    match = re.fullmatch(rf"system_u:system_r:container_t:({PAIR.pattern})", label)
    assert match, label
    return match[1]


def test_every_step_was_made(seen: Seen) -> None:
    assert set(seen) == STEPS
    assert not [line for step in seen.values() for line in step.lines if line.startswith(("timeout", "play"))]


def test_it_is_enforcing(seen: Seen) -> None:
    assert seen["system"].after("enforcing") == ["Enforcing"]
    assert seen["rebooted"].after("enforcing") == ["Enforcing"]


def test_ignition_labelled_what_it_wrote(seen: Seen) -> None:
    """As the system's policy says for each path, and before the policy was loaded."""
    step = seen["ignition"]
    assert step.below(constants.ETCD_CONFIG) == {constants.ETCD_CONFIG: "system_u:object_r:etc_t:s0"}
    assert len(step.labels) > 20
    assert not [path for path, label in step.labels.items() if "unlabeled_t" in label]
    assert step.after("policy") == []


def test_ignition_enabled_and_masked(seen: Seen) -> None:
    step = seen["system"]
    assert step.unit("kubelet.path")["ActiveState"] == "active"
    for name in ("docker.service", "docker.socket"):
        assert step.unit(name)["UnitFileState"] == "masked"
    assert step.unit("etcd-member.service")["ConditionResult"] == "no"


def test_a_delivery_labels_what_pods_share(seen: Seen) -> None:
    """Without the kubelet's help: it had not started."""
    step = seen["delivered"]
    assert step.after("delivered") == ["status=0"]
    assert step.unit("kubelet.service")["ConditionResult"] == "no"
    check_shared(step, *SHARED_FOLDERS)
    assert {f"{constants.PKI_DIR}/ca.key", constants.SCHEDULER_CONFIG, constants.SUPER_ADMIN_KUBECONFIG} <= set(
        step.below(constants.KUBERNETES_DIR)
    )


def test_the_kubelet_shares_its_folders(seen: Seen) -> None:
    step = seen["kubelet"]
    assert step.unit("kubelet.service")["ActiveState"] == "active"
    check_shared(step, *SHARED_FOLDERS)
    assert step.labels[constants.KUBELET_DIR] == SHARED


def test_etcd_has_its_data_and_certificates_for_itself(seen: Seen) -> None:
    step = seen["kubelet"]
    assert step.unit("etcd-member.service")["ActiveState"] == "active"
    process, _ = step.system_container("etcd")
    private = f"system_u:object_r:container_file_t:{process_pair(process)}"
    for folder in (constants.ETCD_DATA_DIR, constants.ETCD_PKI_DIR):
        assert set(step.below(folder).values()) == {private}
    assert f"etcd: read {constants.ETCD_PKI_DIR}/server.key" in step.lines


def test_static_pods_read_the_secrets_where_bootstrap_does_not_run(seen: Seen) -> None:
    """Every controller but one."""
    assert seen["bootstrap-fails"].unit("bootstrap.service")["ActiveState"] == "failed"
    check_static_pods(seen["pods-before-bootstrap"])


def test_static_pods_read_the_secrets_while_bootstrap_runs(seen: Seen) -> None:
    step = seen["pods-during-bootstrap"]
    states = [dict(word.split("=") for word in line.split())["ActiveState"] for line in step.after("unit")]
    assert states == ["activating", "activating"]
    check_static_pods(step)
    check_shared(step, constants.KUBERNETES_DIR)


def test_the_assets_are_private_to_bootstrap(seen: Seen) -> None:
    step = seen["pods-during-bootstrap"]
    process, _ = step.system_container("bootstrap")
    private = f"system_u:object_r:container_file_t:{process_pair(process)}"
    assets = step.below(f"{constants.BOOTSTRAP_DIR}/assets")
    assert len(assets) > 10
    assert set(assets.values()) == {private}
    assert step.labels[f"{constants.BOOTSTRAP_DIR}/apply"] == private


def test_secrets_that_are_mounted_as_private_are_lost_for_static_pods(seen: Seen) -> None:
    """The race of the founding note, which the unit of that time has here as well.

    The kernel does not log this one, as the policy has it among what is not audited.
    """
    step = seen["pods-with-private-secrets"]
    pair = process_pair(step.system_container("bootstrap")[0])
    assert set(step.below(constants.PKI_DIR).values()) == {f"system_u:object_r:container_file_t:{pair}"}
    for pod, container in STATIC_PODS.items():
        secrets = {path for path in files_of(pod) if path.startswith(f"{constants.PKI_DIR}/")}
        assert set(step.after(f"{container}: not-read")) == secrets, pod


def test_the_next_delivery_gives_them_back(seen: Seen) -> None:
    """Though no file is another, and without a restart of the kubelet."""
    step = seen["pods-after-another-delivery"]
    assert step.after("delivered") == ["status=0"]
    assert not [line for line in step.after("delivery") if "restarted" in line]
    check_shared(step, constants.PKI_DIR)
    check_static_pods(step)


def test_a_failed_bootstrap_is_started_again_and_succeeds(seen: Seen) -> None:
    failed = seen["bootstrap-fails"]
    assert failed.unit("bootstrap.service")["Result"] == "exit-code"
    assert "not done" in failed.lines
    assert failed.after("left") == ["bootstrap"]
    again = seen["bootstrap-again"]
    assert again.unit("bootstrap.service")["ActiveState"] == "active"
    assert "done" in again.lines
    assert again.after("left") == []
    manifests = [file for file in rendering.delivery() if file.path.startswith(f"{constants.BOOTSTRAP_DIR}/assets/")]
    assert again.after("applied") == [str(len(manifests))]


def test_after_bootstrap_the_secrets_are_shared_and_the_assets_private(seen: Seen) -> None:
    step = seen["bootstrap-again"]
    check_shared(step, *SHARED_FOLDERS)
    assets = step.below(f"{constants.BOOTSTRAP_DIR}/assets")
    assert all(PAIR.search(label) for label in assets.values())
    assert len(set(assets.values())) == 1


def test_a_start_of_the_kubelet_relabels_as_well(seen: Seen) -> None:
    step = seen["kubelet-relabels"]
    assert step.after("old") == ["3"]
    assert {f"{folder}/old" for folder in CNI_FOLDERS} <= set(step.labels)
    check_shared(step, *SHARED_FOLDERS)


def test_a_start_of_the_kubelet_leaves_the_volumes_of_pods_alone(seen: Seen) -> None:
    """A volume that is read-only would keep it from starting, and others would lose what closes them to other pods."""
    step = seen["kubelet-relabels"]
    assert step.unit("kubelet.service")["ActiveState"] == "active"
    assert step.after("timeout") == []
    pods = f"{constants.KUBELET_DIR}/pods"
    assert step.labels[pods].endswith(":container_file_t:s0")
    assert step.labels[f"{pods}/one/volumes/own"].endswith(":container_file_t:s0:c100,c200")
    assert ":tmpfs_t:" in step.labels[f"{pods}/one/volumes/read-only"]


def cni_folders(network: Networking) -> set[str]:
    """The folders that all installers of a node share, as this network's containers see them."""
    found = [each for each in rendering.folders(network) if each[1] in CNI_FOLDERS]
    assert {of_the_node for _, of_the_node in found} == set(CNI_FOLDERS)
    return {seen for seen, _ in found}


def said(step: Step, word: str) -> set[str]:
    """Folders, of which a container of the step said `word`."""
    return {line.partition(f": {word} ")[2] for line in step.lines if f": {word} " in line}


@networks
def test_with_random_categories_an_installer_cannot_replace_a_file(seen: Seen, network: Networking) -> None:
    """The negative of the next tests."""
    first, second = seen[f"{network.value}-random-first"], seen[f"{network.value}-random-second"]
    assert cni_folders(network) <= said(first, "wrote")
    assert cni_folders(network) <= said(second, "not-written")
    labels = [line.partition(": label ")[2] for step in (first, second) for line in step.lines if ": label " in line]
    assert labels
    assert all(process_pair(label) for label in labels)
    unlinks = [line for line in second.denied if "{ unlink }" in line and f'name="installed-{network.value}"' in line]
    assert len(unlinks) >= len(CNI_FOLDERS)
    assert all("tclass=file permissive=0" in line for line in unlinks)


@networks
def test_files_of_an_older_version_are_in_the_way(seen: Seen, network: Networking) -> None:
    """The level alone does not help a cluster that gets it later."""
    step = seen[f"{network.value}-level-on-random"]
    denied = [line for line in step.denied if "{ unlink }" in line]
    assert said(step, "not-written") & cni_folders(network)
    assert denied


def test_a_delivery_relabels_what_an_older_version_left(seen: Seen) -> None:
    """Before the new containers start: objects follow deliveries."""
    step = seen["relabelled"]
    [before] = step.after("random")
    assert int(before) >= len(CNI_FOLDERS)
    assert step.after("delivered") == ["status=0"]
    written = {f"{folder}/installed-{network.value}" for folder in CNI_FOLDERS for network in rendering.NETWORKS}
    assert written <= set(step.labels)
    check_shared(step, *SHARED_FOLDERS)


@networks
@pytest.mark.parametrize("step", ["{}-level-first", "{}-level-second", "rebooted-{}"])
def test_at_level_s0_an_installer_replaces_the_file_of_the_one_before(
    seen: Seen, network: Networking, step: str
) -> None:
    found = seen[step.format(network.value)]
    assert said(found, "wrote") == {folder for folder, _ in rendering.folders(network)}
    labels = {line.partition(": label ")[2] for line in found.lines if ": label " in line}
    assert labels
    assert all(label.endswith(":s0") for label in labels)
    assert not found.denied


def test_the_api_server_writes_the_audit_log_of_the_one_before(seen: Seen) -> None:
    assert seen["audit-random-first"].after("kube-apiserver-kube-apiserver: wrote") == [AUDIT_LOG]
    second = seen["audit-random-second"]
    assert second.after("kube-apiserver-kube-apiserver: not-written") == [AUDIT_LOG]
    assert any('name="audit.log"' in line for line in second.denied)
    for step in ("audit-level-first", "audit-level-second", "rebooted-audit"):
        assert seen[step].after("kube-apiserver-kube-apiserver: wrote") == [AUDIT_LOG]
        assert not seen[step].denied


def test_a_reboot_keeps_all_of_it(seen: Seen) -> None:
    step = seen["rebooted"]
    check_shared(step, *SHARED_FOLDERS)
    assets = step.below(f"{constants.BOOTSTRAP_DIR}/assets")
    assert assets == seen["bootstrap-again"].below(f"{constants.BOOTSTRAP_DIR}/assets")
    for unit in ("kubelet.service", "etcd-member.service"):
        assert step.unit(unit)["ActiveState"] == "active", unit
    bootstrap = step.unit("bootstrap.service")
    assert (bootstrap["ActiveState"], bootstrap["ConditionResult"]) == ("inactive", "no")
    check_static_pods(seen["rebooted-pods"])
