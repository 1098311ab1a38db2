"""What the components of clusters keep in the state, and which updates they refuse."""

from typing import Any

import pulumi
import pytest

from tradewind.errors import SpecError
from tradewind.platforms.component import _keep

MEMBERS = {"etcd_members": {"test-controller-0": "https://test-etcd0.example.com:2380"}}
STAYS = {**MEMBERS, "controller_architecture": "amd64", "controller_zones": "none"}


def update(before: dict[str, Any] | None, now: dict[str, Any]) -> pulumi.ResourceHookArgs:
    return pulumi.ResourceHookArgs("urn", "", "test", "tradewind:azure:Cluster", old_inputs=before, new_inputs=now)


@pytest.mark.parametrize("before", [None, {}, MEMBERS, {**MEMBERS, "controller_architecture": "amd64"}, STAYS])
def test_the_same_and_the_state_of_an_earlier_version_are_taken(before: dict[str, Any] | None) -> None:
    _keep(update(before, STAYS))


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"etcd_members": {}}, "controllers"),
        ({"controller_architecture": "arm64"}, "architecture"),
        ({"controller_zones": "some"}, "zones"),
    ],
)
def test_another_value_is_refused(changes: dict[str, Any], path: str) -> None:
    with pytest.raises(SpecError) as refused:
        _keep(update(STAYS, {**STAYS, **changes}))
    assert [problem.path for problem in refused.value.problems] == [path]


@pytest.mark.parametrize("missing", STAYS)
def test_what_is_not_told_any_more_is_refused(missing: str) -> None:
    with pytest.raises(SpecError):
        _keep(update(STAYS, {key: value for key, value in STAYS.items() if key != missing}))
