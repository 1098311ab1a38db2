"""The life of a platform's cluster, with plugins that record: what each change of its arguments does, and what not.

A platform's module derives a class named `Test...` for each example, one of them from `WholeLifecycle`:

    class TestFedoraCoreos(WholeLifecycle):
        platform = "aws"
        example = "aws-fedora-coreos"
        cluster = {"name": "example", ...}
        larger = {"worker_machine": {"instance_type": "m7i.large"}}
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from tests.clouds.stack import CloudStack
from tests.support.golden import assert_golden
from tests.support.pulumi_stack import Step
from tradewind.versions import RELEASES

_DEFAULT_PROVIDER = re.compile(r"pulumi:providers:[^:]+::default")


class Lifecycle:
    """Tests of one example; its stack is up before the first and destroyed after the last (fixture `lifecycle`)."""

    platform: ClassVar[str]
    """`tradewind:platform`."""
    example: ClassVar[str]
    """Name of its golden list of URNs."""
    cluster: ClassVar[Mapping[str, Any]]
    """`tradewind:cluster`: one controller and two workers."""
    settings: ClassVar[Mapping[str, Any]] = {}
    """Further settings of the stack by their full keys, such as the provider's region."""

    @pytest.fixture(autouse=True)
    def _as_it_was(self, lifecycle: CloudStack) -> Iterator[None]:
        yield
        lifecycle.configure(self.cluster, **self.settings)

    @classmethod
    def changes(cls, stack: CloudStack, **fields: Any) -> dict[str, Step]:
        """What a preview does with changed fields of `cluster`, by the resource's name."""
        stack.configure({**cls.cluster, **fields}, **cls.settings)
        return {step.name: step for step in stack.changes()}

    def test_every_resource_is_one_of_the_list(self, lifecycle: CloudStack) -> None:
        assert_golden(f"cloud-urns/{self.example}.txt", urns(lifecycle.recorded()))

    def test_unchanged_arguments_change_nothing(self, lifecycle: CloudStack) -> None:
        assert self.changes(lifecycle) == {}

    def test_another_kubernetes_version_is_delivered_and_replaces_no_controller(self, lifecycle: CloudStack) -> None:
        newest = max(RELEASES, key=_numbers)
        steps = self.changes(lifecycle, kubernetes_version=newest)
        deliveries = [name for name in controllers(steps) if name.endswith("-files")]
        assert len(deliveries) == self.cluster.get("controllers", 1)
        for name in controllers(steps):
            assert steps[name].op == "update", name
        for name in deliveries:
            shown = [path for path in steps[name].diffs if "kube_apiserver_yaml" in path]
            assert shown == ["environment.TRADEWIND_etc_kubernetes_manifests_kube_apiserver_yaml"]
            manifest = steps[name].new["inputs"]["environment"][shown[0].removeprefix("environment.")]
            assert f"kube-apiserver:{newest}" in manifest

    def test_no_private_key_is_in_the_state_in_plain_text(self, lifecycle: CloudStack) -> None:
        assert "PRIVATE KEY" not in lifecycle.state_text()


