"""The stand-in `tls` plugin: what replaces, what updates, and renewal."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.tls_plugin import ECDSA, KEY, LOCAL, REQUEST, SELF
from tools.plugins.base.values import UNKNOWN, Secret, reveal
from tools.plugins.base.wire import decode

NONE = 1


@pytest.mark.parametrize("kind", ["ca", "leaf"])
def test_early_renewal_alone_updates_in_place(plugin, kind, request):
    made, inputs = request.getfixturevalue(kind), request.getfixturevalue(f"{kind}_inputs")
    answer = plugin.diff(made, inputs | {"earlyRenewalHours": 2})
    assert (list(answer.diffs), list(answer.replaces)) == (["earlyRenewalHours"], [])
    for preview in (True, False):
        updated = plugin.update(made, inputs | {"earlyRenewalHours": 2}, preview=preview)
        assert updated.outputs == made.outputs | {"earlyRenewalHours": 2}


@pytest.mark.parametrize("token", [SELF, LOCAL])
def test_inside_its_window_a_certificate_is_replaced(plugin, token, ca_inputs, leaf_inputs):
    inputs = ca_inputs if token == SELF else leaf_inputs
    inputs = inputs | {"earlyRenewalHours": inputs["validityPeriodHours"]}
    made = plugin.create(token, inputs)
    assert made.outputs["readyForRenewal"] is False
    answer = plugin.diff(made, inputs)
    assert (list(answer.diffs), list(answer.replaces)) == (["readyForRenewal"], ["readyForRenewal"])


def test_an_expired_certificate_is_replaced(plugin, ca_inputs):
    inputs = ca_inputs | {"validityPeriodHours": 0}
    made = plugin.create(SELF, inputs)
    assert list(plugin.diff(made, inputs).replaces) == ["readyForRenewal"]


def test_the_window_opens_at_its_hour(plugin, ca, ca_inputs):
    """The end of validity as the official plugin writes it, in any zone."""
    inputs = ca_inputs | {"earlyRenewalHours": 5}

    def replaces(offset_seconds, zone):
        end = datetime.fromtimestamp(time.time() + 5 * 3600 + offset_seconds, UTC) + timedelta(hours=zone)
        text = end.strftime("%Y-%m-%dT%H:%M:%S") + ".123456789" + (f"{zone:+03}:00" if zone else "Z")
        ca_state = type(ca)(ca.urn, ca.id, ca.inputs, ca.outputs | {"validityEndTime": text, "earlyRenewalHours": 5})
        return list(plugin.diff(ca_state, inputs).replaces)

    for zone in (0, 2, -7):
        assert replaces(120, zone) == []
        assert replaces(-120, zone) == ["readyForRenewal"]


def test_a_refresh_records_that_the_window_is_open(plugin, ca_inputs):
    inputs = ca_inputs | {"earlyRenewalHours": 48}
    made = plugin.create(SELF, inputs)
    outputs = decode(plugin.read(SELF, made.id, made).properties)
    assert outputs == made.outputs | {"readyForRenewal": True}
    closed = type(made)(made.urn, made.id, made.inputs, outputs)
    answer = plugin.diff(closed, inputs | {"earlyRenewalHours": 0})
    assert (list(answer.diffs), list(answer.replaces)) == (["earlyRenewalHours", "readyForRenewal"], [])


def test_previews_know_what_is_given(plugin, leaf_inputs):
    made = plugin.create(LOCAL, leaf_inputs | {"caCertPem": UNKNOWN}, preview=True)
    unknown = {name for name, value in made.outputs.items() if reveal(value) is UNKNOWN}
    assert unknown == {"caCertPem", "caKeyAlgorithm", "certPem", "id", "validityStartTime", "validityEndTime"}
    assert made.outputs["allowedUses"] == leaf_inputs["allowedUses"]
    assert isinstance(made.outputs["caPrivateKeyPem"], Secret)


def test_unchanged_things_have_no_difference(plugin, ca, ca_inputs, leaf, leaf_inputs):
    key = plugin.create(KEY, ECDSA)
    for made, inputs in ((key, ECDSA), (ca, ca_inputs), (leaf, leaf_inputs)):
        answer = plugin.diff(made, inputs)
        assert (answer.changes, list(answer.diffs), list(answer.replaces)) == (NONE, [], [])


@pytest.mark.parametrize(
    ("change", "replaces"),
    [
        ({"dnsNames": ["b.example"]}, ["dnsNames"]),
        ({"subject": {"commonName": "b"}}, ["subject"]),
        ({"subject": None}, ["subject"]),
        ({"uris": ["x://y"]}, ["uris"]),
        ({"privateKeyPem": UNKNOWN}, ["privateKeyPem"]),
    ],
)
def test_every_change_makes_another_request(plugin, key, change, replaces):
    inputs = {"privateKeyPem": key, "dnsNames": ["a.example"], "subject": {"commonName": "a"}}
    answer = plugin.diff(plugin.create(REQUEST, inputs), inputs | change)
    assert (list(answer.diffs), list(answer.replaces)) == (replaces, replaces)


@pytest.mark.parametrize(
    ("change", "replaces"),
    [
        ({"validityPeriodHours": 49}, ["validityPeriodHours"]),
        ({"subject": {"commonName": "ca"}}, ["subject"]),
        ({"allowedUses": ["cert_signing"]}, ["allowedUses"]),
        ({"isCaCertificate": False}, ["isCaCertificate"]),
        ({"dnsNames": ["a"]}, ["dnsNames"]),
        ({"ipAddresses": ["1.1.1.1"]}, ["ipAddresses"]),
        ({"maxPathLength": 1}, ["maxPathLength"]),
        ({"setSubjectKeyId": True}, ["setSubjectKeyId"]),
        ({"privateKeyPem": UNKNOWN}, ["privateKeyPem"]),
    ],
)
def test_what_replaces_a_self_signed_certificate(plugin, ca, ca_inputs, change, replaces):
    answer = plugin.diff(ca, ca_inputs | change)
    assert (list(answer.diffs), list(answer.replaces)) == (replaces, replaces)
    assert not answer.deleteBeforeReplace


@pytest.mark.parametrize("name", ["caCertPem", "caPrivateKeyPem", "certRequestPem", "validityPeriodHours"])
def test_an_unknown_input_replaces_a_signed_certificate(plugin, leaf, leaf_inputs, name):
    answer = plugin.diff(leaf, leaf_inputs | {name: UNKNOWN})
    assert (list(answer.diffs), list(answer.replaces)) == ([name], [name])
