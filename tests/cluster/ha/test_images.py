"""Other images on a running cluster: a registry that is gone, one input, machine by machine.

The cluster is that of test_controllers.py, after its tests. What people read about it is docs/kubelet-images.md.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from tests.cluster.ha.highly import CONTROLLERS, NAME, PATIENCE_SECONDS, WORKER, Highly, host_cidr, machines, watching
from tests.cluster.leftovers import Host
from tests.support.registries import registry
from tests.support.waiting import until
from tools.crane import crane
from tools.paths import CHECKOUT
from tradewind.versions import DEFAULT_VERSION, RELEASES

KUBELET, ETCD = f"quay.io/poseidon/kubelet:{DEFAULT_VERSION}", RELEASES[DEFAULT_VERSION].images.etcd
WORKERS = [WORKER, f"{NAME}-worker-1"]
EDGE = f"{NAME}-edge-0"
MACHINES = [*CONTROLLERS, *WORKERS, EDGE]
GATEWAY = host_cidr(2).replace(".0/24", ".1")
FILES = {machine: f"{machine}-files" for machine in MACHINES}
DROP_IN = "environment.TRADEWIND_etc_systemd_system_{}_service_d_10_image_override_conf"


@dataclass(frozen=True)
class Registry:
    """A registry server of this host, as machines reach it."""

    port: int
    stop: Callable[[], None]

    def repository(self, name: str) -> str:
        return f"{GATEWAY}:{self.port}/team/{name}"

    def here(self, name: str, tag: str = DEFAULT_VERSION) -> str:
        """The image as this host names it."""
        return f"127.0.0.1:{self.port}/team/{name}:{tag}"


@pytest.fixture(scope="module")
def registries(ha: Highly) -> Iterator[tuple[Registry, Registry]]:
    """Two with the same images: what machines run, pushed by one of them."""
    with ExitStack() as one, ExitStack() as other:
        first, second = (Registry(each.enter_context(registry()), each.close) for each in (one, other))
        for name, image, machine in (("kubelet", KUBELET, WORKER), ("etcd", ETCD, CONTROLLERS[0])):
            tag = image.rpartition(":")[2]
            ha.on(machine, "podman", "push", "--quiet", image, f"{first.repository(name)}:{tag}")
            crane("copy", first.here(name, tag), second.here(name, tag))
        yield first, second


def choice(registry: Registry, **more: object) -> dict[str, object]:
    return {"registry": registry.repository("kubelet"), "unsupported": True, **more}


def args(cluster: dict[str, object], edge: dict[str, object], **more: object) -> dict[str, object]:
    return {
        "aggregation": False,
        "workers": 2,
        "kubelet_image": cluster,
        "worker_pools": [{"name": "edge", "kubelet_image": edge}],
        **more,
    }


def container(ha: Highly, machine: str, name: str = "kubelet") -> tuple[str, str]:
    """Image by name and by digest that a system container runs."""
    shown = ha.on(machine, "podman", "inspect", "--format", "{{.ImageName}} {{.ImageDigest}}", name)
    image, digest = shown.split()
    return image, digest


def started(ha: Highly, machine: str, unit: str = "kubelet.service") -> int:
    """When a unit was last started, microseconds of the one clock that all machines here have."""
    return int(ha.on(machine, "systemctl", "show", "--property=ActiveEnterTimestampMonotonic", "--value", unit))


def pods(ha: Highly) -> dict[str, list[tuple[str, int]]]:
    """Containers of every pod that was not asked to go, with their numbers of restarts."""
    return {
        f"{pod['metadata']['name']} {pod['metadata']['uid']}": sorted(
            (each.get("containerID", ""), each["restartCount"]) for each in pod["status"].get("containerStatuses", [])
        )
        for pod in ha.get("pods", "--all-namespaces")["items"]
        if "deletionTimestamp" not in pod["metadata"]
    }


def all_pods_ready(ha: Highly) -> bool:
    """Whether every pod runs and is Ready: a node is before its pods are."""
    found = [pod["status"].get("conditions", []) for pod in ha.get("pods", "--all-namespaces")["items"]]
    return all(("Ready", "True") in {(each["type"], each["status"]) for each in conditions} for conditions in found)


def made(ha: Highly) -> dict[str, object]:
    """What is known of each machine since it was made."""
    resources = ha.stack.resources()
    return {machine: resources[machine]["outputs"]["stdout"] for machine in MACHINES}


def changed_lines(ha: Highly) -> dict[str, dict[str, tuple[set[str], set[str]]]]:
    """Lines that a preview shows as gone and as new, by machine and variable; all it shows but the archive itself."""
    steps = {step.name: step for step in ha.stack.changes("--diff")}
    assert {step.op for step in steps.values()} == {"update"}
    found: dict[str, dict[str, tuple[set[str], set[str]]]] = {}
    for machine, step in ((name.removesuffix("-files"), step) for name, step in steps.items()):
        found[machine] = {}
        for path in set(step.diffs) - {"stdin"}:
            name = path.removeprefix("environment.")
            before, after = (
                set(state["inputs"]["environment"].get(name, "").splitlines()) for state in (step.old, step.new)
            )
            found[machine][path] = (before - after, after - before)
    return found


def all_ready(ha: Highly) -> bool:
    return ha.ready() == set(MACHINES)


def test_machines_come_up_with_the_image_of_their_pool(ha: Highly, registries: tuple[Registry, Registry]) -> None:
    """Those that ran already are moved, and new ones begin with it: two registries side by side."""
    first, second = registries
    ha.up(**args(choice(first), choice(second)))
    until(lambda: all_ready(ha), PATIENCE_SECONDS)
    images = {machine: container(ha, machine)[0] for machine in MACHINES}
    of_cluster, of_edge = (f"{each.repository('kubelet')}:{DEFAULT_VERSION}" for each in registries)
    assert images == {**dict.fromkeys([*CONTROLLERS, *WORKERS], of_cluster), EDGE: of_edge}


def test_an_image_that_cannot_be_had_changes_nothing(ha: Highly, registries: tuple[Registry, Registry]) -> None:
    first, second = registries
    first.stop()
    before = {machine: (container(ha, machine), started(ha, machine)) for machine in MACHINES}
    ha.configure(**args(choice(first, version="v1.35.4"), choice(second)))
    message = ha.stack.fails("up", "--stack", "test", "--yes", "--skip-preview")
    wanted = f"{first.repository('kubelet')}:v1.35.4"
    assert re.search(rf"the image of kubelet\.service can't be had within 300s: {re.escape(wanted)}", message)
    assert "nothing was installed, and what runs here goes on" in message
    # The first controller was asked, and no other machine.
    for machine in MACHINES:
        assert (container(ha, machine), started(ha, machine)) == before[machine]
        assert "v1.35.4" not in ha.on(machine, "systemctl", "show", "--property=Environment", "kubelet.service")
    assert all_ready(ha)


def test_one_input_moves_the_cluster_to_the_second_registry(ha: Highly, registries: tuple[Registry, Registry]) -> None:
    """The first is gone, and the cluster runs from it: no machine is replaced, no pod restarts, all in turn."""
    first, second = registries
    ha.configure(**args(choice(second), choice(second)))
    line = "Environment=KUBELET_IMAGE={}:" + DEFAULT_VERSION
    moved = ({line.format(first.repository("kubelet"))}, {line.format(second.repository("kubelet"))})
    of_worker = {DROP_IN.format("kubelet"): moved}
    of_controller = {**of_worker, DROP_IN.format("bootstrap"): moved}
    # The preview shows just that: nothing of the pool that is there already, nothing but these lines.
    assert changed_lines(ha) == {
        **dict.fromkeys(CONTROLLERS, of_controller),
        **dict.fromkeys(WORKERS, of_worker),
    }

    until(lambda: all_pods_ready(ha), PATIENCE_SECONDS)
    before = (made(ha), pods(ha), started(ha, EDGE))
    etcd = {machine: started(ha, machine, "etcd-member.service") for machine in CONTROLLERS}
    with watching(ha, []) as seen:
        ha.stack.up()
    assert seen.asked
    assert seen.refused == []
    assert all_ready(ha)
    assert {container(ha, machine)[0] for machine in MACHINES} == {f"{second.repository('kubelet')}:{DEFAULT_VERSION}"}
    assert (made(ha), pods(ha), started(ha, EDGE)) == before
    assert {machine: started(ha, machine, "etcd-member.service") for machine in CONTROLLERS} == etcd
    # One after the other, and each told that it was Ready again before the next began.
    order = [*CONTROLLERS, *WORKERS]
    starts = {machine: started(ha, machine) for machine in order}
    assert sorted(order, key=starts.__getitem__) == order
    resources = ha.stack.resources()
    for machine in order:
        assert resources[FILES[machine]]["outputs"]["stdout"].splitlines()[-1] == "healthy"
    assert ha.stack.changes() == []


def test_a_digest_and_etcds_image_are_changed_in_the_same_way(
    ha: Highly, registries: tuple[Registry, Registry]
) -> None:
    """The same tag with another content on a pool; etcd on the controllers, whose majority is there all the time."""
    _, second = registries
    here = second.here("kubelet")
    old = crane("digest", here).strip()
    crane("mutate", here, "--label=changed=yes", f"--tag={here}")
    digest = crane("digest", here).strip()
    etcd = f"{second.repository('etcd')}:{ETCD.rpartition(':')[2]}"
    ha.configure(**args(choice(second), choice(second, digest=digest), images={"etcd": etcd}))
    line = f"Environment=KUBELET_IMAGE={second.repository('kubelet')}:{DEFAULT_VERSION}"
    new_etcd = {"[Service]", f"Environment=ETCD_IMAGE={etcd}"}
    assert changed_lines(ha) == {
        **{machine: {DROP_IN.format("etcd_member"): (set(), new_etcd)} for machine in CONTROLLERS},
        EDGE: {DROP_IN.format("kubelet"): ({line}, {f"{line}@{digest}"})},
    }

    kubelets = {machine: started(ha, machine) for machine in MACHINES}
    with watching(ha, []) as seen:
        ha.stack.up()
    assert seen.refused == []
    assert set(ha.members()) == set(CONTROLLERS)
    assert {container(ha, machine, "etcd")[0] for machine in CONTROLLERS} == {etcd}
    assert container(ha, EDGE)[1] == digest
    assert {container(ha, machine)[1] for machine in (*CONTROLLERS, *WORKERS)} == {old}
    assert {machine for machine in MACHINES if started(ha, machine) != kubelets[machine]} == {EDGE}
    starts = [started(ha, machine, "etcd-member.service") for machine in CONTROLLERS]
    assert starts == sorted(starts)
    assert all_ready(ha)


def blocks(section: str) -> list[str]:
    """The shell commands of a section of the page."""
    text = (CHECKOUT / "docs" / "kubelet-images.md").read_text()
    (part,) = [each for each in re.split(r"^#+ ", text, flags=re.MULTILINE) if each.startswith(f"{section}\n")]
    return re.findall(r"^```sh\n(.*?)^```", part, re.MULTILINE | re.DOTALL)


def test_a_drop_in_by_hand_wins_over_what_up_delivers(ha: Highly, registries: tuple[Registry, Registry]) -> None:
    """As the page says, with a name of this test's registry in the place of the alternative."""
    _, second = registries
    own = f"{second.repository('kubelet')}:by-hand"
    crane("tag", second.here("kubelet"), "by-hand")
    write, remove = (
        each.replace("docker.io/psdn/kubelet:v1.36.2", own) for each in blocks("By hand, on one machine")[:2]
    )
    assert own in write
    before = container(ha, EDGE)[0]
    ha.on(EDGE, "sh", "-ec", write)
    until(lambda: container(ha, EDGE)[0] == own, PATIENCE_SECONDS)
    assert own in ha.on(EDGE, "systemctl", "show", "--property=Environment", "kubelet.service")
    until(lambda: all_ready(ha), PATIENCE_SECONDS)
    # Another input reaches the machine, and what was written by hand still counts.
    ha.up(**args(choice(second), choice(second, tag="by-hand")))
    assert container(ha, EDGE)[0] == own
    ha.up(**args(choice(second), choice(second)))
    assert container(ha, EDGE)[0] == own
    ha.on(EDGE, "sh", "-ec", remove)
    until(lambda: container(ha, EDGE)[0] == f"{second.repository('kubelet')}:{DEFAULT_VERSION}", PATIENCE_SECONDS)
    assert before != own


def test_destroy_leaves_nothing(ha: Highly, host_before: Host) -> None:
    ha.stack.destroy()
    assert ha.stack.resources() == {}
    assert machines() == {}
    left = Host.now().left_since(host_before)
    assert [kind for kind, found in left.items() if NAME in str(found)] == []
