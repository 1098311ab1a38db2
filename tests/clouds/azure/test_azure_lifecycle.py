"""The life of the example clusters on Azure, with plugins that record."""

from tests.clouds import platforms
from tests.clouds.lifecycle import Lifecycle, WholeLifecycle, controllers
from tests.clouds.stack import CloudStack


class TestFedoraCoreos(WholeLifecycle):
    platform = "azure"
    example = "azure-fedora-coreos"
    cluster = platforms.example("azure", "fedora-coreos")
    larger = {"worker_machine": {"type": "Standard_D4as_v5"}}  # noqa: RUF012

    def test_another_type_of_workers_makes_a_new_scale_set(self, lifecycle: CloudStack) -> None:
        steps = self.changes(lifecycle, **self.larger)
        assert {name: step.op for name, step in steps.items()} == {
            "demo-worker": "replace",
            "demo-worker-maintain-desired": "replace",
        }

    def test_zones_where_there_were_none_are_refused_before_anything_is_changed(self, lifecycle: CloudStack) -> None:
        # An availability set and an internal address cannot follow.
        lifecycle.configure({**self.cluster, "zones": ["1"]}, **self.settings)
        message = lifecycle.fails("preview", "--stack", "test")
        assert "zones: some must stay none, as controllers can't be moved" in message

    def test_encryption_by_the_host_is_for_new_machines(self, lifecycle: CloudStack) -> None:
        steps = self.changes(lifecycle, encryption_at_host=True)
        assert steps["demo-worker"].op == "replace"
        assert controllers(steps) == []

    def test_an_image_that_is_chosen_is_for_new_workers(self, lifecycle: CloudStack) -> None:
        steps = self.changes(lifecycle, image_id=self.cluster["image_id"].replace("1.0.0", "1.0.1"))
        assert {name: step.op for name, step in steps.items()} == {"demo-worker": "update"}


class TestFlatcar(Lifecycle):
    platform = "azure"
    example = "azure-flatcar"
    cluster = platforms.example("azure", "flatcar")

    def test_other_zones_are_for_new_machines_and_none_are_refused(self, lifecycle: CloudStack) -> None:
        assert controllers(self.changes(lifecycle, zones=["3", "2"])) == []
        lifecycle.configure({key: value for key, value in self.cluster.items() if key != "zones"}, **self.settings)
        message = lifecycle.fails("preview", "--stack", "test")
        assert "zones: none must stay some, as controllers can't be moved" in message

    def test_another_stream_makes_new_scale_sets_and_leaves_controllers_alone(self, lifecycle: CloudStack) -> None:
        steps = self.changes(lifecycle, os_stream="beta")
        sets = {"demo-worker", "demo-spot"}
        assert {name for name, step in steps.items() if step.op == "replace"} == {
            *sets,
            *(f"{name}-maintain-desired" for name in sets),
        }
        assert controllers(steps) == []
