"""The members of etcd, and what their machines are, stay those that the cluster was made with."""

import pytest

from tradewind.errors import SpecError
from tradewind.spec.members import check_architecture, check_members, check_zones

ONE = {"test-controller-0": "https://test-etcd0.example.com:2380"}
MORE = {"test-controller-1": "https://test-etcd1.example.com:2380"}


def test_the_same_members_in_any_order_are_accepted():
    check_members({**ONE, **MORE}, {**MORE, **ONE})


@pytest.mark.parametrize(
    "now",
    [
        {**ONE, **MORE},
        MORE,
        {"test-controller-0": "https://test-etcd0.example.org:2380"},
    ],
)
def test_other_members_are_refused(now):
    with pytest.raises(SpecError) as refused:
        check_members(ONE, now)
    (problem,) = refused.value.problems
    assert problem.path == "controllers"


def test_the_message_has_both_numbers_and_what_to_do():
    with pytest.raises(SpecError) as refused:
        check_members(ONE, {**ONE, **MORE})
    assert str(refused.value).splitlines()[1] == (
        "  controllers: 2 (test-controller-0=https://test-etcd0.example.com:2380, "
        "test-controller-1=https://test-etcd1.example.com:2380) "
        "must stay 1 (test-controller-0=https://test-etcd0.example.com:2380), "
        "as etcd's members can't be changed: set them back, or make another cluster"
    )


def test_another_architecture_of_controllers_is_refused():
    check_architecture("amd64", "amd64")
    with pytest.raises(SpecError) as refused:
        check_architecture("amd64", "arm64")
    assert str(refused.value).splitlines()[1] == (
        "  architecture: arm64 must stay amd64, as controllers can't get another: set it back; pools may have their own"
    )


@pytest.mark.parametrize(("before", "now"), [("none", "some"), ("some", "none")])
def test_controllers_stay_in_zones_or_in_none(before, now):
    check_zones(before, before)
    with pytest.raises(SpecError) as refused:
        check_zones(before, now)
    assert str(refused.value).splitlines()[1] == (
        f"  zones: {now} must stay {before}, as controllers can't be moved: set them back, or make another cluster"
    )
