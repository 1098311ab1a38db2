"""A cluster on bare metal under mocks: what Matchbox gets, and who gets files in which order."""

import json
from typing import Any

import pulumi
import pulumiverse_matchbox as matchbox
import pytest

from tests.support.recording import Recording, Secret, record
from tests.unit.platforms.bare_metal_arguments import ARGS, FLATCAR, THREE, machine
from tradewind.platforms.bare_metal.cluster import Cluster
from tradewind.platforms.bare_metal.worker_pool import WorkerPool

COMPONENT = "tradewind:bare_metal:Cluster"
GROUP, PROFILE, FILES = "matchbox:index/group:Group", "matchbox:index/profile:Profile", "command:remote:Command"
KEY = "openssh public test-ssh-key"
SERVER = "http://matchbox.example.com:8080"
ASKED = f"{SERVER}/ignition?uuid=${{uuid}}&mac=${{mac:hexhyp}}"
MATCHBOX = {
    "endpoint": "matchbox.example.com:8081",
    "ca_pem": "authority",
    "client_cert_pem": "certificate",
    "client_key_pem": "private",
}


def made_of(given: dict[str, Any], **changes: Any) -> Recording:
    return record(lambda: Cluster("metal", {**given, **changes}))  # type: ignore[typeddict-item]


@pytest.fixture(scope="module", name="coreos")
def fixture_coreos() -> Recording:
    return made_of(ARGS, **THREE)


@pytest.fixture(scope="module", name="flatcar")
def fixture_flatcar() -> Recording:
    return made_of(FLATCAR)


def inputs(made: Recording, token: str) -> dict[str, dict[str, Any]]:
    return {each.name: each.inputs for each in made.of_type(token)}


def test_a_coreos_machine_has_one_group_and_one_profile(coreos: Recording) -> None:
    names = {"test-head-0", "test-head-1", "test-head-2", "test-hand"}
    assert set(inputs(coreos, PROFILE)) == set(inputs(coreos, GROUP)) == names
    assert inputs(coreos, GROUP)["test-hand"] == {
        "name": "test-hand",
        "profile": "test-hand",
        "selector": {"mac": "52:54:00:00:00:20"},
    }


def test_coreos_writes_itself_to_disk(coreos: Recording) -> None:
    profile = dict(inputs(coreos, PROFILE)["test-hand"])
    document = json.loads(profile.pop("rawIgnition"))
    version = ARGS["os_version"]
    live = (
        f"https://builds.coreos.fedoraproject.org/prod/streams/stable/builds/{version}/x86_64"
        f"/fedora-coreos-{version}-live"
    )
    assert profile == {
        "name": "test-hand",
        "kernel": f"{live}-kernel.x86_64",
        "initrds": [f"--name main {live}-initramfs.x86_64.img"],
        "args": [
            "initrd=main",
            f"coreos.live.rootfs_url={live}-rootfs.x86_64.img",
            "coreos.inst.install_dev=/dev/sda",
            f"coreos.inst.ignition_url={ASKED}",
        ],
    }
    assert document["passwd"]["users"] == [{"name": "core", "sshAuthorizedKeys": [KEY]}]
    assert {"/etc/hostname"} <= {file["path"] for file in document["storage"]["files"]}


def test_nothing_that_matchbox_gets_is_secret(coreos: Recording, flatcar: Recording) -> None:
    for made in (coreos, flatcar):
        told = [*made.of_type(PROFILE), *made.of_type(GROUP)]
        assert {name for each in told for name in each.secrets} == set()
        documents = [json.loads(each["rawIgnition"]) for each in inputs(made, PROFILE).values()]
        paths = {file["path"] for document in documents for file in document["storage"]["files"]}
        assert "/etc/kubernetes/kubeconfig" not in paths
        assert "/etc/hostname" in paths


def test_a_flatcar_machine_has_another_profile_once_it_is_installed(flatcar: Recording) -> None:
    mac = "52:54:00:00:00:20"
    assert inputs(flatcar, GROUP)["test-hand-install"]["selector"] == {"mac": mac}
    assert inputs(flatcar, GROUP)["test-hand"]["selector"] == {"mac": mac, "os": "installed"}
    assert set(inputs(flatcar, PROFILE)["test-hand"]) == {"name", "rawIgnition"}
    folder = "https://stable.release.flatcar-linux.net/amd64-usr/4459.2.3/flatcar_production_pxe"
    profile = dict(inputs(flatcar, PROFILE)["test-hand-install"])
    document = json.loads(profile.pop("rawIgnition"))
    assert profile == {
        "name": "test-hand-install",
        "kernel": f"{folder}.vmlinuz",
        "initrds": [f"{folder}_image.cpio.gz"],
        "args": [
            "initrd=flatcar_production_pxe_image.cpio.gz",
            f"flatcar.config.url={ASKED}",
            "flatcar.first_boot=yes",
        ],
    }
    assert document["passwd"]["users"] == [{"name": "core", "sshAuthorizedKeys": [KEY]}]
    assert {file["path"] for file in document["storage"]["files"]} == {
        "/opt/installer",
        "/etc/systemd/system/sshd.socket.d/10-installing.conf",
        "/etc/ssh/sshd_config.d/10-installing.conf",
    }


