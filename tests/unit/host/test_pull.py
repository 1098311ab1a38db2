"""The pull script, run for real in a folder: a delivery whose images can be had, and one whose can't."""

import subprocess

import pytest

from tests.unit.host.cases import CASES
from tests.unit.host.machine import PretendMachine, owned
from tradewind.host.archive import archive
from tradewind.host.scripts import PULL

UNITS = "/etc/systemd/system"
FIRST, SECOND = "a.example.com/kubelet:v1", "b.example.com/kubelet:v1"

# Images that are here or can be had are lines of files; every other one is nowhere.
RUNTIME = """#!/bin/sh
echo "$(basename "$0") $*" >> "$RECORD"
for image; do :; done
case $1 in
  image) grep -sqxF "$image" "$LOCAL" ;;
  pull)
    grep -sqxF "$image" "$REMOTE" || { echo "$image: connection refused" >&2; exit 125; }
    echo "$image" >> "$LOCAL" ;;
esac
"""


def drop_in(name, *images, unit="kubelet.service", variable="KUBELET_IMAGE"):
    lines = "".join(f"Environment={variable}={image}\n" for image in images)
    return owned(f"{UNITS}/{unit}.d/{name}", f"[Service]\n{lines}")


RELEASE = drop_in("05-image.conf", FIRST)
OVERRIDE = drop_in("10-image-override.conf", SECOND)


class Node(PretendMachine):
    """A machine with a kubelet's unit and a container runtime."""

    def __init__(self, folder):
        super().__init__(folder)
        self.local, self.remote = folder / "local", folder / "remote"
        for runtime in ("podman", "docker"):
            self.command(runtime, RUNTIME)
        self.unit("kubelet.service")

    def unit(self, name, runtime="podman"):
        self.write(owned(f"{UNITS}/{name}", f"[Service]\nExecStart=/usr/bin/{runtime} run --name=a ${{IMAGE}}\n"))

    def write(self, *files):
        for file in files:
            path = self.path(file.path)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file.content)

    def can_be_had(self, *images):
        self.remote.write_text("".join(f"{image}\n" for image in images))

    def environment(self):
        return {**super().environment(), "LOCAL": str(self.local), "REMOTE": str(self.remote)}

    def pulled(self, runtime="podman"):
        return [call.split()[-1] for call in self.recorded(runtime) if call.startswith("pull ")]


@pytest.fixture
def node(tmp_path):
    return Node(tmp_path)


