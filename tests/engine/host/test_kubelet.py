"""The kubelet itself accepts its configuration and flags: all that it misses is what an SSH delivery brings."""

import re
import shlex

import pytest

from tests.engine.host.machine_root import ONE_CASE, MachineRoot, Result
from tests.unit.host.cases import Case
from tradewind import constants

NOT_JOINED = f"unable to load bootstrap kubeconfig: stat {constants.BOOTSTRAP_KUBECONFIG}: no such file or directory"
INFORMATION = re.compile(r"I\d{4} ")
LENIENT = "Using lenient decoding as strict decoding failed"


def flags(case: Case) -> list[str]:
    """The kubelet's flags in kubelet.service, as systemd would hand them over."""
    text = next(unit.contents for unit in case.config.units if unit.name == "kubelet.service") or ""
    (line,) = re.findall(r"^ExecStart=(.*)$", text.replace("\\\n", " "), re.MULTILINE)
    words = shlex.split(line)
    after_image = words[words.index("${KUBELET_IMAGE}") + 1 :]
    return [word.replace("%%", "%").replace("$$", "$") for word in after_image]


def start(case: Case, machine: MachineRoot, *more_flags: str, planted: str = "") -> Result:
    """Start the kubelet, which ends when it finds no kubeconfig; `planted` is more YAML."""
    script = f'cat >> {constants.KUBELET_CONFIG}\nexec /run/programs/kubelet "$@"'
    return machine.run("sh", "-euc", script, "kubelet", *flags(case), *more_flags, stdin=planted)


def test_the_kubelet_accepts_what_is_rendered(case: Case, machine: MachineRoot) -> None:
    assert f"--config={constants.KUBELET_CONFIG}" in flags(case)
    result = start(case, machine)
    problems = [line for line in result.stderr.splitlines() if not INFORMATION.match(line)]
    assert len(problems) == 1, result.stderr
    assert NOT_JOINED in problems[0]
    # These two are information to the kubelet.
    assert LENIENT not in result.stderr
    assert "deprecated" not in result.stderr
    assert result.returncode == 1


@ONE_CASE
@pytest.mark.parametrize(
    ("planted", "message"),
    [
        ("planted: 1\n", f'{LENIENT}" err="strict decoding error: unknown field \\"planted\\"'),
        ("clusterDomain: again.example\n", 'key "clusterDomain" already set'),
        ("podsPerCore: many\n", "failed to load kubelet config file"),
        ("podsPerCore: -1\n", "failed to validate kubelet configuration"),
    ],
)
def test_a_wrong_setting_is_found(case: Case, machine: MachineRoot, planted: str, message: str) -> None:
    assert message in start(case, machine, planted=planted).stderr


@ONE_CASE
def test_a_wrong_flag_is_refused(case: Case, machine: MachineRoot) -> None:
    result = start(case, machine, "--planted")
    assert "unknown flag: --planted" in result.stderr
    assert NOT_JOINED not in result.stderr