class WholeLifecycle(Lifecycle):
    """All that can happen to a cluster; once for a platform."""

    larger: ClassVar[Mapping[str, Any]] = {}
    """Changed fields of `cluster` that give workers another type of machine, where machines have types."""

    @pytest.fixture(scope="class")
    @classmethod
    def walk(cls, lifecycle: CloudStack) -> "Walk":
        """One update after the other, the last of which makes everything as it was."""
        token = {"bootstrap_token": {"validity_hours": 1000}}
        more = cls.update(lifecycle, **cls.workers(3))
        fewer = cls.update(lifecycle, **cls.workers(1))
        planned = cls.changes(lifecycle, **cls.workers(1), **token)
        renewed = cls.update(lifecycle, **cls.workers(1), **token)
        larger = cls.update(lifecycle, **cls.workers(1), **token, **cls.larger)
        return Walk(more, fewer, planned, renewed, larger, again=cls.update(lifecycle))

    def test_more_workers_leave_every_machine_alone(self, walk: "Walk") -> None:
        assert walk.more.made or walk.more.updated
        assert not walk.more.gone
        assert not walk.more.replaced
        assert controllers(walk.more.touched) == []

    def test_fewer_workers_remove_no_other(self, walk: "Walk") -> None:
        assert walk.fewer.gone or walk.fewer.updated
        assert not walk.fewer.made
        assert not walk.fewer.replaced
        assert controllers(walk.fewer.touched) == []

    def test_a_new_bootstrap_token_replaces_no_machine(self, walk: "Walk") -> None:
        assert walk.renewed.replaced == {name for name, step in walk.planned.items() if step.op == "replace"}
        assert {name for name in walk.renewed.replaced if "-bootstrap-token" not in name} == set()
        assert any(name.endswith("-bootstrap-token-secret") for name in walk.renewed.replaced)
        assert not walk.renewed.made
        assert not walk.renewed.gone

    def test_another_type_of_workers_leaves_controllers_alone(self, walk: "Walk") -> None:
        assert bool(walk.larger.touched) == bool(self.larger)
        assert controllers(walk.larger.touched) == []

    def test_what_comes_back_is_the_same(self, walk: "Walk", lifecycle: CloudStack) -> None:
        assert not walk.again.gone
        assert_golden(f"cloud-urns/{self.example}.txt", urns(lifecycle.recorded()))

    def test_a_new_image_of_the_operating_system_changes_nothing(
        self, lifecycle: CloudStack, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(lifecycle.environment, "TRADEWIND_IMAGE_RELEASE", "2")
        assert self.changes(lifecycle) == {}

    def test_another_number_of_controllers_is_refused_before_anything_is_changed(self, lifecycle: CloudStack) -> None:
        before = lifecycle.recorded(show_secrets=True)
        lifecycle.configure({**self.cluster, **self.other_controllers()}, **self.settings)
        for command in (["preview"], ["up", "--yes", "--skip-preview"]):
            message = lifecycle.fails(*command, "--stack", "test")
            assert re.search(r"controllers: \d \(.*\) must stay \d \(.*\), as etcd's members can't be changed", message)
        assert lifecycle.recorded(show_secrets=True) == before

    @classmethod
    def update(cls, stack: CloudStack, **fields: Any) -> "Update":
        """Run `up` with changed fields of `cluster`."""
        before = stack.recorded(show_secrets=True)
        stack.configure({**cls.cluster, **fields}, **cls.settings)
        stack.up()
        return Update.between(before, stack.recorded(show_secrets=True))

    @classmethod
    def workers(cls, count: int) -> dict[str, Any]:
        """The fields of `cluster` for so many workers."""
        return {"workers": count}

    @classmethod
    def other_controllers(cls) -> dict[str, Any]:
        """The fields of `cluster` for another number of controllers."""
        return {"controllers": 3 if cls.cluster.get("controllers", 1) == 1 else 1}


@dataclass(frozen=True)
class Walk:
    """Updates of a cluster of two workers, one after the other."""

    more: "Update"
    """To three workers."""
    fewer: "Update"
    """To one."""
    planned: dict[str, Step]
    """What a preview says of the next one."""
    renewed: "Update"
    """Another bootstrap token."""
    larger: "Update"
    """Another type of workers, if there are types."""
    again: "Update"
    """To what was at first."""


@dataclass(frozen=True)
class Update:
    """What an `up` did: names of resources, as the state has them."""

    made: set[str]
    gone: set[str]
    replaced: set[str]
    updated: set[str]

    @property
    def touched(self) -> set[str]:
        """All of them."""
        return self.made | self.gone | self.replaced | self.updated

    @classmethod
    def between(cls, before: Mapping[str, Any], after: Mapping[str, Any]) -> "Update":
        """What lies between two states."""
        both = before.keys() & after.keys()
        replaced = {urn for urn in both if _made(before[urn]) != _made(after[urn])}
        updated = {urn for urn in both - replaced if before[urn].get("inputs") != after[urn].get("inputs")}
        return cls(
            made=_names(after.keys() - both),
            gone=_names(before.keys() - both),
            replaced=_names(replaced),
            updated=_names(updated),
        )


def urns(recorded: Mapping[str, Any]) -> str:
    """The URNs as golden lists have them: of any stack, without what the engine makes by itself."""
    own = [urn for urn in recorded if "pulumi:pulumi:Stack::" not in urn and not _DEFAULT_PROVIDER.search(urn)]
    return "".join(sorted(f"{re.sub('^urn:pulumi:[^:]+::[^:]+', 'urn:pulumi:stack::project', urn)}\n" for urn in own))


def controllers(names: Iterable[str]) -> list[str]:
    """The resources that are about a controller."""
    return [name for name in names if "-controller-" in name]


def _made(resource: Mapping[str, Any]) -> tuple[Any, Any]:
    """The same as long as a resource is not replaced. Components have neither."""
    return resource.get("id"), resource.get("created")


def _names(urns: Iterable[str]) -> set[str]:
    return {urn.rpartition("::")[2] for urn in urns}


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.removeprefix("v").split(".")]
