"""The kubelet of each release accepts its configuration and flags: all that it misses is the delivered kubeconfig."""

import re

import pytest

from tests.engine.host.machine_root import ONE_CASE, MachineRoot, Result
from tests.support.certificates import make_ca
from tests.unit.host.cases import CASES, Case, cases, container_flags
from tradewind import constants
from tradewind.versions import Release

NOT_JOINED = f"unable to load bootstrap kubeconfig: stat {constants.BOOTSTRAP_KUBECONFIG}: no such file or directory"
# A value of several lines is indented by a tab, and ends with an angle bracket.
INFORMATION = re.compile(r"I\d{4} |\t| >$")
LENIENT = "Using lenient decoding as strict decoding failed"


@pytest.fixture(name="rendered")
def fixture_rendered(release: Release, case: Case) -> Case:
    """The host of `case`, in a cluster of the release."""
    name = next(name for name, each in CASES.items() if each is case)
    return cases(release.kubernetes)[name]


def start(rendered: Case, machine: MachineRoot, release: Release, *more_flags: str, planted: str = "") -> Result:
    """Start the kubelet, which ends when it finds no kubeconfig; `planted` is more YAML."""
    (config,) = [file.content for file in rendered.config.files if file.path == constants.KUBELET_CONFIG]
    # What the delivery brings besides the kubeconfig: some versions look at it first.
    ca = f'mkdir -p "$(dirname {constants.KUBERNETES_CA})"\nprintf %s "$0" > {constants.KUBERNETES_CA}\n'
    script = f'{ca}cat > {constants.KUBELET_CONFIG}\nexec /run/kubernetes/kubelet "$@"'
    command = (
        "sh",
        "-euc",
        script,
        make_ca("test").certificate_pem,
        *container_flags("kubelet", rendered.config),
        *more_flags,
    )
    return machine.run(*command, stdin=config + planted, release=release)


def test_the_kubelet_accepts_what_is_rendered(rendered: Case, machine: MachineRoot, release: Release) -> None:
    assert f"--config={constants.KUBELET_CONFIG}" in container_flags("kubelet", rendered.config)
    assert machine.run("/run/kubernetes/kubelet", "--version", release=release).stdout.split()[1] == release.kubernetes
    result = start(rendered, machine, release)
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
def test_a_wrong_setting_is_found(
    rendered: Case, machine: MachineRoot, release: Release, planted: str, message: str
) -> None:
    assert message in start(rendered, machine, release, planted=planted).stderr


@ONE_CASE
def test_a_wrong_flag_is_refused(rendered: Case, machine: MachineRoot, release: Release) -> None:
    result = start(rendered, machine, release, "--planted")
    assert "unknown flag: --planted" in result.stderr
    assert NOT_JOINED not in result.stderr
