"""User data of clouds' machines: what is secret, what is known when, and what makes running machines make way."""

import json
from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from pulumi.output import UNKNOWN

from tests.support.recording import record
from tests.unit.arguments import arguments
from tradewind.assets import BOOTSTRAP_KUBECONFIG_ASSET, CA_ASSET, Assets
from tradewind.host.ignition import UserDataError
from tradewind.host.options import FEDORA_COREOS, FLATCAR, HostDelta
from tradewind.platforms.hosts import Host, node_options
from tradewind.platforms.user_data import GroupUserData, group_user_data, single_user_data
from tradewind.spec import ClusterSpec, cluster_spec
from tradewind.spec.platform import Node

SPEC: ClusterSpec = cluster_spec(arguments())
(MEMBER,) = SPEC.controllers
KEY = "ssh-ed25519 AAAA delivery\n"
SYSTEMS = pytest.mark.parametrize("delta", [FEDORA_COREOS, FLATCAR], ids=lambda delta: delta.name)


def controller(delta: HostDelta) -> Host:
    return Host(name=MEMBER.name, options=node_options(Node(name=MEMBER.name), delta), member=MEMBER)


def pool(delta: HostDelta, **choices: Any) -> Host:
    return Host(name="test-gpu", options=node_options(Node(name="test-gpu", **choices), delta, named=False))


FIRST, SECOND = "abcdef.0123456789abcdef", "ghijkl.0123456789abcdef"


def join(token: str = FIRST, ca_pem: str = "the authority\n") -> tuple[pulumi.Output[Assets], pulumi.Output[str]]:
    assets = {BOOTSTRAP_KUBECONFIG_ASSET: f"token: {token}\n", CA_ASSET: ca_pem}
    return pulumi.Output.secret(assets), pulumi.Output.from_input(ca_pem)


def settled(
    program: Callable[[], pulumi.Output[str] | GroupUserData], *, preview: bool = False
) -> dict[str, tuple[bool, str]]:
    """Whether each output of a program is secret, and what it is; a preview knows some of them."""
    values: dict[str, tuple[bool, str]] = {}

    def keep(name: str, output: pulumi.Output[str]) -> None:
        both = pulumi.Output.all(output.is_secret(), pulumi.Output.unsecret(output))
        both.apply(lambda pair: values.__setitem__(name, (pair[0], pair[1])))

    def run() -> None:
        made = program()
        outputs = {"text": made.text, "revision": made.revision} if isinstance(made, GroupUserData) else {"text": made}
        for name, output in outputs.items():
            keep(name, output)

    record(run, preview=preview)
    return values


def paths(text: str) -> set[str]:
    return {file["path"] for file in json.loads(text)["storage"]["files"]}


@SYSTEMS
def test_of_a_controller_nothing_is_secret(delta: HostDelta) -> None:
    made = settled(lambda: single_user_data(SPEC, controller(delta), [pulumi.Output.from_input(KEY), KEY]))
    secret, text = made["text"]
    assert not secret
    # The same key twice is one.
    assert json.loads(text)["passwd"]["users"] == [{"name": "core", "sshAuthorizedKeys": [KEY.strip()]}]
    assert "/etc/kubernetes/kubeconfig" not in paths(text)
    assert "PRIVATE KEY" not in text


@SYSTEMS
def test_of_a_group_it_holds_what_a_node_joins_with_and_is_secret(delta: HostDelta) -> None:
    made = settled(lambda: group_user_data(SPEC, pool(delta), [KEY], *join()))
    secret, text = made["text"]
    assert secret
    assert {"/etc/kubernetes/kubeconfig", "/etc/kubernetes/pki/ca.crt"} <= paths(text)
    assert "/etc/hostname" not in paths(text)
    assert made["revision"][0] is False


def revision(delta: HostDelta = FLATCAR, keys: tuple[str, ...] = (KEY,), **changes: Any) -> str:
    choices = {name: changes.pop(name) for name in list(changes) if name == "labels"}
    return settled(lambda: group_user_data(SPEC, pool(delta, **choices), keys, *join(**changes)))["revision"][1]


def test_a_new_token_is_no_reason_to_replace_machines() -> None:
    assert revision(token=SECOND) == revision()


@pytest.mark.parametrize(
    "changes",
    [
        {"ca_pem": "another\n"},
        {"labels": {"tier": "gold"}},
        {"delta": FEDORA_COREOS},
        {"keys": ("ssh-rsa AAAA other",)},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_whatever_else_changes_is_one(changes: dict[str, Any]) -> None:
    assert revision(**changes) != revision()


def test_a_preview_that_does_not_know_the_next_token_knows_that_no_machine_is_replaced() -> None:
    def program() -> GroupUserData:
        _, ca_pem = join()
        unknown: pulumi.Output[Assets] = pulumi.Output.from_input(UNKNOWN)
        return group_user_data(SPEC, pool(FLATCAR), [KEY], unknown, ca_pem)

    made = settled(program, preview=True)
    assert "text" not in made
    assert made["revision"][1] == revision()


def test_what_would_be_too_large_is_told_before_a_kubeconfig_is_known() -> None:
    labels = {f"{domain}.example.com/{index}": "v" * 63 for domain in "abc" for index in range(32)}
    asked = []

    def program() -> None:
        assets, ca_pem = join()
        later = assets.apply(lambda known: asked.append(known) or known)
        with pytest.raises(UserDataError, match="user data has"):
            group_user_data(SPEC, pool(FEDORA_COREOS, labels=labels), [KEY], later, ca_pem)
        assert asked == []

    record(program)