def test_a_machine_that_installs_itself_finds_all_that_it_asks_for(flatcar: Recording) -> None:
    groups = {each.name: each for each in flatcar.of_type(GROUP)}
    installing, installed = groups["test-head-install"], groups["test-head"]
    assert installing.urn in installed.depends_on
    assert {each.name for each in flatcar.of_type(PROFILE) if each.urn in installing.depends_on} == {installing.name}


def test_what_has_one_name_at_matchbox_is_gone_before_it_is_made_again(flatcar: Recording) -> None:
    told = [*flatcar.of_type(PROFILE), *flatcar.of_type(GROUP)]
    assert len(told) == 8
    assert all(each.request.deleteBeforeReplace for each in told)


def test_files_come_by_ssh_once_matchbox_knows_the_machine(coreos: Recording) -> None:
    for name in ("head-0", "head-1", "head-2", "hand"):
        delivery = coreos[f"test-{name}-files"]
        connection = delivery.inputs["connection"]
        assert (connection["host"], connection["user"]) == (f"{name}.example.com", "core")
        assert connection["dialErrorLimit"] == 720
        (group,) = [each for each in coreos.of_type(GROUP) if each.name == f"test-{name}"]
        assert group.urn in delivery.depends_on


def test_a_machine_that_was_installed_anew_gets_its_files_again(coreos: Recording) -> None:
    again = made_of(ARGS, **THREE, workers=[machine("hand", 32, generation=1)])
    assert coreos["test-hand-files"].inputs["triggers"] == ["52:54:00:00:00:20 0"]
    assert again["test-hand-files"].inputs["triggers"] == ["52:54:00:00:00:20 1"]
    assert inputs(again, PROFILE) == inputs(coreos, PROFILE)


def test_everything_is_the_components(coreos: Recording) -> None:
    component = coreos.component(COMPONENT)
    told = [*coreos.of_type(PROFILE), *coreos.of_type(GROUP), *coreos.of_type(FILES)]
    assert {each.parent for each in told} == {component.urn}


def test_outputs(coreos: Recording) -> None:
    outputs = coreos.outputs[coreos.component(COMPONENT).urn]
    assert outputs["addresses"]["hand"] == "hand.example.com"
    assert isinstance(outputs["worker_access"], Secret)
    assert set(outputs["worker_access"].value) == {
        "bootstrap_kubeconfig",
        "ca_cert_pem",
        "ssh_public_key",
        "ssh_private_key",
    }


def test_matchbox_is_reached_as_the_arguments_say() -> None:
    made = made_of(ARGS, matchbox=MATCHBOX)
    (provider,) = made.of_type("pulumi:providers:matchbox")
    assert (provider.name, provider.parent) == ("metal-matchbox", made.component(COMPONENT).urn)
    assert provider.inputs == {
        "endpoint": "matchbox.example.com:8081",
        "ca": "authority",
        "clientCert": "certificate",
        "clientKey": "private",
    }
    assert "clientKey" in provider.secrets
    told = [*made.of_type(PROFILE), *made.of_type(GROUP)]
    assert {each.request.provider for each in told} == {f"{provider.urn}::metal-matchbox-id"}


def test_matchbox_is_reached_by_the_provider_of_the_component() -> None:
    def program() -> None:
        own = matchbox.Provider("own", endpoint="own:8081", ca="ca", client_cert="certificate", client_key="key")
        Cluster("metal", ARGS, pulumi.ResourceOptions(providers=[own]))  # type: ignore[arg-type]

    made = record(program)
    (provider,) = made.of_type("pulumi:providers:matchbox")
    assert {each.request.provider for each in made.of_type(GROUP)} == {f"{provider.urn}::own-id"}


ACCESS = {
    "bootstrap_kubeconfig": "token",
    "ca_cert_pem": "ca",
    "ssh_public_key": "ssh-ed25519 AAAA deliveries",
    "ssh_private_key": "private half",
}


def test_a_pool_is_machines_beside_the_cluster() -> None:
    args: Any = {
        "cluster": {**ARGS, "matchbox": MATCHBOX},
        "pool": {"workers": [machine("more", 48)]},
        "worker_access": ACCESS,
    }
    made = record(lambda: WorkerPool("more", args))
    assert set(inputs(made, GROUP)) == {"test-more"}
    document = json.loads(inputs(made, PROFILE)["test-more"]["rawIgnition"])
    assert document["passwd"]["users"][0]["sshAuthorizedKeys"] == [ACCESS["ssh_public_key"]]
    delivery = made["test-more-files"]
    assert delivery.inputs["connection"]["privateKey"] == "private half"
    assert delivery.inputs["connection"]["dialErrorLimit"] == 720
    assert {"connection", "stdin"} <= delivery.secrets
    (provider,) = made.of_type("pulumi:providers:matchbox")
    assert provider.name == "more-matchbox"
    component = made.component("tradewind:bare_metal:WorkerPool")
    assert made.outputs[component.urn] == {"addresses": {"more": "more.example.com"}}
    assert {each.parent for each in made.resources if each.urn != component.urn} == {component.urn}
