"""The unit and the rules that keep pods from the metadata service, as text."""

import pytest

from tests.support.systemd_units import parsed
from tradewind.choices import OperatingSystem
from tradewind.host.metadata import METADATA_ADDRESS, UNIT_NAME, without_pods
from tradewind.host.options import FEDORA_COREOS, FLATCAR, HostDelta

SYSTEMS = pytest.mark.parametrize("delta", [FEDORA_COREOS, FLATCAR], ids=["fedora-coreos", "flatcar"])


def of_one(delta: HostDelta, *addresses: list[str]) -> HostDelta:
    return without_pods({OperatingSystem.FLATCAR: delta}, *addresses)[OperatingSystem.FLATCAR]


@SYSTEMS
def test_rules_and_unit_are_added_to_what_is_there(delta: HostDelta) -> None:
    closed = of_one(delta)
    assert (closed.files[:-1], closed.units[:-1]) == (delta.files, delta.units)
    unit, rules = closed.units[-1], closed.files[-1]
    assert (unit.name, unit.enabled) == (UNIT_NAME, True)
    sections = {section: dict(values) for section, values in parsed(unit.contents or "").items()}
    assert sections["Unit"]["Before"] == "kubelet.service"
    assert sections["Install"] == {"WantedBy": "multi-user.target"}
    # At a shutdown, too, they stay for as long as pods do.
    assert sections["Unit"]["DefaultDependencies"] == "no"
    assert sections["Service"] == {
        "Type": "oneshot",
        "RemainAfterExit": "yes",
        "ExecStart": f"/usr/sbin/nft --file {rules.path}",
        "ExecStop": "/usr/sbin/nft delete table ip pod-metadata",
    }


def test_the_rules_are_of_the_forward_hook_and_of_one_port() -> None:
    rules = of_one(FEDORA_COREOS).files[-1].content
    assert METADATA_ADDRESS == "169.254.169.254"
    assert "type filter hook forward priority filter; policy accept;" in rules
    assert [line.strip() for line in rules.splitlines() if "reject" in line] == [
        "ip daddr { 169.254.169.254 } tcp dport 80 reject with tcp reset"
    ]


def test_a_cloud_may_have_several_addresses() -> None:
    rules = of_one(FEDORA_COREOS, [METADATA_ADDRESS, "168.63.129.16"]).files[-1].content
    assert "ip daddr { 169.254.169.254, 168.63.129.16 } tcp dport 80 reject" in rules
