"""The layout script, run for real in a folder: real archives, real files, a recorder in the place of systemctl."""

import os

import pytest

from tests.unit.host.machine import PretendMachine, owned
from tradewind import constants
from tradewind.host.files import HostFile
from tradewind.host.scripts import APPLY, LAYOUT
from tradewind.manifests.static_pods import FILES_DIGEST

KUBECONFIG = owned("/etc/kubernetes/kubeconfig", "token\n", 0o600)
KUBELET_CONFIG = owned("/var/lib/kubelet/config.yaml", "kind: KubeletConfiguration\n", 0o600)
CA_KEY = owned("/etc/kubernetes/pki/ca.key", "key\n", 0o640)
ENCRYPTION = owned("/etc/kubernetes/config/encryption.yaml", "keys\n", 0o640)
ADMIN = owned("/etc/kubernetes/admin.conf", "admin\n", 0o600)
SCHEDULER = owned("/etc/kubernetes/scheduler.conf", "scheduler\n", 0o640)
SCHEDULER_CONFIG = owned("/etc/kubernetes/scheduler.yaml", "kind\n", 0o640)
POD = owned("/etc/kubernetes/manifests/kube-apiserver.yaml", "digest: '@FILES_DIGEST@'\n", 0o600)
PEER_KEY = owned("/etc/ssl/etcd/etcd/peer.key", "peer\n", 0o400)
IMAGE = owned("/etc/systemd/system/kubelet.service.d/05-image.conf", "[Service]\n")
CONTROLLER = (KUBECONFIG, KUBELET_CONFIG, CA_KEY, ENCRYPTION, ADMIN, SCHEDULER, POD, PEER_KEY, IMAGE)

RELOAD = ["daemon-reload"]
DELIVERED = "/opt/bootstrap/delivered"
PENDING = "/opt/bootstrap/pending"


def changed(file, content):
    return owned(file.path, content, file.mode)


@pytest.fixture
def machine(tmp_path):
    return PretendMachine(tmp_path)


