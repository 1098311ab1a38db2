"""A bootstrap token asks a real API server for certificates: the policy refuses names of nodes that are alive."""

import contextlib
import json
import time
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from tests.support.apiserver import ApiServer
from tests.support.signing_requests import (
    BMP,
    COMMON_NAME,
    ORGANIZATION,
    UTF8,
    attribute,
    new_key,
    part,
    pem,
    request_object,
    signed,
    subject,
    tlv,
)
from tradewind.manifests import bootstrap_policy
from tradewind.serialize import to_yaml, to_yaml_stream

ALIVE, NOT_READY, LOST, BARE = "worker-0", "worker-1", "worker-2", "worker-3"
STATUS = {ALIVE: "True", NOT_READY: "False", LOST: "Unknown", BARE: None}
AS_TOKEN = ("--as=system:bootstrap:abc123", "--as-group=system:bootstrappers")
# Stands for the bindings of the token's group, whose roles this server does not have to know.
MAY_ASK = "--as-group=system:masters"
FORM = "must be a signing request as kubelets make it"
PATIENCE_SECONDS = 30

NODES = part(attribute(ORGANIZATION, "system:nodes"))


def user(node: str) -> str:
    return f"system:node:{node}"


def named(node: str) -> bytes:
    return part(attribute(COMMON_NAME, user(node)))


PLAIN = signed(subject(user(ALIVE)), new_key())
_KEY_TYPE = tlv(0x30, b"\x30\x13\x06\x07*\x86H\xce=\x02\x01")

OTHER_FORMS = {
    "two names": tlv(0x30, NODES, named("new"), named(ALIVE)),
    "two names, the other way round": tlv(0x30, NODES, named(ALIVE), named("new")),
    "two names in one part": tlv(
        0x30, NODES, part(attribute(COMMON_NAME, user("new")), attribute(COMMON_NAME, user(ALIVE)))
    ),
    "name first": tlv(0x30, named(ALIVE), NODES),
    "UTF-8 name": tlv(0x30, NODES, part(attribute(COMMON_NAME, user(ALIVE), UTF8))),
    "UTF-16 name": tlv(0x30, NODES, part(attribute(COMMON_NAME, user(ALIVE), BMP))),
    "UTF-8 organization": tlv(0x30, part(attribute(ORGANIZATION, "system:nodes", UTF8)), named(ALIVE)),
    "bytes after the name": tlv(0x30, NODES, part(attribute(COMMON_NAME, user(ALIVE), trailing=b"00"))),
    "a key after the name": tlv(0x30, NODES, part(attribute(COMMON_NAME, user(ALIVE), trailing=_KEY_TYPE))),
    "another organization": tlv(0x30, part(attribute(ORGANIZATION, "system:masters")), named(ALIVE)),
    "no organization": tlv(0x30, named(ALIVE)),
    "nothing": tlv(0x30),
    "a user": subject("kubernetes-admin"),
    "a third part": tlv(0x30, NODES, named(ALIVE), part(attribute(bytes.fromhex("0603550405"), "1"))),
}
OTHER_REQUESTS = {
    **{name: signed(each, new_key()) for name, each in OTHER_FORMS.items()},
    "another curve": signed(subject(user(ALIVE)), ec.generate_private_key(ec.SECP384R1())),
    "Ed25519": signed(subject(user(ALIVE)), ed25519.Ed25519PrivateKey.generate()),
    "text before": "text\n" + PLAIN,
    "text after": PLAIN + "text\n",
    "a broken block before": pem(b"x").replace("eA==", "e===") + PLAIN,
    "a block of another request before": signed(subject(user("new")), new_key()) + PLAIN,
    "headers": PLAIN.replace("REQUEST-----\n", "REQUEST-----\nName: value\n\n", 1),
    "carriage returns": PLAIN.replace("\n", "\r\n"),
    "no last line end": PLAIN.rstrip("\n"),
}


@pytest.fixture(scope="module")
def forms(api_server: ApiServer) -> Iterator[ApiServer]:
    """The API server with the policy of forms in force."""
    with with_forms(api_server):
        yield api_server


@pytest.fixture(scope="module")
def names(forms: ApiServer) -> Iterator[ApiServer]:
    """The API server with nodes, and both policies in force."""
    with with_names(forms):
        yield forms


