"""The rules that keep pods from the metadata service, in the kernel: a pod, its machine and the service, each with a
network of its own."""

import pytest

from tests.engine.host.machine_root import MachineRoot
from tests.support.systemd_units import parsed
from tests.unit.host.cases import CASES, Case
from tradewind.host.metadata import UNIT_NAME

on_google_cloud = pytest.mark.parametrize(
    "case", [CASES["google-cloud/worker"]], ids=["google-cloud/worker"], indirect=True
)
_NETWORK = """
for name in pod machine service; do
  ip netns add $name
  ip -n $name link set lo up
done
ip -n machine link add pods type veth peer name eth0 netns pod
ip -n machine link add eth0 type veth peer name eth0 netns service
ip -n pod addr add 10.2.0.2/24 dev eth0
ip -n machine addr add 10.2.0.1/24 dev pods
ip -n machine addr add 10.0.0.2/24 dev eth0
ip -n service addr add 10.0.0.1/24 dev eth0
ip -n service addr add 169.254.169.254/32 dev lo
for end in "pod eth0" "machine pods" "machine eth0" "service eth0"; do ip -n ${end% *} link set ${end#* } up; done
ip -n pod route add default via 10.2.0.1
ip -n machine route add default via 10.0.0.1
ip -n service route add 10.2.0.0/24 via 10.0.0.2
echo 1 | ip netns exec machine tee /proc/sys/net/ipv4/ip_forward > /dev/null

for address in TCP-LISTEN:80 TCP-LISTEN:53 UDP-RECVFROM:53; do
  ip netns exec service socat $address,bind=169.254.169.254,fork,reuseaddr SYSTEM:'read question; echo answer' &
done

ask() { # NETWORK ADDRESS
  ip netns exec $1 socat -T5 -t0.01 $2 SYSTEM:'echo question; read answer; echo "$answer" >&2' 2>&1 \\
    | sed -n 's/.*\\(answer\\|Connection refused\\).*/\\1/p' | head -n 1
}
all() { # WHEN
  for network in pod machine; do
    for place in TCP/80 TCP/53 UDP/53; do
      echo "$1 $network $place $(ask $network ${place%/*}:169.254.169.254:${place#*/})"
    done
  done
}
for place in TCP:169.254.169.254:80 TCP:169.254.169.254:53 UDP:169.254.169.254:53; do
  until [ "$(ask service $place)" = answer ]; do sleep 0.1; done
done
"""


def lines(when: str, pod: str) -> list[str]:
    """What `all` prints, with the answer that a pod gets at port 80."""
    asked = [("pod", "TCP/80", pod), ("pod", "TCP/53", "answer"), ("pod", "UDP/53", "answer")]
    asked += [("machine", what, "answer") for what in ("TCP/80", "TCP/53", "UDP/53")]
    return [f"{when} {network} {what} {answer}" for network, what, answer in asked]


@on_google_cloud
def test_a_pod_is_refused_the_metadata_service_alone(case: Case, machine: MachineRoot) -> None:
    (unit,) = [each for each in case.config.units if each.name == UNIT_NAME]
    service = dict(parsed(unit.contents or "")["Service"])
    start, stop = (f"ip netns exec machine {service[key]}" for key in ("ExecStart", "ExecStop"))
    steps = ["all before", start, "all started", start, "all again", stop, "all stopped"]
    result = machine.shell("\n".join([_NETWORK, *steps]))
    assert (result.stdout.splitlines(), result.stderr) == (
        [
            *lines("before", "answer"),
            *lines("started", "Connection refused"),
            *lines("again", "Connection refused"),
            *lines("stopped", "answer"),
        ],
        "",
    )


@on_google_cloud
def test_loading_it_again_leaves_one_rule(case: Case, machine: MachineRoot) -> None:
    (unit,) = [each for each in case.config.units if each.name == UNIT_NAME]
    start = dict(parsed(unit.contents or "")["Service"])["ExecStart"]
    enter = "ip netns exec machine"
    script = f"ip netns add machine\nfor i in 1 2; do {enter} {start}; done\n{enter} nft list ruleset"
    assert machine.shell(script).stdout.count("reject with tcp reset") == 1
