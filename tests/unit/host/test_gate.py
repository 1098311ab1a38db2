"""The gate script, run for real in a folder: settings and processes are files, servers a list of answers."""

import pytest

from tests.unit.host.machine import PretendMachine, owned
from tradewind.host.archive import archive

MEMBERS = "a=https://a.example.com:2380,b=https://b.example.com:2380,c=https://c.example.com:2380"
OWN_ETCD = "http://127.0.0.1:2381/health"
API = "https://127.0.0.1:6443/readyz"
OTHERS = ("https://b.example.com:2379/health", "https://c.example.com:2379/health")

# Answers as the list says: a URL, a status, and from which call on; where it has none, nobody listens.
CURL = """#!/bin/sh
for url; do case $url in http*) break ;; esac; done
echo "curl $*" >> "$RECORD"
echo "asked $url" >> "$RECORD"
times=$(grep -cxF "asked $url" "$RECORD")
while read -r answered status from; do
  if [ "$answered" = "$url" ] && [ "$times" -ge "$from" ]; then echo "answer $status"; exit "$status"; fi
done < "$ANSWERS"
echo "nobody listens at $url" >&2
exit 7
"""


def etcd_conf(members=MEMBERS, metrics="http://127.0.0.1:2381"):
    text = (
        f"ETCD_NAME=a\nETCD_ADVERTISE_CLIENT_URLS=https://a.example.com:2379\nETCD_INITIAL_CLUSTER={members}\n"
        f"ETCD_LISTEN_METRICS_URLS={metrics}\n"
    )
    return owned("/etc/etcd/etcd.conf", text)


POD = owned("/etc/kubernetes/manifests/kube-apiserver.yaml", "  tradewind/files-digest: '@FILES_DIGEST@'\n", 0o600)
CHANGED_POD = owned(POD.path, f"{POD.content}  image: other\n", 0o600)


class Controller(PretendMachine):
    """A machine with answers at URLs and processes in its own /proc."""

    def __init__(self, folder):
        super().__init__(folder)
        self._answers = folder / "answers"
        self.answers()
        self.command("curl", CURL)
        self.command("sleep", '#!/bin/sh\necho "sleep $*" >> "$RECORD"\n')

    def answers(self, *urls, **later):
        """URLs that answer well. Of the others, `later` says from which call on: 2 is the second."""
        lines = [f"{url} 0 1\n" for url in urls]
        lines += [f"{ {'etcd': OWN_ETCD, 'api': API}[name] } 0 {call}\n" for name, call in later.items()]
        self._answers.write_text("".join(lines))

    def environment(self):
        return {**super().environment(), "ANSWERS": str(self._answers), "GATE_TIMEOUT": "0"}

    def runs_api_server(self, digest):
        process = self.path("/proc/123")
        process.mkdir(parents=True, exist_ok=True)
        (process / "comm").write_text("kube-apiserver\n")
        (process / "environ").write_text(f"PATH=/bin\0FILES_DIGEST={digest}\0LAST=1\0")

    def installed_digest(self):
        return self.text(POD.path).split("'")[1]


@pytest.fixture
def machine(tmp_path):
    return Controller(tmp_path)


@pytest.fixture
def running(machine):
    """A healthy controller that runs what was delivered."""
    assert machine.receive(archive([etcd_conf(), POD])).returncode == 0
    machine.path("/var/lib/etcd/member").mkdir(parents=True)
    machine.runs_api_server(machine.installed_digest())
    machine.answers(OWN_ETCD, API)
    machine.forget()
    return machine


def test_other_hosts_are_not_asked(machine):
    result = machine.receive(archive([owned("/etc/kubernetes/kubelet.yaml", "x\n")]))
    assert (result.returncode, result.stderr) == (0, "")
    assert machine.recorded("curl") == []


def test_a_first_boot_is_not_waited_for(machine):
    result = machine.receive(archive([etcd_conf(), POD]))
    assert (result.returncode, result.stderr) == (0, "")
    assert "healthy" not in result.stdout
    assert machine.recorded("sleep") == []


def test_a_healthy_controller_that_needs_no_restart_goes_on_at_once(running):
    result = running.receive(archive([etcd_conf(), POD]))
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines()[-1] == "healthy"
    assert running.recorded("sleep") == []


def test_the_old_api_server_does_not_count(running):
    result = running.receive(archive([etcd_conf(), CHANGED_POD]))
    assert result.returncode == 1
    assert "API server: it does not run from the installed manifest yet" in result.stderr
    assert "the next one was not touched" in result.stderr


def test_it_waits_until_the_new_api_server_runs(running):
    """The process is replaced while the gate sleeps."""
    running.command(
        "sleep",
        "#!/bin/sh\necho sleep >> $RECORD\n"
        'digest=$(sed -n "s/.*digest: .\\([0-9a-f]*\\).*/\\1/p" "$ROOT/etc/kubernetes/manifests/kube-apiserver.yaml")\n'
        'printf "FILES_DIGEST=%s\\0" "$digest" > "$ROOT/proc/123/environ"\n',
    )
    limit = {**running.environment(), "GATE_TIMEOUT": "60"}
    running.environment = lambda: limit
    result = running.receive(archive([etcd_conf(), CHANGED_POD]))
    assert (result.returncode, result.stdout.splitlines()[-1]) == (0, "healthy")


