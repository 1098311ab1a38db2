"""The life of the stored examples on AWS, with plugins that record."""

from tests.clouds.lifecycle import Lifecycle, WholeLifecycle, controllers
from tests.clouds.platforms import example as stored
from tests.clouds.stack import CloudStack

SETTINGS = {"aws:region": "eu-central-1"}


class TestFedoraCoreos(WholeLifecycle):
    platform = "aws"
    example = "aws-fedora-coreos"
    cluster = stored("aws", "fedora-coreos")
    larger = {"worker_machine": {"instance_type": "m7i.large"}}  # noqa: RUF012
    settings = SETTINGS

    def test_another_type_of_plain_workers_is_a_new_version_of_their_template_and_a_refresh(
        self, lifecycle: CloudStack
    ) -> None:
        steps = self.changes(lifecycle, **self.larger)
        changed = {step.urn.split("::")[-2].rpartition("$")[2]: sorted(step.diffs) for step in steps.values()}
        assert changed == {
            "aws:ec2/launchTemplate:LaunchTemplate": ["instanceType"],
            "aws:autoscaling/group:Group": ["tags[2].value"],
        }
        assert {step.op for step in steps.values()} == {"update"}


class TestFlatcar(Lifecycle):
    platform = "aws"
    settings = SETTINGS
    example = "aws-flatcar"
    cluster = stored("aws", "flatcar")

    def test_another_architecture_of_controllers_is_refused_before_anything_is_changed(
        self, lifecycle: CloudStack
    ) -> None:
        # The provider would replace all of them at once.
        machines = {key: {"instance_type": "t4g.medium"} for key in ("controller_machine", "worker_machine")}
        lifecycle.configure({**self.cluster, "architecture": "arm64", **machines}, **self.settings)
        message = lifecycle.fails("preview", "--stack", "test")
        assert "architecture: arm64 must stay amd64, as controllers can't get another" in message

    def test_fewer_zones_make_the_load_balancer_anew_and_leave_controllers_alone(self, lifecycle: CloudStack) -> None:
        steps = self.changes(lifecycle, zones=["eu-central-1a"])
        assert steps["demo-ingress"].op == "replace"
        assert controllers(steps) == []
