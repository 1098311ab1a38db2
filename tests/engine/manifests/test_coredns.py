"""CoreDNS with the rendered Corefile and the rights of its ServiceAccount answers for the cluster's Services."""

import socket
import struct
from pathlib import Path

from tests.support.apiserver import ApiServer, free_ports
from tests.support.programs import account_kubeconfig, program, running, until
from tests.unit.manifests.specs import DEFAULT
from tradewind.manifests.coredns import corefile

PORTS = ("1053", "8080", "8181", "9153")


def adapted(text: str, ports: list[int], kubeconfig: Path, resolver: Path) -> str:
    """The Corefile outside a pod: free ports, a kubeconfig, and a resolver that is never reached."""
    for port, free in zip(PORTS, ports, strict=True):
        assert text.count(f":{port}") == 1
        text = text.replace(f":{port}", f":{free}")
    assert text.count("pods disabled") == text.count("/etc/resolv.conf") == 1
    text = text.replace("pods disabled", f"pods disabled\n        kubeconfig {kubeconfig}")
    return text.replace("/etc/resolv.conf", str(resolver))


def lookup(name: str, port: int) -> str | None:
    """The IPv4 address of a name, or None while there is no answer with exactly one."""
    labels = b"".join(struct.pack("B", len(label)) + label.encode() for label in name.split("."))
    query = struct.pack(">6H", 7, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">2H", 1, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(1)
        client.connect(("127.0.0.1", port))
        try:
            client.send(query)
            answer = client.recv(512)
        except (TimeoutError, ConnectionRefusedError):
            return None
    _, flags, _, count, _, _ = struct.unpack(">6H", answer[:12])
    return socket.inet_ntoa(answer[-4:]) if flags & 0xF == 0 and count == 1 else None


def test_names_of_services(applied: ApiServer, tmp_path: Path) -> None:
    ports, log = free_ports(len(PORTS)), tmp_path / "coredns.log"
    resolver, config = tmp_path / "resolv.conf", tmp_path / "Corefile"
    resolver.write_text("nameserver 127.0.0.1\n")
    kubeconfig = account_kubeconfig(applied, "coredns", tmp_path / "kubeconfig")
    # Without `loop`: the resolver is CoreDNS itself or nobody.
    text = adapted(corefile(DEFAULT.network.domain), ports, kubeconfig, resolver).replace("    loop\n", "")
    config.write_text(text)
    with running([program("coredns"), "-conf", config], log):
        assert until(lambda: lookup("kubernetes.default.svc.cluster.local", ports[0]), log) == "10.3.0.1"
        assert until(lambda: lookup("kube-dns.kube-system.svc.cluster.local", ports[0]), log) == "10.3.0.10"
        assert lookup("absent.default.svc.cluster.local", ports[0]) is None
    assert "forbidden" not in log.read_text()
