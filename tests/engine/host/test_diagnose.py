"""The diagnosis of a controller whose etcd runs alone: two of three members do not answer."""

import shlex

from tests.engine.host.machine_root import MachineRoot
from tests.engine.host.test_control_plane import as_user
from tests.support.control_plane import issued_secrets
from tests.unit.host.cases import container_flags
from tradewind import constants
from tradewind.assets import plain_assets, secret_assets
from tradewind.choices import OperatingSystem
from tradewind.host.options import HostOptions
from tradewind.host.roles import controller, later_controller_files
from tradewind.host.units import APPLY_PATH, DIAGNOSE_PATH
from tradewind.platforms.local.deltas import hosts, local_delta
from tradewind.platforms.local.spec import local_spec

SPEC = local_spec({"name": "test", "controllers": 3})
OWN, *OTHERS = SPEC.cluster.controllers

# In a network of its own, in which no other member is reached. kubectl is that of the toolchain.
SCRIPT = """
ip link set lo up
ip address add {address}/32 dev lo
cp /run/programs/kubectl /usr/bin/kubectl
mkdir -p /assets/manifests
(set -a; . {config}; exec {etcd}) > /run/etcd.log 2>&1 &
until curl --silent http://127.0.0.1:2381/health; do kill -0 $! || {{ cat /run/etcd.log >&2; exit 1; }}; sleep 0.1; done
echo
APPLY_TIMEOUT=0 sh {apply} || echo "apply failed: $?"
sh {diagnose}
"""


def test_a_missing_majority_is_counted_and_the_silent_members_are_named(image: MachineRoot) -> None:
    options = HostOptions(
        delta=local_delta(OperatingSystem.FEDORA_COREOS),
        hostname=OWN.name,
        node_ip=str(SPEC.controllers[0].address),
        hosts=hosts(SPEC, SPEC.controllers[0]),
    )
    config = controller(SPEC.cluster, OWN, options)
    assert image.provision(config).returncode == 0
    assets = {
        **plain_assets(SPEC.cluster),
        **secret_assets(SPEC.cluster, issued_secrets(SPEC.cluster))[OWN.name],
    }
    image.deliver(later_controller_files(SPEC.cluster, OWN, options, assets))
    user = as_user(constants.ETCD_UID, constants.ETCD_UID)
    script = SCRIPT.format(
        address=SPEC.controllers[0].address,
        config=constants.ETCD_CONFIG,
        etcd=shlex.join([*user, "/run/programs/etcd", *container_flags("etcd", config)]),
        apply=APPLY_PATH,
        diagnose=DIAGNOSE_PATH,
    )
    result = image.run("unshare", "--net", "sh", "-uc", script)
    assert '{"health":"false","reason":"RAFT NO LEADER"}' in result.stdout, result.stderr
    assert "apply: the API server to be ready: not within 0s; the last answer was:" in result.stderr
    assert "Unable to connect to the server: dial tcp" in result.stderr
    assert "apply failed: 1" in result.stdout
    said = result.stdout
    assert 'diagnose: etcd is not healthy: {"health":"false","reason":"RAFT NO LEADER"}' in said
    assert "diagnose: etcd has no majority: 1 of 3 members run, 2 are needed\n" in said
    for member in OTHERS:
        assert f"    {member.etcd_client_url}: curl: " in said
    assert OWN.etcd_client_url not in said
    assert "diagnose: the API server is not ready:\n    curl: (7) " in said
    assert "diagnose: its container has not been started; the kubelet's last lines:" in said