@contextlib.contextmanager
def with_forms(server: ApiServer) -> Iterator[None]:
    with applied(server, [bootstrap_policy.request_form(), bootstrap_policy.request_form_binding()]):
        wait_until_refused(server, OTHER_REQUESTS["Ed25519"])
        yield


@contextlib.contextmanager
def with_names(server: ApiServer) -> Iterator[None]:
    nodes = [
        {"apiVersion": "v1", "kind": "Node", "metadata": {"name": node, "labels": {"kubernetes.io/hostname": node}}}
        for node in STATUS
    ]
    with applied(server, [*nodes, bootstrap_policy.node_name(), bootstrap_policy.node_name_binding()]):
        for node, status in STATUS.items():
            set_ready(server, node, status)
        wait_until_refused(server, PLAIN)
        yield


@contextlib.contextmanager
def applied(server: ApiServer, objects: list[dict]) -> Iterator[None]:
    stream = to_yaml_stream(objects)
    server.kubectl("apply", "--server-side", "-f", "-", stdin=stream)
    try:
        yield
    finally:
        server.kubectl("delete", "-f", "-", stdin=stream)


def wait_until_refused(server: ApiServer, request: str) -> None:
    """A policy is in force some seconds after it was applied."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not ask(server, request):
        assert time.monotonic() < end, "the policy is not in force"


def set_ready(server: ApiServer, node: str, status: str | None) -> None:
    condition = {"type": "Ready", "status": status, "reason": "Test"}
    patch = json.dumps({"status": {"conditions": [condition] if status else []}})
    server.kubectl("patch", "node", node, "--subresource=status", "--type=merge", f"--patch={patch}")


def ask(server: ApiServer, request: str, *identity: str, signer: str | None = None) -> str:
    """Ask for a certificate without leaving anything; what the server answers, or nothing if it would take it."""
    entry = request_object("asked", request, **({"signer": signer} if signer else {}))
    try:
        server.kubectl("create", "--dry-run=server", *(identity or AS_TOKEN), MAY_ASK, "-f", "-", stdin=to_yaml(entry))
    except AssertionError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("request_pem", OTHER_REQUESTS.values(), ids=OTHER_REQUESTS)
def test_what_no_kubelet_sends_is_refused(forms: ApiServer, request_pem: str) -> None:
    """Most of these are requests to the signer, in whose subject it reads what a hastier policy would not."""
    assert FORM in ask(forms, request_pem)


@pytest.mark.parametrize(
    "name", ["two names", "UTF-16 name", "bytes after the name", "a broken block before", "Ed25519"]
)
def test_the_signer_would_read_them(forms: ApiServer, name: str) -> None:
    assert ask(forms, OTHER_REQUESTS[name], "--as=somebody") == ""


def test_a_name_longer_than_any_hosts_is_refused(forms: ApiServer) -> None:
    assert "at most 81 characters" in ask(forms, signed(subject(user("n" * 82)), new_key()))


def test_renewals_and_other_signers_are_left_alone(names: ApiServer) -> None:
    assert ask(names, PLAIN, f"--as={user(ALIVE)}", "--as-group=system:nodes") == ""
    assert ask(names, PLAIN, signer="example.com/clients") == ""


@pytest.mark.parametrize("node", [ALIVE, NOT_READY])
def test_the_name_of_a_node_that_is_alive_is_refused(names: ApiServer, node: str) -> None:
    answer = ask(names, signed(subject(user(node)), new_key()))
    assert "ValidatingAdmissionPolicy 'bootstrap-node-name'" in answer
    assert f"denied request: node {node} is alive; its name is free when" in answer


@pytest.mark.parametrize(
    "node",
    [LOST, BARE, "new", f"{ALIVE}0", ALIVE[:-1], "a", "n" * 64, "n" * 81, "ip-10-0-0-1.us-west-2.compute.internal"],
)
def test_every_other_name_is_free(names: ApiServer, node: str) -> None:
    assert ask(names, signed(subject(user(node)), new_key())) == ""


def test_a_node_comes_back_when_the_old_one_is_lost_or_deleted(names: ApiServer) -> None:
    set_ready(names, LOST, "True")
    request = signed(subject(user(LOST)), new_key())
    try:
        assert f"node {LOST} is alive" in ask(names, request)
    finally:
        set_ready(names, LOST, "Unknown")
    assert ask(names, request) == ""
