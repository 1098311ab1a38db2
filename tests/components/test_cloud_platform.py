"""What clouds' platforms have in common: keys, the bastion, user data, and what pools beside a cluster read."""

import json
from typing import Any

import pulumi
import pytest

from tests.support.recording import Secret, record
from tests.unit.test_cloud_spec import ARGS, KEY, spec
from tradewind.errors import SpecError
from tradewind.host.options import FLATCAR
from tradewind.platforms.cloud import CloudPlatform
from tradewind.platforms.worker_access import WorkerAccess, entry

DELIVERY_KEY = "openssh public test-ssh-key"


def platform(**changes: Any) -> CloudPlatform[Any]:
    return CloudPlatform(spec(**changes), {**ARGS, **changes}, FLATCAR, pulumi.ResourceOptions())


def shown(**outputs: Any) -> dict[str, Any]:
    """Outputs as a component would register them."""
    owner = pulumi.ComponentResource("test:index:Reader", "reader")
    owner.register_outputs(outputs)
    return outputs


def registered(program: Any) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in record(program).outputs.values() if each)
    return found


def test_keys_of_users_and_of_deliveries_enter_every_machine() -> None:
    made = registered(lambda: shown(data=platform(ssh_authorized_keys=[KEY]).user_data("test-controller-0")))
    (user,) = json.loads(made["data"])["passwd"]["users"]
    assert user == {"name": "core", "sshAuthorizedKeys": [DELIVERY_KEY, KEY]}


@pytest.mark.parametrize(
    ("bastion", "user", "port", "key"),
    [
        ({"host": "bastion.example.com"}, "core", 22, "openssh key test-ssh-key"),
        (
            {"host": "bastion.example.com", "user": "jump", "port": 2222, "private_key": "its key"},
            "jump",
            2222,
            "its key",
        ),
    ],
)
def test_a_bastion_has_the_clusters_key_unless_it_has_its_own(
    bastion: dict[str, Any], user: str, port: int, key: str
) -> None:
    def program() -> None:
        way = platform(bastion=bastion).ssh.bastion
        assert way is not None
        assert (way.user, way.port) == (user, port)
        shown(host=way.host, key=way.private_key)

    assert registered(program) == {"host": "bastion.example.com", "key": Secret(key)}


def test_without_one_machines_are_entered_directly() -> None:
    assert registered(lambda: shown(none=platform().ssh.bastion is None)) == {"none": True}


def test_a_pool_reads_ids_as_plain_values_and_keys_as_secrets() -> None:
    given = {
        "bootstrap_kubeconfig": "token",
        "ca_cert_pem": "ca",
        "ssh_public_key": "public",
        "ssh_private_key": "private",
        "subnet_ids": "a,b",
    }

    def program() -> None:
        access = WorkerAccess("pool", pulumi.Output.secret(given))
        keys = {"public": access.ssh_public_key, "private": access.ssh_private_key}
        shown(join=access.join, ids=access.ids("subnet_ids"), **keys)

    assert registered(program) == {
        "join": Secret({"auth/kubeconfig": "token", "tls/k8s/ca.crt": "ca"}),
        "ids": ["a", "b"],
        "public": "public",
        "private": Secret("private"),
    }


def test_what_is_missing_names_itself() -> None:
    with pytest.raises(SpecError, match=r"worker_access.subnet_ids: must be given: use the output worker_access"):
        entry("AWS cluster pool", {}, "subnet_ids")
