"""User data stays below what every platform takes, or the error says what is too large."""

import json
import re
from dataclasses import replace

import pytest

from tests.unit.host.cases import CASES
from tradewind.choices import OperatingSystem, TaintEffect
from tradewind.errors import TradewindError
from tradewind.host.ignition import USER_DATA_LIMIT, UserDataError
from tradewind.host.options import FEDORA_COREOS, FLATCAR, HostOptions, JoinFiles
from tradewind.host.roles import HostConfig, controller, later_controller_files, later_worker_files, worker
from tradewind.images import KubeletImage
from tradewind.platforms.local.deltas import local_delta
from tradewind.spec import Taint, cluster_spec

DELTAS = {
    "fedora-coreos": FEDORA_COREOS,
    "flatcar": FLATCAR,
    **{f"local-{system.value}": local_delta(system) for system in OperatingSystem},
}
SSH_KEY = f"ssh-rsa {'A' * 720} somebody@example.com"
LABEL_LENGTH, NAME_LENGTH, REPOSITORY_LENGTH = 63, 253, 255
DIGEST = f"sha256:{'0' * 64}"


def longest_name(start: str) -> str:
    """A DNS name as long as one may be."""
    labels = (start.ljust(LABEL_LENGTH, "x"), "y" * LABEL_LENGTH, "z" * LABEL_LENGTH, "w" * (LABEL_LENGTH - 2))
    name = ".".join(labels)
    assert len(name) == NAME_LENGTH
    return name


def longest_repository(component: str) -> str:
    return f"mirror.example.com/{component}/".ljust(REPOSITORY_LENGTH, "r")


def longest_reference(component: str) -> str:
    return f"{longest_repository(component)}:v1.0.0@{DIGEST}"


SPEC = cluster_spec(
    {
        "name": "n" * 40,
        "api_servers": [longest_name("api")],
        "controllers": [
            {"name": f"c{index}".ljust(LABEL_LENGTH, "x"), "etcd_name": longest_name(f"e{index}")} for index in range(7)
        ],
        "cluster_domain": f"{'c' * LABEL_LENGTH}.{'d' * 57}",
        "images": {"etcd": longest_reference("etcd"), "pause": longest_reference("pause")},
        "external_cloud_provider": True,
    }
)
IMAGE = KubeletImage(registry=longest_repository("kubelet"), tag="v1.36.2", digest=DIGEST)


def options(delta: str, entries: int = 0, join: JoinFiles | None = None) -> HostOptions:
    """A host with the longest of everything, and that many long labels and taints."""
    members = SPEC.controllers[:5] if delta.startswith("local") else ()
    keys = [f"example.com/{f'k{index}'.ljust(LABEL_LENGTH, 'k')}" for index in range(entries)]
    return HostOptions(
        delta=DELTAS[delta],
        ssh_authorized_keys=(SSH_KEY,),
        hostname="h" * LABEL_LENGTH,
        node_ip="255.255.255.255",
        hosts={member.name: [member.name, member.etcd_name] for member in members},
        labels=dict.fromkeys(keys, "v" * LABEL_LENGTH),
        taints=[Taint(key=key, value="v" * LABEL_LENGTH, effect=TaintEffect.PREFER_NO_SCHEDULE.value) for key in keys],
        kubelet_image=IMAGE,
        join=join,
    )


def paths(config: HostConfig) -> set[str]:
    """Files of the user data."""
    return {file["path"] for file in json.loads(config.user_data())["storage"]["files"]}


@pytest.mark.parametrize("delta", DELTAS)
def test_the_largest_controller_fits(delta: str) -> None:
    host = options(delta, entries=4)
    config = controller(SPEC, SPEC.controllers[0], host)
    assert len(config.user_data().encode()) <= USER_DATA_LIMIT
    # What is not in it is delivered before anything reads it: these units wait for the delivery.
    missing = {file.path for file in config.files} - paths(config)
    assert missing == config.delivered_paths
    assert missing <= {file.path for file in later_controller_files(SPEC, SPEC.controllers[0], host, {})}


@pytest.mark.parametrize("delta", DELTAS)
def test_a_large_worker_fits(delta: str) -> None:
    host = options(delta, entries=16)
    config = worker(SPEC, host)
    assert len(config.user_data().encode()) <= USER_DATA_LIMIT
    assert {file.path for file in config.files} - paths(config) <= {
        file.path for file in later_worker_files(SPEC, host, {})
    }


USUAL = {name: case for name, case in CASES.items() if "options" not in name}


@pytest.mark.parametrize("case", USUAL.values(), ids=USUAL)
def test_what_fits_is_there_from_the_first_boot_on(case) -> None:
    assert case.config.delivered_paths
    assert case.config.delivered_paths <= paths(case.config)
    # A usual host has room for snippets.
    assert len(case.config.user_data().encode()) <= USER_DATA_LIMIT * 7 / 8


# A certificate of 4096 bits in a file, and again in the kubeconfig.
JOIN = JoinFiles(kubeconfig="A" * 3500, ca_pem="A" * 2000)


def test_a_worker_that_joins_by_itself_fits() -> None:
    config = worker(SPEC, replace(options("fedora-coreos", 3, JOIN), kubelet_image=None))
    assert len(config.user_data().encode()) <= USER_DATA_LIMIT
    # Nothing is delivered to it.
    assert config.delivered_paths == frozenset()
    assert paths(config) == {file.path for file in config.files} | {"/etc/systemd/system/kubelet.service"}


@pytest.mark.parametrize(
    "host", [options("fedora-coreos", 100), options("fedora-coreos", 16, JOIN)], ids=["delivered", "joins by itself"]
)
def test_what_is_too_large_is_said_when_the_host_is_rendered(host: HostOptions) -> None:
    with pytest.raises(UserDataError) as raised:
        worker(SPEC, host)
    assert isinstance(raised.value, TradewindError)
    found = re.match(r"user data has (\d+) bytes and may have 16384; its largest parts are (.*?)\. ", str(raised.value))
    assert found
    assert int(found[1]) > USER_DATA_LIMIT
    assert re.search(r"/etc/systemd/system/kubelet\.service \(\d+ bytes\)", found[2])
    assert "labels and taints" in str(raised.value)
    # No content.
    assert "AAAA" not in str(raised.value)
    assert "kkkk" not in str(raised.value)
