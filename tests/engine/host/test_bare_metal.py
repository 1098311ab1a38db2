"""Ignition itself reads what Matchbox has for machines, and writes what Flatcar's installation needs."""

import pytest

from tests.engine.host.machine_root import MachineRoot
from tests.engine.host.test_ignition import check_files, state, validate
from tests.engine.host.test_systemd import VERIFY
from tests.unit.platforms.bare_metal_profiles import PROFILES, with_key


@pytest.mark.parametrize("name", PROFILES)
def test_ignition_finds_nothing_wrong_and_nothing_doubtful(name: str, image: MachineRoot) -> None:
    result = validate(image, with_key(PROFILES[name]).user_data())
    assert (result.stdout + result.stderr, result.returncode) == ("", 0)


def test_the_live_system_runs_the_installer_and_its_ssh_server_is_at_another_port(image: MachineRoot) -> None:
    config = with_key(PROFILES["flatcar/hand-install"])
    result = image.provision(config)
    assert result.returncode == 0, result.stdout + result.stderr
    check_files(config, image)
    (unit,) = config.units
    enabled = image.shell(f"systemctl --quiet preset-all --preset-mode=enable-only\nsystemctl is-enabled {unit.name}")
    assert enabled.stdout.strip() == state(unit) == "enabled"
    found = image.shell(f"{VERIFY} {unit.name}")
    assert (found.stdout + found.stderr, found.returncode) == ("", 0)
    ports = image.shell("ssh-keygen -A >&2\nmkdir -p /run/sshd\nsshd -T | sed -n 's/^port //p'")
    assert (ports.stdout.split(), ports.returncode) == (["2222"], 0), ports.stderr
