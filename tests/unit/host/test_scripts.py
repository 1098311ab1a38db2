"""The receiving command, the apply script and the DNS gate, run for real with recorders for sudo, kubectl and time."""

import re
import subprocess

import pytest

from tests.unit.host.machine import PretendMachine, owned
from tradewind.host import scripts
from tradewind.host.archive import archive
from tradewind.host.scripts import APPLY, WAIT_FOR_DNS

FILES = (owned("/etc/kubernetes/pki/ca.key", "HUSH\n", 0o640), owned("/var/lib/kubelet/config.yaml", "x\n", 0o600))
SCRIPTS = {name: text for name, text in vars(scripts).items() if name.isupper() and name[0] != "_"}
STATE = "/opt/bootstrap"
RUN = "/run/tradewind"


@pytest.fixture
def machine(tmp_path):
    return PretendMachine(tmp_path)


def leftovers(machine):
    return [path.name for path in machine.path(RUN).glob("delivery.d.*")]


@pytest.mark.parametrize("shell", ["sh", "bash"])
@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
def test_shells_can_read_it(shell, script):
    result = subprocess.run([shell, "-n"], input=script, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")


def test_a_delivery_arrives(machine):
    result = machine.receive(archive(FILES))
    assert (result.returncode, result.stderr) == (0, "")
    assert machine.text("/etc/kubernetes/pki/ca.key") == "HUSH\n"
    assert "changed /etc/kubernetes/pki/ca.key" in result.stdout.splitlines()
    assert "HUSH" not in result.stdout
    assert leftovers(machine) == []


def test_the_first_delivery_leaves_the_folder_open_to_readers(machine):
    machine.receive(archive(FILES))
    assert machine.path(STATE).stat().st_mode & 0o7777 == 0o755
    assert machine.path(RUN).stat().st_mode & 0o7777 == 0o700
    assert machine.path(f"{RUN}/delivery.lock").stat().st_mode & 0o7777 == 0o600


@pytest.mark.parametrize(
    "text", ["", "not base64!", "YQ==\n", archive(FILES)[:3000], archive(FILES)[: len(archive(FILES)) // 2]]
)
def test_a_broken_transfer_installs_nothing_and_leaves_nothing(machine, text):
    result = machine.receive(text)
    assert result.returncode != 0
    assert result.stderr
    assert "HUSH" not in result.stderr
    assert set(machine.tree()) == {"run", "run/tradewind", "run/tradewind/delivery.lock"}
    assert leftovers(machine) == []


def test_only_root_can_look_into_the_folder_of_a_delivery(machine):
    machine.command("tar", '#!/bin/sh\nstat -c "tar %a" "$ROOT"/run/tradewind/delivery.d.* >> "$RECORD"\nexit 1\n')
    assert machine.receive(archive(FILES)).returncode == 1
    assert machine.recorded("tar") == ["700"]
    assert leftovers(machine) == []


def test_what_a_killed_delivery_left_is_removed_by_the_next(machine):
    machine.command("tar", "#!/bin/sh\nkill -9 $PPID\n")
    machine.receive(archive(FILES))
    assert len(leftovers(machine)) == 1
    (machine.commands / "tar").unlink()
    assert machine.receive(archive(FILES)).returncode == 0
    assert leftovers(machine) == []


def test_a_failed_layout_fails_the_delivery(machine):
    machine.command("systemctl", "#!/bin/sh\necho broken >&2\nexit 4\n")
    result = machine.receive(archive(FILES))
    assert result.returncode == 4
    assert "broken" in result.stderr
    assert leftovers(machine) == []


def test_deliveries_take_turns(machine):
    machine.command("flock", '#!/bin/sh\necho "flock $*" >> "$RECORD"\nexit 1\n')
    result = machine.receive(archive(FILES))
    assert result.returncode == 1
    assert "another delivery is still running" in result.stderr
    assert machine.recorded("flock") == ["-w 300 9"]
    assert leftovers(machine) == []


# Answers from the list, one per call; the last one for ever. Exit status first, then text.
KUBECTL = """#!/bin/sh
echo "kubectl $*" >> "$RECORD"
echo "config $KUBECONFIG" >> "$RECORD"
line=$(head -n 1 "$ANSWERS")
[ "$(wc -l < "$ANSWERS")" -le 1 ] || sed -i 1d "$ANSWERS"
echo "${line#* }"
exit "${line%% *}"
"""


@pytest.fixture
def apply(machine, tmp_path):
    """Runs the apply script against a list of kubectl's answers."""
    machine.command("kubectl", KUBECTL)
    machine.command("sleep", '#!/bin/sh\necho "sleep $*" >> "$RECORD"\n')
    answers = tmp_path / "answers"

    def run(*lines, limit=60):
        answers.write_text("".join(f"{line}\n" for line in lines))
        environment = {**machine.environment(), "ANSWERS": str(answers), "APPLY_TIMEOUT": str(limit)}
        return subprocess.run(
            ["sh", "-c", APPLY], capture_output=True, text=True, check=False, timeout=60, env=environment
        )

    return run


READY = "--request-timeout=20s get --raw /readyz?verbose"
APPLY_SOME = "--request-timeout=20s apply --server-side --force-conflicts --field-manager=tradewind"


def applied(machine):
    return f"{APPLY_SOME} --recursive --filename {machine.root}/assets/manifests"


def test_manifests_are_applied_when_the_api_server_is_ready(machine, apply):
    result = apply("0 ok", "0 service/kube-dns serverside-applied")
    assert result.returncode == 0
    assert result.stdout.splitlines()[-1] == "service/kube-dns serverside-applied"
    assert machine.recorded("kubectl") == [READY, applied(machine)]
    assert set(machine.recorded("config")) == {"/etc/kubernetes/super-admin.conf"}


def test_both_steps_are_repeated_until_they_succeed(machine, apply):
    result = apply("1 refused", "1 refused", "0 ok", "1 no such kind", "0 applied")
    assert result.returncode == 0
    assert machine.recorded("kubectl") == [READY] * 3 + [applied(machine)] * 2
    assert machine.recorded("sleep") == ["0.2", "0.2", "0.2"]


def test_an_api_server_that_is_never_ready_is_an_error_that_says_so(apply):
    result = apply("1 [-]etcd failed", limit=0)
    assert result.returncode == 1
    assert "the API server to be ready: not within 0s" in result.stderr
    assert "[-]etcd failed" in result.stderr


def test_manifests_that_are_never_accepted_are_named(machine, apply):
    folder = machine.path("/assets/manifests")
    (folder / "coredns").mkdir(parents=True)
    for name in ("coredns/deployment.yaml", "other.yaml", "worse.yaml"):
        (folder / name).touch()
    refusal = "1 Deployment.apps is invalid"
    result = apply("0 ok", refusal, refusal, "0 applied", "1 no such kind", limit=0)
    assert result.returncode == 1
    assert result.stderr.splitlines() == [
        "apply: every manifest to be accepted: not within 0s; the last answer was:",
        "Deployment.apps is invalid",
        "apply: refused: coredns/deployment.yaml",
        "Deployment.apps is invalid",
        "apply: refused: worse.yaml",
        "no such kind",
    ]
    alone = [
        f"{APPLY_SOME} --filename {folder}/{name}" for name in ("coredns/deployment.yaml", "other.yaml", "worse.yaml")
    ]
    assert machine.recorded("kubectl") == [READY, applied(machine), *alone]


@pytest.mark.parametrize("resolved", [True, False])
def test_the_gate_opens_when_there_is_a_name_server(machine, resolved):
    own, usual = machine.path("/run/systemd/resolve/resolv.conf"), machine.path("/etc/resolv.conf")
    for path in (own, usual):
        path.parent.mkdir(parents=True, exist_ok=True)
    if resolved:
        # It is there before any link is up, and names only itself until then.
        own.write_text("search .\n")
        usual.write_text("nameserver 127.0.0.53\n")
    link = own if resolved else usual
    # The first two looks find nothing.
    machine.command(
        "sleep",
        f"""#!/bin/sh
echo "sleep $*" >> "$RECORD"
[ "$(grep -c ^sleep "$RECORD")" -lt 2 ] || echo nameserver 192.0.2.53 >> {link}
""",
    )
    script = re.sub("/(run|etc)/", rf"{machine.root}/\1/", WAIT_FOR_DNS)
    result = machine.run(["sh", "-c", script])
    assert (result.returncode, result.stdout + result.stderr) == (0, "")
    assert machine.recorded("sleep") == ["1", "1"]