@pytest.fixture
def running(node):
    """A node whose kubelet runs the release's image."""
    node.can_be_had(FIRST)
    assert node.receive(archive([RELEASE])).returncode == 0
    node.forget()
    return node


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_shells_can_read_it(shell):
    result = subprocess.run([shell, "-n"], input=PULL, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")


def test_an_image_is_pulled_before_its_unit_restarts(running):
    running.can_be_had(SECOND)
    result = running.receive(archive([RELEASE, OVERRIDE]))
    assert (result.returncode, result.stderr) == (0, "")
    assert running.pulled() == [SECOND]
    assert "try-restart kubelet.service" in running.recorded("systemctl")
    assert result.stdout.splitlines()[0] == f"pulling {SECOND}"


def test_without_its_image_nothing_is_installed_and_nothing_restarts(running):
    before = running.tree()
    result = running.receive(archive([RELEASE, OVERRIDE, owned("/var/lib/kubelet/config.yaml", "x\n")]))
    assert result.returncode == 1
    assert f"the image of kubelet.service can't be had within 300s: {SECOND}" in result.stderr
    assert f"{SECOND}: connection refused" in result.stderr
    assert "nothing was installed, and what runs here goes on" in result.stderr
    assert running.tree() == before
    assert [call for call in running.recorded("systemctl") if "restart" in call] == []


def test_a_pull_that_hangs_has_an_end(running):
    running.command("podman", '#!/bin/sh\n[ "$1" != pull ] || exec sleep 60\nexit 1\n')
    limit = {**running.environment(), "PULL_TIMEOUT": "1"}
    running.environment = lambda: limit
    result = running.receive(archive([RELEASE, OVERRIDE]))
    assert result.returncode == 1
    assert f"can't be had within 1s: {SECOND}" in result.stderr


def test_an_image_that_is_here_is_not_asked_for(running):
    running.local.write_text(f"{SECOND}\n")
    assert running.receive(archive([RELEASE, OVERRIDE])).returncode == 0
    assert running.pulled() == []


def test_a_running_unit_needs_nothing_for_other_changes(running):
    running.can_be_had()
    running.local.unlink()
    assert running.receive(archive([RELEASE, owned("/var/lib/kubelet/config.yaml", "x\n")])).returncode == 0
    assert running.recorded("podman") == []


def test_a_unit_that_does_not_run_gets_its_image_or_an_error(running):
    running.local.unlink()
    running.running()
    running.can_be_had()
    assert "can't be had" in running.receive(archive([RELEASE])).stderr
    running.can_be_had(FIRST)
    assert running.receive(archive([RELEASE])).returncode == 0


def test_a_machine_that_nothing_can_be_pulled_for_starts_with_another_image(node):
    """The first delivery fails, and the next brings another choice or none."""
    node.running()
    node.write(RELEASE)
    node.can_be_had(FIRST)
    assert node.receive(archive([RELEASE, OVERRIDE])).returncode == 1
    assert node.receive(archive([RELEASE])).returncode == 0
    assert not node.path(OVERRIDE.path).exists()


@pytest.mark.parametrize(
    "by_hand",
    [
        drop_in("20-image-by-hand.conf", SECOND),
        owned(f"{UNITS}/service.d/20-image-by-hand.conf", f"[Service]\nEnvironment=KUBELET_IMAGE={SECOND}\n"),
        owned(
            "/run/systemd/system/kubelet.service.d/20-image.conf", f"[Service]\nEnvironment=KUBELET_IMAGE={SECOND}\n"
        ),
        drop_in("20-image-by-hand.conf", FIRST, SECOND),
        owned(f"{UNITS}/kubelet.service.d/20-a.conf", f'[Service]\nEnvironment="A=b" "KUBELET_IMAGE={SECOND}"\n'),
    ],
    ids=["the unit's", "all services'", "until a restart", "the last line", "quotes"],
)
def test_a_drop_in_by_hand_comes_last(running, by_hand):
    """Whatever the delivery says, the unit will run the other image, and that is what must be there."""
    running.write(by_hand)
    running.can_be_had(SECOND)
    running.running()
    third = drop_in("10-image-override.conf", "c.example.com/kubelet:v1")
    assert running.receive(archive([RELEASE, third])).returncode == 0
    assert running.pulled() == [SECOND]
    assert running.path(by_hand.path).exists()


def test_an_earlier_override_that_goes_does_not_count(running):
    running.can_be_had(SECOND)
    assert running.receive(archive([RELEASE, OVERRIDE])).returncode == 0
    running.forget()
    running.local.unlink()
    running.can_be_had(FIRST)
    assert running.receive(archive([RELEASE])).returncode == 0
    assert running.pulled() == [FIRST]
    assert not running.path(OVERRIDE.path).exists()


def test_etcd_is_a_unit_of_its_own(running):
    running.unit("etcd-member.service")
    etcd = [
        drop_in(RELEASE.path.split("/")[-1], image, unit="etcd-member.service", variable="ETCD_IMAGE")
        for image in (
            "a.example.com/etcd:v1",
            "b.example.com/etcd:v1",
        )
    ]
    running.write(etcd[0])
    running.can_be_had("b.example.com/etcd:v1")
    assert running.receive(archive([RELEASE, etcd[1]])).returncode == 0
    assert running.pulled() == ["b.example.com/etcd:v1"]


@pytest.mark.parametrize("case", ["fedora-coreos/worker", "flatcar/worker"])
def test_the_runtime_is_the_one_that_the_unit_starts(running, case):
    """The unit as it is rendered for each system."""
    (kubelet,) = [unit for unit in CASES[case].config.units if unit.name == "kubelet.service"]
    running.write(owned(f"{UNITS}/kubelet.service", kubelet.contents))
    running.can_be_had(SECOND)
    assert running.receive(archive([RELEASE, OVERRIDE])).returncode == 0
    used, other = ("docker", "podman") if "flatcar" in case else ("podman", "docker")
    assert (running.pulled(used), running.recorded(other)) == ([SECOND], [])


def test_a_machine_without_system_containers_pulls_nothing(tmp_path):
    node = Node(tmp_path)
    node.path(f"{UNITS}/kubelet.service").unlink()
    assert node.receive(archive([owned("/etc/haproxy/haproxy.cfg", "x\n")])).returncode == 0
    assert node.recorded("podman") == []