def test_it_waits_until_both_answer(running):
    running.answers(etcd=1, api=1)
    limit = {**running.environment(), "GATE_TIMEOUT": "60"}
    running.environment = lambda: limit
    # Healthy before; the API server then needs a while.
    running.command("curl", CURL.replace('[ "$times" -ge "$from" ]', '{ [ "$times" = 1 ] || [ "$times" -ge 4 ]; }'))
    result = running.receive(archive([etcd_conf(), POD]))
    assert (result.returncode, result.stdout.splitlines()[-1]) == (0, "healthy")
    assert len(running.recorded("sleep")) >= 2


@pytest.mark.parametrize(
    ("answering", "message"),
    [((API,), f"etcd: nobody listens at {OWN_ETCD}"), ((OWN_ETCD,), f"API server: nobody listens at {API}")],
)
def test_what_is_missing_is_said(running, answering, message):
    running.answers(*answering, *OTHERS)
    result = running.receive(archive([etcd_conf(), POD]))
    assert result.returncode == 1
    assert message in result.stderr


def test_what_etcd_and_the_other_members_say_is_told(running):
    """Without a majority, a member still answers what it has itself."""
    running.command("journalctl", "#!/bin/sh\necho waiting for a leader\nseq -s x 1000\n")
    running.answers(API, OTHERS[0], f"{OTHERS[0]}?serializable=true")
    said = running.receive(archive([etcd_conf(), CHANGED_POD])).stderr.splitlines()
    assert "  etcd at https://b.example.com:2379: answer 0" in said
    silent = f"  etcd at https://c.example.com:2379: nobody listens at {OTHERS[1]}?serializable=true"
    assert silent in said
    assert "  etcd-member: waiting for a leader" in said
    assert max(map(len, said)) < 400


@pytest.mark.parametrize("other", OTHERS)
def test_a_controller_of_a_healthy_cluster_has_to_become_healthy(machine, other):
    """A second `up` after a failed one, or a machine that is new: the cluster has something to lose."""
    machine.answers(other)
    result = machine.receive(archive([etcd_conf(), POD]))
    assert result.returncode == 1
    assert "not healthy within 0s" in result.stderr


def test_other_members_are_asked_with_the_delivered_certificate(machine):
    machine.receive(archive([etcd_conf(), POD]))
    asked = [call for call in machine.recorded("curl") if "example.com" in call]
    assert [call.split()[-1] for call in asked] == list(OTHERS)
    for call in asked:
        assert "--cacert root/etc/ssl/etcd/etcd/server-ca.crt" in call
        assert "--cert root/etc/ssl/etcd/etcd/server.crt --key root/etc/ssl/etcd/etcd/server.key" in call


def test_a_broken_cluster_can_be_repaired_one_controller_after_the_other(running):
    running.answers()
    result = running.receive(archive([etcd_conf(), CHANGED_POD]))
    assert (result.returncode, result.stderr) == (0, "")


def test_etcd_is_asked_where_its_settings_say(running):
    running.receive(archive([etcd_conf(metrics="http://10.0.0.1:2381"), POD]))
    # Before with the settings that are there, after with those that came.
    asked = running.recorded("asked")
    assert asked[0] == OWN_ETCD
    assert "http://10.0.0.1:2381/health" in asked


def test_etcd_has_the_time_to_say_why_it_is_not_healthy(running):
    """Without its majority it answers after 7 seconds, and the reason is in the body."""
    running.receive(archive([etcd_conf(), POD]))
    call = next(call.split() for call in running.recorded("curl") if call.endswith(OWN_ETCD))
    assert "--fail-with-body" in call
    assert int(call[call.index("--max-time") + 1]) > 7


@pytest.mark.parametrize(
    "members",
    [
        MEMBERS.split(",", maxsplit=1)[0],
        f"{MEMBERS},d=https://d.example.com:2380,e=https://e.example.com:2380",
        MEMBERS.replace("b.example.com", "z.example.com"),
    ],
    ids=["fewer", "more", "others"],
)
def test_the_members_of_a_running_etcd_cannot_be_changed(running, members):
    before = running.tree()
    result = running.receive(archive([etcd_conf(members), CHANGED_POD]))
    assert result.returncode == 1
    assert "can't be changed; nothing was installed" in result.stderr
    assert "a=https://a.example.com:2380 b=https://b.example.com:2380 c=https://c.example.com:2380" in result.stderr
    assert running.tree() == before
    assert running.recorded("systemctl") == []