def boot(machine, *units):
    """The units that the first boot made."""
    for unit in units:
        path = machine.path(f"/etc/systemd/system/{unit}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_every_file_is_there_with_its_content_and_mode(machine, shell):
    result = machine.layout(machine.stage(CONTROLLER), shell)
    assert (result.returncode, result.stderr) == (0, "")
    for file in CONTROLLER:
        path = machine.path(file.path)
        assert path.read_text() == file.content or file is POD
        assert path.stat().st_mode & 0o7777 == file.mode
        assert f"changed {file.path}" in result.stdout.splitlines()
    folders = {"/etc/kubernetes/pki": 0o755, "/var/lib/kubelet": 0o750, "/etc/ssl/etcd/etcd": 0o500, "/etc/ssl": 0o755}
    for path, mode in folders.items():
        assert machine.path(path).stat().st_mode & 0o7777 == mode


def test_a_file_gets_its_owner_before_it_gets_its_name(machine):
    file = HostFile(path="/etc/ssl/etcd/etcd/server.key", content="key\n", mode=0o400, uid=232, gid=232)
    machine.deliver(file)
    given = [line for line in machine.recorded("chown") if line.endswith("/.delivery")]
    assert given == [f"232:232 {machine.root}/etc/ssl/etcd/etcd/.delivery"]
    if os.getuid() == 0:
        assert (machine.path(file.path).stat().st_uid, machine.path(file.path).stat().st_gid) == (232, 232)


def test_the_second_run_changes_nothing(machine):
    machine.deliver(*CONTROLLER)
    before = machine.tree()
    machine.forget()
    assert machine.deliver(*CONTROLLER) == []
    assert machine.tree() == before
    assert machine.recorded("systemctl") == []


def test_modes_are_put_right_without_a_restart(machine):
    machine.deliver(KUBELET_CONFIG)
    machine.path(KUBELET_CONFIG.path).chmod(0o644)
    machine.forget()
    assert machine.deliver(KUBELET_CONFIG) == []
    assert machine.path(KUBELET_CONFIG.path).stat().st_mode & 0o7777 == 0o600
    assert machine.recorded("systemctl") == []


def test_what_was_edited_by_hand_is_restored(machine):
    machine.deliver(KUBELET_CONFIG)
    machine.path(KUBELET_CONFIG.path).write_text("edited")
    assert machine.deliver(KUBELET_CONFIG)[0] == f"changed {KUBELET_CONFIG.path}"
    assert machine.text(KUBELET_CONFIG.path) == KUBELET_CONFIG.content


def test_a_link_is_replaced_and_its_target_left_alone(machine, tmp_path):
    outside = tmp_path / "outside"
    outside.write_text("mine")
    target = machine.path(KUBELET_CONFIG.path)
    target.parent.mkdir(parents=True)
    target.symlink_to(outside)
    machine.deliver(KUBELET_CONFIG)
    assert not target.is_symlink()
    assert outside.read_text() == "mine"


def test_nothing_is_printed_but_paths(machine):
    secret = owned("/etc/kubernetes/pki/ca.key", "HUSH\n", 0o640)
    staged = machine.stage([secret, POD])
    results = [machine.layout(staged), machine.layout(staged)]
    assert [result.returncode for result in results] == [0, 0]
    assert "HUSH" not in "".join(result.stdout + result.stderr for result in results)


DAMAGE = {
    "a changed file": lambda folder: (folder / "root/etc/kubernetes/pki/ca.key").write_text("other"),
    "a missing file": lambda folder: (folder / "root/etc/kubernetes/pki/ca.key").unlink(),
    "no sums": lambda folder: (folder / "SHA256SUMS").unlink(),
    "bad sums": lambda folder: (folder / "SHA256SUMS").write_text("nonsense\n"),
    "a changed list": lambda folder: (folder / "FILES").write_text("644 0 0 /etc/other\n"),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_delivery_installs_nothing(machine, damage):
    staged = machine.stage(CONTROLLER)
    damage(staged)
    result = machine.layout(staged)
    assert result.returncode == 1
    assert "layout: the delivery " in result.stderr
    assert machine.tree() == {}
    assert machine.recorded("systemctl") == []


def test_a_call_without_a_folder_says_how(machine, tmp_path):
    staged = machine.stage([KUBELET_CONFIG])
    (tmp_path / "empty").mkdir()
    assert "has no SHA256SUMS" in machine.run(["sh", str(staged / "layout"), str(tmp_path / "empty")]).stderr
    assert "usage: layout FOLDER" in machine.run(["sh", str(staged / "layout")]).stderr


def test_what_is_no_longer_delivered_is_removed(machine):
    old = owned("/etc/kubernetes/manifests/old.yaml", "pod\n", 0o600)
    machine.deliver(POD, old)
    own = machine.path("/etc/kubernetes/manifests/users-own.yaml")
    own.write_text("pod\n")
    assert machine.deliver(POD) == [f"removed {old.path}"]
    assert not machine.path(old.path).exists()
    assert own.exists()
    assert machine.text(DELIVERED).splitlines() == [POD.path]
    assert machine.deliver(POD) == []


def digest_of(machine, *files):
    machine.deliver(*files)
    return machine.text(POD.path)


def test_static_pods_carry_a_digest_of_what_they_read(machine):
    read = (CA_KEY, ENCRYPTION, SCHEDULER, SCHEDULER_CONFIG)
    first = digest_of(machine, POD, ADMIN, *read)
    assert len(first) == len("digest: ''\n") + 64
    for file in read:
        others = [other for other in read if other is not file]
        assert digest_of(machine, POD, ADMIN, *others, changed(file, "new\n")) != first
        assert digest_of(machine, POD, ADMIN, *others) != first
    assert digest_of(machine, POD, ADMIN, *read) == first


def test_a_static_pods_digest_tells_its_own_manifest_too(machine):
    first = digest_of(machine, POD, CA_KEY)
    other = owned("/etc/kubernetes/manifests/kube-scheduler.yaml", POD.content + "kind: Pod\n", 0o600)
    assert digest_of(machine, changed(POD, f"{POD.content}# other\n"), CA_KEY).splitlines()[0] != first.strip()
    assert digest_of(machine, POD, other, CA_KEY) == first
    assert machine.text(other.path).splitlines()[0] != first.strip()


def test_a_kubelet_makes_its_kubeconfig_again_with_another_authority_and_only_then(machine):
    own, ca = machine.path("/var/lib/kubelet/kubeconfig"), owned("/etc/kubernetes/pki/ca.crt", "ca\n")
    machine.deliver(ca, KUBELET_CONFIG)
    own.write_text("with the authority's certificate\n")
    machine.deliver(ca, changed(KUBELET_CONFIG, "new\n"))
    assert own.exists()
    machine.deliver(changed(ca, "another\n"), KUBELET_CONFIG)
    assert not own.exists()


def test_static_pods_are_not_restarted_for_what_they_do_not_read(machine):
    first = digest_of(machine, POD, CA_KEY, ADMIN, KUBELET_CONFIG)
    assert digest_of(machine, POD, CA_KEY, changed(ADMIN, "new\n"), changed(KUBELET_CONFIG, "new\n")) == first


@pytest.mark.parametrize(
    ("file", "calls"),
    [
        (KUBELET_CONFIG, ["try-restart kubelet.service"]),
        (owned("/etc/kubernetes/pki/ca.crt", "ca\n"), ["try-restart kubelet.service"]),
        (IMAGE, [*RELOAD, "try-restart kubelet.service"]),
        (PEER_KEY, ["try-restart etcd-member.service"]),
        (owned("/etc/etcd/etcd.conf", "A=1\n"), ["try-restart etcd-member.service"]),
        (
            owned("/etc/systemd/system/etcd-member.service.d/05-image.conf", "x\n"),
            [*RELOAD, "try-restart etcd-member.service"],
        ),
        (owned("/etc/containerd/config.toml", "version = 3\n"), ["try-restart containerd.service"]),
        (owned("/etc/systemd/system/bootstrap.service.d/05-image.conf", "x\n"), RELOAD),
        (
            owned("/etc/hosts", "127.0.0.1 localhost\n"),
            ["try-restart etcd-member.service", "try-restart kubelet.service"],
        ),
        (owned("/etc/haproxy/haproxy.cfg", "global\n"), ["try-restart haproxy.service"]),
        (CA_KEY, []),
        (POD, []),
        (owned("/opt/bootstrap/assets/manifests/a.yaml", "x\n", 0o600), []),
    ],
    ids=lambda value: value.path if isinstance(value, HostFile) else "",
)
def test_only_the_units_whose_files_changed_are_restarted(machine, file, calls):
    machine.deliver(file)
    assert machine.recorded("systemctl") == calls
    machine.forget()
    machine.deliver(changed(file, "other\n"))
    assert machine.recorded("systemctl") == calls


def test_a_unit_that_does_not_run_is_not_restarted_unless_it_is_changed_itself(machine):
    machine.running("containerd.service")
    machine.deliver(KUBELET_CONFIG, PEER_KEY, owned("/etc/hosts", "127.0.0.1 localhost\n"))
    assert machine.recorded("systemctl") == []
    machine.deliver(KUBELET_CONFIG, PEER_KEY, IMAGE)
    assert machine.recorded("systemctl") == [*RELOAD, "try-restart kubelet.service"]


@pytest.mark.parametrize(("joined", "calls"), [(False, ["try-restart kubelet.service"]), (True, [])])
def test_the_next_token_reaches_a_kubelet_that_has_not_joined_yet(machine, joined, calls):
    machine.deliver(KUBECONFIG)
    machine.forget()
    if joined:
        certificate = machine.path("/var/lib/kubelet/pki/kubelet-client-current.pem")
        certificate.parent.mkdir(parents=True)
        certificate.write_text("certificate\n")
    machine.deliver(changed(KUBECONFIG, "new\n"))
    assert machine.recorded("systemctl") == calls


def test_units_that_wait_for_their_files_are_started(machine):
    boot(machine, "etcd-member.service", "kubelet.service")
    machine.running("containerd.service")
    machine.deliver(CA_KEY)
    assert machine.recorded("systemctl") == ["start --no-block etcd-member.service"]
    machine.forget()
    machine.deliver(CA_KEY, KUBECONFIG)
    assert machine.recorded("systemctl") == [
        "start --no-block etcd-member.service",
        "start --no-block kubelet.service",
    ]


def test_the_kubelets_kubeconfig_and_the_static_pods_come_last(machine):
    paths = [line.removeprefix("changed ") for line in machine.deliver(*CONTROLLER) if line.startswith("changed ")]
    assert paths[-2:] == [POD.path, KUBECONFIG.path]


def test_a_failed_restart_is_tried_again(machine):
    machine.command("systemctl", '#!/bin/sh\necho "no" >&2\nexit 1\n')
    result = machine.layout(machine.stage([KUBELET_CONFIG]))
    assert result.returncode == 1
    assert machine.text(KUBELET_CONFIG.path) == KUBELET_CONFIG.content
    machine.command("systemctl", '#!/bin/sh\necho "systemctl $*" >> "$RECORD"\n')
    machine.deliver(KUBELET_CONFIG)
    assert machine.recorded("systemctl") == ["try-restart kubelet.service"]
    assert not machine.path(PENDING).exists()


# Kills the script at the Nth call of a program, before or after that did its work.
KILL = """#!/bin/sh
count=$(cat "$RECORD.count" 2> /dev/null || echo 0)
echo $((count + 1)) > "$RECORD.count"
if [ "$count" = {at} ] && [ {when} = before ]; then kill -9 $PPID; exit; fi
{real} "$@"
if [ "$count" = {at} ]; then kill -9 $PPID; fi
"""


OLD = owned("/etc/kubernetes/manifests/old.yaml", "pod\n", 0o600)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """What a run that nobody kills leaves."""
    machine = PretendMachine(tmp_path_factory.mktemp("undisturbed"))
    machine.deliver(OLD)
    machine.deliver(*CONTROLLER)
    return machine.tree()


# Renames: the list of what is delivered, each file, the list again.
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("at", range(len(CONTROLLER) + 2))
def test_a_run_that_was_killed_is_finished_by_the_next(machine, undisturbed, at, when):
    machine.deliver(OLD)
    machine.forget()
    machine.command("mv", KILL.format(at=at, when=when, real="/bin/mv"))
    assert machine.layout(machine.stage(CONTROLLER)).returncode == -9
    (machine.commands / "mv").unlink()
    machine.deliver(*CONTROLLER)
    assert machine.tree() == undisturbed
    restarts = ("daemon-reload", "try-restart etcd-member.service", "try-restart kubelet.service")
    assert [call for call in machine.recorded("systemctl") if call in restarts] == list(restarts)


def test_what_a_killed_run_installed_is_remembered(machine):
    extra = owned("/etc/kubernetes/config/extra.yaml", "x\n", 0o640)
    # The first rename is that of the list, the second that of the first file.
    machine.command("mv", KILL.format(at=1, when="after", real="/bin/mv"))
    assert machine.layout(machine.stage([extra, KUBELET_CONFIG])).returncode == -9
    (machine.commands / "mv").unlink()
    assert machine.path(extra.path).exists()
    assert f"removed {extra.path}" in machine.deliver(KUBELET_CONFIG)


def test_no_secret_is_readable_by_others_at_any_time(machine):
    machine.command("mv", '#!/bin/sh\nstat -c "%a $2" "$2" >> "$RECORD"\nexec /bin/mv "$@"\n')
    machine.command("cat", '#!/bin/sh\necho "cat $(umask)" >> "$RECORD"\nexec /bin/cat "$@"\n')
    machine.deliver(CA_KEY)
    assert set(machine.recorded("cat")) == {"0077"}
    assert machine.recorded("640") == [f"{machine.root}/etc/kubernetes/pki/.delivery"]


LABEL = "-u system_u -t container_file_t -l s0"


def selinux(machine):
    machine.command("selinuxenabled", "#!/bin/sh\nexit 0\n")
    machine.command("chcon", '#!/bin/sh\necho "chcon $*" >> "$RECORD"\n')


def test_where_selinux_is_on_the_shared_folders_get_their_label(machine):
    selinux(machine)
    machine.deliver(CA_KEY, ENCRYPTION, SCHEDULER, SCHEDULER_CONFIG, KUBELET_CONFIG, PEER_KEY)
    folders = ("", "/manifests", "/pki", "/config")
    files = ("/config/.delivery", "/pki/.delivery", "/.delivery", "/.delivery")
    kubernetes = [f"{machine.root}/etc/kubernetes{path}" for path in (*folders, *files)]
    assert machine.recorded("chcon") == [
        f"{LABEL} {path}" for path in (*kubernetes[:4], f"{machine.root}/var/log/kubernetes", *kubernetes[4:])
    ]


def test_where_selinux_is_on_what_is_there_already_is_labelled_first(machine):
    """Whatever wrote it: an earlier version, or a container with categories of its own."""
    shared = ("/etc/kubernetes", "/var/log/kubernetes", "/etc/cni/net.d", "/opt/cni/bin")
    for path in shared:
        machine.path(path).mkdir(parents=True)
    selinux(machine)
    machine.deliver(CA_KEY)
    assert machine.recorded("chcon")[:4] == [f"{LABEL} -R {machine.root}{path}" for path in shared]


def test_flatcar_has_no_labels(machine):
    """Its SELinux is on, and permissive; its policy does not know the type."""
    machine.command("selinuxenabled", "#!/bin/sh\nexit 0\n")
    machine.command("chcon", '#!/bin/sh\necho "chcon $*" >> "$RECORD"\n')
    release = machine.path("/usr/lib/os-release")
    release.parent.mkdir(parents=True)
    release.write_text("NAME=Flatcar\nID=flatcar\nID_LIKE=coreos\n")
    machine.deliver(CA_KEY)
    assert machine.recorded("chcon") == []


def test_where_selinux_is_off_there_are_no_labels(machine):
    machine.command("selinuxenabled", "#!/bin/sh\nexit 1\n")
    machine.command("chcon", '#!/bin/sh\necho "chcon $*" >> "$RECORD"\n')
    machine.deliver(CA_KEY)
    assert machine.recorded("chcon") == []


def test_the_script_and_the_library_mean_the_same_paths():
    for path in (
        constants.PKI_DIR,
        constants.CONFIG_DIR,
        f"{constants.STATIC_POD_DIR}/",
        constants.KUBELET_CONFIG,
        constants.KUBERNETES_CA,
        constants.BOOTSTRAP_KUBECONFIG,
        constants.AUDIT_LOG_DIR,
        constants.BOOTSTRAP_DIR,
        constants.ETCD_PKI_DIR.rpartition("/")[0],
    ):
        assert path in LAYOUT, path
    assert f"s/{FILES_DIGEST}/" in LAYOUT
    assert constants.SUPER_ADMIN_KUBECONFIG in APPLY


def test_a_changed_configuration_forgets_what_fits_the_old_one_only(machine):
    machine.deliver(KUBELET_CONFIG)
    states = [machine.path(f"/var/lib/kubelet/{name}_manager_state") for name in ("cpu", "memory")]
    for state in states:
        state.write_text("{}")
    machine.deliver(KUBELET_CONFIG)
    assert all(state.exists() for state in states)
    machine.deliver(changed(KUBELET_CONFIG, "kind: Other\n"))
    assert not any(state.exists() for state in states)


def test_a_new_shutdown_delay_is_read_before_the_kubelet_asks_for_it(machine):
    machine.running("systemd-logind.service", "kubelet.service")
    machine.deliver(owned("/etc/systemd/logind.conf.d/inhibitors.conf", "[Login]\nInhibitDelayMaxSec=120\n"))
    assert machine.recorded("systemctl") == [
        "kill --signal=HUP systemd-logind.service",
        "try-restart kubelet.service",
    ]


def test_update_agents_read_a_new_strategy(machine):
    machine.running("zincati.service", "update-engine.service")
    machine.deliver(owned("/etc/zincati/config.d/55-update-strategy.toml", "[updates]\n"))
    assert machine.recorded("systemctl") == ["try-restart zincati.service"]
    machine.forget()
    machine.deliver(owned("/etc/flatcar/update.conf", "REBOOT_STRATEGY=off\n"))
    assert machine.recorded("systemctl") == [
        # Its file is gone.
        "try-restart zincati.service",
        "try-restart update-engine.service",
        "--no-block restart locksmithd.service",
    ]


def test_a_mirror_is_read_at_the_next_pull(machine):
    machine.deliver(owned("/etc/containerd/certs.d/quay.io/hosts.toml", "server = 1\n"))
    assert machine.recorded("systemctl") == []


def test_docker_reads_its_settings_again_and_is_restarted_for_a_proxy(machine):
    machine.running("docker.service")
    settings = owned("/etc/docker/daemon.json", '{"registry-mirrors":[]}\n')
    machine.deliver(owned(settings.path, "{}\n"))
    assert machine.recorded("systemctl") == ["try-restart docker.service"]
    machine.forget()
    machine.deliver(settings)
    assert machine.recorded("systemctl") == ["try-reload-or-restart docker.service"]
    machine.forget()
    machine.deliver(settings, owned("/etc/systemd/system/docker.service.d/20-proxy.conf", "[Service]\n"))
    assert machine.recorded("systemctl")[:2] == ["daemon-reload", "try-restart docker.service"]
