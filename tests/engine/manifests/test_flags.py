"""The real programs know the flags and the configuration that the manifests give them."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.support.programs import program
from tests.unit.manifests.reading import containers_of, find, pod_of
from tests.unit.manifests.specs import DEFAULT, SHARED_KERNEL
from tradewind.spec import ClusterSpec

MANIFESTS = {
    "coredns": "coredns/deployment.yaml",
    "flanneld": "network/daemonset.yaml",
    "kube-proxy": "kube-proxy/daemonset.yaml",
    "kubelet-csr-approver": "kubelet-csr-approver/daemonset.yaml",
}


def flags_of(name: str) -> set[str]:
    """Flags in every container that runs the program."""
    containers = containers_of(pod_of(find(MANIFESTS[name])))
    args = [word for each in containers if each["command"][0].endswith(f"/{name}") for word in each["args"]]
    return {word.split("=")[0].lstrip("-") for word in args if word.startswith("-")}


@pytest.mark.parametrize("name", MANIFESTS)
def test_every_flag_exists(name: str) -> None:
    shown = subprocess.run([program(name), "--help"], capture_output=True, text=True, check=False, timeout=30)
    known = set(re.findall(r"^ +(?:-\w, )?--?([a-z][a-z0-9-]+)", shown.stdout + shown.stderr, re.MULTILINE))
    assert flags_of(name)
    assert flags_of(name) - known == set()


@pytest.mark.parametrize("spec", [DEFAULT, SHARED_KERNEL], ids=["default", "shared-kernel"])
def test_kube_proxy_reads_its_configuration(tmp_path: Path, spec: ClusterSpec) -> None:
    text = find("kube-proxy/config.yaml", spec)["data"]["config.yaml"]
    ours, theirs = yaml.safe_load(text), as_kube_proxy_reads(text, tmp_path)
    own_conntrack, their_conntrack = ours.pop("conntrack", {}), theirs["conntrack"]
    # It writes every field, those of `clientConnection` too.
    assert theirs["clientConnection"]["kubeconfig"] == ours.pop("clientConnection")["kubeconfig"]
    assert ours.items() <= theirs.items()
    assert own_conntrack.items() <= their_conntrack.items()


def test_kube_proxy_would_notice_an_unknown_field(tmp_path: Path) -> None:
    text = find("kube-proxy/config.yaml")["data"]["config.yaml"]
    with pytest.raises(AssertionError, match="surprise"):
        as_kube_proxy_reads(f"{text}surprise: true\n", tmp_path)


def as_kube_proxy_reads(text: str, folder: Path) -> dict:
    """What kube-proxy makes of its file. A field that it does not know it leaves out, with a warning."""
    given, written = folder / "config.yaml", folder / "written.yaml"
    given.write_text(text)
    command = [program("kube-proxy"), f"--config={given}", f"--write-config-to={written}"]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert result.returncode == 0, result.stderr
    assert "unknown field" not in result.stderr, result.stderr
    return yaml.safe_load(written.read_text())
