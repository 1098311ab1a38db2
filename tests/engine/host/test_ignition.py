"""Ignition itself applies the configuration to the image; what is on disk is the `HostConfig`, and nothing else."""

import stat
from dataclasses import replace
from pathlib import Path, PurePosixPath

from tests.engine.host.machine_root import ONE_CASE, UNITS_OF_THE_SYSTEM, MachineRoot, Result
from tests.unit.host.cases import Case, worker_case
from tests.unit.manifests.specs import DEFAULT
from tradewind import constants
from tradewind.host.options import HostOptions, JoinFiles
from tradewind.host.roles import HostConfig
from tradewind.host.systemd import Unit

UNITS = "/etc/systemd/system"
SSH_KEYS = "/home/core/.ssh/authorized_keys.d/ignition"
IGNITIONS_OWN = {"/etc/.ignition-result.json", "/etc/systemd/system-preset/20-ignition.preset"}


def identity(path: Path) -> tuple[str, int, int]:
    """Kind and mode, user and group."""
    found = path.lstat()
    return stat.filemode(found.st_mode), found.st_uid, found.st_gid


def meant(kind: int, mode: int, uid: int = 0, gid: int = 0) -> tuple[str, int, int]:
    return stat.filemode(kind | mode), uid, gid


def validate(machine: MachineRoot, text: str) -> Result:
    """The verdict of Ignition's own checker, which tells what is doubtful too."""
    return machine.run("/run/programs/ignition-validate", "-", stdin=text)


def test_ignition_finds_nothing_wrong_and_nothing_doubtful(case: Case, machine: MachineRoot) -> None:
    result = validate(machine, case.config.user_data())
    assert (result.stdout + result.stderr, result.returncode) == ("", 0)


@ONE_CASE
def test_what_is_wrong_or_doubtful_is_found(case: Case, machine: MachineRoot) -> None:
    text = case.config.user_data()
    wrong = validate(machine, text.replace(f'"path":"{constants.ETCD_CONFIG}"', '"path":"relative"'))
    assert "path not absolute" in wrong.stdout + wrong.stderr
    assert wrong.returncode == 1
    doubtful = validate(machine, text.replace('"mode":', '"mod":', 1))
    assert "unused key mod" in (doubtful.stdout + doubtful.stderr).lower()


def check_files(config: HostConfig, machine: MachineRoot) -> None:
    for file in config.files:
        path = machine.written(file.path)
        assert identity(path) == meant(stat.S_IFREG, file.mode, file.uid, file.gid), file.path
        assert path.read_bytes() == file.content.encode(), file.path


def test_every_file(case: Case, machine: MachineRoot) -> None:
    check_files(case.config, machine)


def test_every_directory(case: Case, machine: MachineRoot) -> None:
    for directory in case.config.directories:
        expected = meant(stat.S_IFDIR, directory.mode, directory.uid, directory.gid)
        assert identity(machine.written(directory.path)) == expected, directory.path


def test_parents_that_are_not_listed_belong_to_root(case: Case, machine: MachineRoot) -> None:
    listed = {directory.path for directory in case.config.directories}
    entries = (*listed, *(file.path for file in case.config.files))
    parents = {str(parent) for path in entries for parent in PurePosixPath(path).parents} - listed
    assert "/etc/containerd" in parents
    for parent in parents:
        assert identity(machine.written(parent)) == meant(stat.S_IFDIR, 0o755), parent


def test_every_unit(case: Case, machine: MachineRoot) -> None:
    for unit in case.config.units:
        path = machine.written(f"{UNITS}/{unit.name}")
        if unit.mask:
            assert str(path.readlink()) == "/dev/null", unit.name
        elif unit.contents is None:
            assert not path.exists(), unit.name
        else:
            assert identity(path) == meant(stat.S_IFREG, unit.mode), unit.name
            assert path.read_text() == unit.contents, unit.name


def test_the_keys_of_core(case: Case, machine: MachineRoot) -> None:
    keys = case.config.ssh_authorized_keys
    path = machine.written(SSH_KEYS)
    assert path.exists() == bool(keys)
    if keys:
        core = machine.run("id", "-u", "core").stdout.strip()
        assert path.read_text().split("\n") == [*keys, ""]
        assert identity(path) == meant(stat.S_IFREG, 0o600, int(core), int(core))


def test_nothing_else(case: Case, machine: MachineRoot) -> None:
    root = machine.written()
    found = {f"/{path.relative_to(root)}" for path in root.rglob("*") if path.is_symlink() or not path.is_dir()}
    units = {
        f"{UNITS if unit.mask or unit.contents is not None else UNITS_OF_THE_SYSTEM}/{unit.name}"
        for unit in case.config.units
    }
    keys = {SSH_KEYS} if case.config.ssh_authorized_keys else set()
    assert found == {file.path for file in case.config.files} | units | keys | IGNITIONS_OWN


def state(unit: Unit) -> str:
    """What systemd says of a unit at the first boot."""
    if unit.mask:
        return "masked"
    if unit.enabled is None:
        return "static"
    return "enabled" if unit.enabled else "disabled"


def test_the_first_boot_enables_and_masks(case: Case, machine: MachineRoot) -> None:
    names = [unit.name for unit in case.config.units]
    # What systemd does with the presets when the machine has no machine-id yet.
    script = f"systemctl --quiet preset-all --preset-mode=enable-only\nsystemctl is-enabled {' '.join(names)}"
    result = machine.shell(script)
    assert result.returncode == 0, result.stderr
    found = dict(zip(names, result.stdout.split(), strict=True))
    assert found == {unit.name: state(unit) for unit in case.config.units}
    # Flatcar masks nothing: its docker runs system containers.
    masked = {"masked"} if any(unit.mask for unit in case.config.units) else set()
    assert {"enabled", "static"} | masked == set(found.values())


def test_a_worker_that_joins_by_itself(image: MachineRoot) -> None:
    join = JoinFiles(kubeconfig="a secret: 100% $HOME #\n", ca_pem="a certificate\n")
    config = worker_case(DEFAULT, HostOptions(join=join)).config
    assert validate(image, config.user_data()).stderr == ""
    assert image.provision(config).returncode == 0
    check_files(config, image)
    kubeconfig = image.written(constants.BOOTSTRAP_KUBECONFIG)
    assert (kubeconfig.read_text(), identity(kubeconfig)) == (join.kubeconfig, meant(stat.S_IFREG, 0o600))


@ONE_CASE
def test_content_survives_whatever_it_is(case: Case, image: MachineRoot) -> None:
    nasty = "%41 + & = ; # ? \\ \" ' ` $HOME ${X} <>[]{}|^~\t\r\né \U0001f600\x7f\x01\n\nno newline at the end"
    config = replace(case.config, files=tuple(replace(file, content=nasty) for file in case.config.files))
    assert image.provision(config).returncode == 0
    check_files(config, image)


@ONE_CASE
def test_a_document_that_is_wrong_is_refused(case: Case, image: MachineRoot) -> None:
    """So that the tests above cannot pass without Ignition."""
    twice = replace(case.config, files=(*case.config.files, case.config.files[0]))
    result = image.provision(twice)
    assert result.returncode != 0
    assert "duplicate entry" in result.stdout + result.stderr
