"""containerd itself reads its configuration where it looks for it, and understands what was meant."""

import tomllib

import pytest

from tests.engine.host.machine_root import ONE_CASE, MachineRoot, Result
from tests.unit.host.cases import LOCAL, Case
from tradewind import constants

CONFIG = "/etc/containerd/config.toml"
MIGRATED = "Configuration migrated from version 3"
"""The file is for every containerd since 2.0; later ones have a newer version of their own."""


def dump(machine: MachineRoot, edit: str = "") -> Result:
    """The configuration that containerd would run with; `edit` is a sed script for the rendered one."""
    return machine.run("sh", "-euc", 'sed -i "$1" "$2"\ncontainerd config dump', "dump", edit, CONFIG)


def problems(result: Result) -> list[str]:
    return [line for line in result.stderr.splitlines() if MIGRATED not in line]


def test_containerd_understands_what_was_meant(case: Case, machine: MachineRoot) -> None:
    local = any(unit.mask and unit.name == "wait-for-dns.service" for unit in case.config.units)
    docker = any(unit.enabled and unit.name == "docker.service" for unit in case.config.units)
    result = dump(machine)
    assert (problems(result), result.returncode) == ([], 0)
    found = tomllib.loads(result.stdout)
    plugins = found["plugins"]
    images, runtime = plugins["io.containerd.cri.v1.images"], plugins["io.containerd.cri.v1.runtime"]
    assert images["pinned_images"]["sandbox"] == LOCAL.cluster.images.pause
    assert images["discard_unpacked_layers"] is local
    assert plugins["io.containerd.server.v1.grpc"]["address"] == constants.CONTAINERD_SOCKET
    assert found["oom_score"] == (0 if local else -999)
    assert {key: runtime[key] for key in ("enable_selinux", "restrict_oom_score_adj", "enable_unprivileged_ports")} == {
        "enable_selinux": not local and not docker,
        "restrict_oom_score_adj": local,
        "enable_unprivileged_ports": not local,
    }
    runc = runtime["containerd"]["runtimes"][runtime["containerd"]["default_runtime_name"]]
    assert runc["runtime_type"] == "io.containerd.runc.v2"
    assert runc["options"]["SystemdCgroup"] is not local
    # containerd takes options of a runtime as they are: a misspelt one would be one too many.
    default = tomllib.loads(machine.run("containerd", "config", "default").stdout)["plugins"]
    known = default["io.containerd.cri.v1.runtime"]["containerd"]["runtimes"]["runc"]["options"]
    assert runc["options"].keys() == known.keys()


@ONE_CASE
@pytest.mark.parametrize(
    ("edit", "message"),
    [
        ("s/enable_selinux/planted/", "key=planted plugin=io.containerd.cri.v1.runtime"),
        ("s/^version = 3/version = 3 3/", "failed to unmarshal TOML"),
    ],
)
def test_what_is_wrong_is_found(case: Case, machine: MachineRoot, edit: str, message: str) -> None:
    assert message in "\n".join(problems(dump(machine, edit)))
