"""bootstrap.service: the labels of what it mounts, and that a failed run can be applied again."""

import re

import pytest

from tests.unit.host.cases import CASES
from tradewind import constants
from tradewind.kubelet import Role

CONTROLLERS = [pytest.param(case, id=name) for name, case in CASES.items() if case.role is Role.CONTROLLER]


def unit(case):
    (found,) = [unit.contents for unit in case.config.units if unit.name == "bootstrap.service"]
    return found


def commands(case):
    """The commands of the unit by key, in order, each on one line."""
    return re.findall(r"^(Exec\w+)=(.*)$", re.sub(r" \\\n +", " ", unit(case)), re.MULTILINE)


def test_what_static_pods_and_the_kubelet_share_is_mounted_with_the_shared_label():
    """`z` leaves files at level s0; `Z` would give them the categories of one container."""
    run = dict(commands(CASES["fedora-coreos/controller"]))["ExecStart"]
    volumes = dict(re.findall(r"--volume=(?:\S+:)?(/[^:\s]+):(ro,[zZ])", run))
    shared = {path for path in volumes if path.startswith("/etc/kubernetes/")}
    assert shared == {constants.SUPER_ADMIN_KUBECONFIG}
    assert {path: volumes[path] for path in shared} == dict.fromkeys(shared, "ro,z")
    assert {path for path, options in volumes.items() if options == "ro,Z"} == {"/assets", "/apply"}


@pytest.mark.parametrize("case", CONTROLLERS)
def test_a_failed_run_can_be_applied_again(case):
    keys = commands(case)
    remove = ("-/usr/bin/podman rm --force --ignore bootstrap", "-/usr/bin/docker rm --force bootstrap")
    assert keys[0] in [("ExecStartPre", line) for line in remove]
    assert keys[1][0] == "ExecStart"
    # Reached after a success only.
    assert keys[2] == ("ExecStartPost", f"/usr/bin/touch {constants.BOOTSTRAP_DIR}/bootstrap.done")
    assert f"ConditionPathExists=!{constants.BOOTSTRAP_DIR}/bootstrap.done" in unit(case)
    assert "--name=bootstrap " in keys[1][1]


@pytest.mark.parametrize("case", CONTROLLERS)
def test_it_runs_the_kubelet_image_of_the_drop_in(case):
    run = dict(commands(case))["ExecStart"]
    assert run.endswith("--entrypoint=/apply ${KUBELET_IMAGE}")
    assert any(file.path == "/etc/systemd/system/bootstrap.service.d/05-image.conf" for file in case.config.files)
