"""What runs system containers: where podman and docker differ, and that nothing else does."""

import re
from dataclasses import replace

import pytest

from tests.unit.host.cases import CASES
from tests.unit.manifests.specs import DEFAULT
from tradewind.host.options import FLATCAR, HostOptions, Mount
from tradewind.host.roles import worker
from tradewind.host.runtimes import DOCKER, PODMAN, MountError

CONTAINERS = ("etcd-member.service", "kubelet.service", "bootstrap.service", "delete-node.service")
BIND = "--mount=type=bind,src=/a,dst=/b"


def unit(name: str, case: str) -> str:
    (found,) = [each.contents for each in CASES[case].config.units if each.name == name]
    return found


@pytest.mark.parametrize(
    ("options", "podman", "docker"),
    [
        ((), "--volume=/a:/b", BIND),
        (("ro",), "--volume=/a:/b:ro", f"{BIND},readonly"),
        (
            ("ro", "rslave"),
            "--volume=/a:/b:ro,rslave",
            "--mount=type=bind,src=/a,dst=/b,readonly,bind-propagation=rslave",
        ),
        (("rshared",), "--volume=/a:/b:rshared", f"{BIND},bind-propagation=rshared"),
    ],
)
def test_a_mount(options, podman, docker):
    assert PODMAN.mount_option("/a", "/b", options) == podman
    assert DOCKER.mount_option("/a", "/b", options) == docker


def test_what_docker_cannot_do_is_an_error():
    with pytest.raises(MountError, match="docker has no mount option 'U'"):
        DOCKER.mount_option("/a", "/b", ("U",))


def test_a_path_with_a_comma_stays_one_path():
    assert DOCKER.mount_option("/a,readonly", "/b", ()) == '--mount=type=bind,"src=/a,readonly",dst=/b'


@pytest.mark.parametrize("name", ["etcd-member.service", "kubelet.service"])
def test_units_want_the_daemon_and_come_after_it_but_outlive_it(name):
    """A unit that requires the daemon is stopped with it, and nobody starts it again."""
    text = unit(name, "flatcar/controller")
    settings = dict(re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE))
    assert "docker.service" in settings["Wants"].split()
    assert "docker.service" in settings["After"].split()
    assert "docker" not in settings.get("Requires", "")
    # A daemon that stops ends containers with status 0.
    assert settings["Restart"] == "always"


@pytest.mark.parametrize("role", ["controller", "worker"])
def test_one_text_with_the_runtime_in_its_places(role):
    """Units differ in the lines that a runtime, its daemon and SELinux have, and in no other."""
    for name in CONTAINERS:
        if not any(each.name == name for each in CASES[f"flatcar/{role}"].config.units):
            continue
        coreos, flatcar = (set(unit(name, f"{system}/{role}").splitlines()) for system in ("fedora-coreos", "flatcar"))
        for line in coreos ^ flatcar:
            assert re.match(r" +--(volume|mount|log-driver|log-opt)=|Exec\w+=|Wants=|After=|Restart=", line), line


def test_a_mount_of_a_platform_reaches_docker():
    delta = replace(FLATCAR, kubelet_mounts=(Mount(source="/a", options=("ro", "z")),))
    (text,) = [
        each.contents for each in worker(DEFAULT, HostOptions(delta=delta)).units if each.name == "kubelet.service"
    ]
    assert "--mount=type=bind,src=/a,dst=/a,readonly \\\n" in text