def test_the_order_of_members_means_nothing(running):
    members = ",".join(reversed(MEMBERS.split(",")))
    assert running.receive(archive([etcd_conf(members), POD])).returncode == 0


def test_before_etcd_has_data_members_may_change(machine):
    machine.receive(archive([etcd_conf(MEMBERS.split(",", maxsplit=1)[0]), POD]))
    assert machine.receive(archive([etcd_conf(), POD])).returncode == 0


NODE_URL = "https://api.example.com:6443/api/v1/nodes/worker-0"
KUBELET_FILE = owned("/var/lib/kubelet/config.yaml", "a: 1\n", 0o600)
# A kubelet that started at 12:00:00; its node as `kubectl get --raw` prints it.
STARTED = "@1764072000"
NODE = """{"status": {"conditions": [
 {"type": "MemoryPressure", "status": "False", "lastHeartbeatTime": "2030-01-01T00:00:00Z"},
 {"type": "Ready", "status": "%s", "lastHeartbeatTime": "2025-11-25T%sZ", "message": "is (ok)"}
]}}"""


class Worker(Controller):
    """A node that has joined, as the API server knows it: by the number of the question, from the first on."""

    def __init__(self, folder):
        super().__init__(folder)
        for path, text in {
            "/var/lib/kubelet/pki/kubelet-client-current.pem": "certificate and key\n",
            "/var/lib/kubelet/kubeconfig": "clusters:\n- cluster:\n    server: https://api.example.com:6443\n",
            "/proc/sys/kernel/hostname": "Worker-0\n",
        }.items():
            self.path(path).parent.mkdir(parents=True, exist_ok=True)
            self.path(path).write_text(text)
        self._nodes = folder / "nodes"
        self.command(
            "systemctl",
            f"#!/bin/sh\necho systemctl $* >> $RECORD\ncase $1 in show) echo {STARTED} ;; is-active) exit 3 ;; esac\n",
        )
        self.command(
            "curl",
            '#!/bin/sh\necho "curl $*" >> "$RECORD"\ntimes=$(grep -c "^curl" "$RECORD")\n'
            '[ -e "$NODES/$times" ] || times=last\n'
            'cat "$NODES/$times" 2> /dev/null || { echo "refused" >&2; exit 7; }\n',
        )

    def knows(self, *answers):
        """What the API server answers: each once, the last one for ever."""
        self._nodes.mkdir()
        for number, (status, time) in enumerate(answers, 1):
            (self._nodes / str(number)).write_text(NODE % (status, time))
        (self._nodes / "last").write_text(NODE % answers[-1])

    def environment(self):
        return {**super().environment(), "NODES": str(self._nodes), "GATE_TIMEOUT": self.timeout}

    timeout = "0"


@pytest.fixture
def worker(tmp_path):
    return Worker(tmp_path)


READY, STALE, AWAY = ("True", "12:00:03"), ("True", "11:59:59"), ("False", "12:00:03")


def test_a_node_that_is_ready_goes_on_at_once(worker):
    worker.knows(READY)
    result = worker.receive(archive([KUBELET_FILE]))
    assert (result.returncode, result.stderr, result.stdout.splitlines()[-1]) == (0, "", "healthy")
    assert worker.recorded("sleep") == []
    certificate = str(worker.path("/var/lib/kubelet/pki/kubelet-client-current.pem"))
    for call in worker.recorded("curl"):
        assert f"--cert {certificate} --key {certificate} {NODE_URL}" in call
        assert "--insecure" not in call


def test_it_waits_until_the_new_kubelet_has_said_that_it_is_ready(worker):
    """What the old one said is still there, then the new one is not ready yet, and then it is."""
    worker.knows(READY, STALE, AWAY, READY)
    worker.timeout = "60"
    result = worker.receive(archive([KUBELET_FILE]))
    assert (result.returncode, result.stdout.splitlines()[-1]) == (0, "healthy")
    assert len(worker.recorded("sleep")) == 2


@pytest.mark.parametrize(("after", "reason"), [(STALE, "told by the kubelet that was there before"), (AWAY, '"False"')])
def test_a_node_that_does_not_come_back_stops_the_next(worker, after, reason):
    worker.knows(READY, after)
    result = worker.receive(archive([KUBELET_FILE]))
    assert result.returncode == 1
    assert "this node is not Ready within 0s of its delivery; the next one was not touched" in result.stderr
    assert reason in result.stderr


@pytest.mark.parametrize("before", [STALE, AWAY])
def test_a_node_that_was_not_ready_before_is_repaired(worker, before):
    worker.knows(before)
    result = worker.receive(archive([KUBELET_FILE]))
    assert (result.returncode, result.stderr) == (0, "")
    assert "healthy" not in result.stdout


def test_a_node_that_has_not_joined_is_not_waited_for(worker):
    worker.path("/var/lib/kubelet/pki/kubelet-client-current.pem").unlink()
    assert worker.receive(archive([KUBELET_FILE])).returncode == 0
    assert worker.recorded("curl") == []
