"""The life of a cluster on bare metal, with plugins that record, and previews of both examples."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.clouds.lifecycle import Lifecycle, WholeLifecycle, controllers
from tests.clouds.stack import CloudStack, cloud_stack
from tests.support.pulumi_stack import StackRunner
from tests.unit.platforms.bare_metal_arguments import ARGS, FLATCAR, THREE, machine
from tools.paths import CHECKOUT
from tradewind.versions import DEFAULT_VERSION, RELEASES

OTHER_VERSION = next(version for version in RELEASES if version != DEFAULT_VERSION)
CONTROLLER = machine("controller-0", 16)
PROFILE = "matchbox:index/profile:Profile"
PROFILES = {"fedora-coreos": 5, "flatcar": 4}


def workers(count: int) -> dict[str, Any]:
    return {"workers": [machine(f"worker-{place}", 32 + place) for place in range(count)]}


class BareMetalLifecycle(Lifecycle):
    platform = "bare-metal"
    settings = {  # noqa: RUF012
        "matchbox:endpoint": "matchbox.example.com:8081",
        "matchbox:ca": "ca",
        "matchbox:clientCert": "certificate",
        "matchbox:clientKey": "key",
    }

    @classmethod
    def workers(cls, count: int) -> dict[str, Any]:
        return workers(count)

    @classmethod
    def other_controllers(cls) -> dict[str, Any]:
        return THREE

    def test_another_kubernetes_version_is_delivered_and_replaces_no_controller(self, lifecycle: CloudStack) -> None:
        steps = self.changes(lifecycle, kubernetes_version=OTHER_VERSION)
        # Matchbox has another first boot for the next installation.
        assert PROFILE in steps["test-controller-0"].urn
        assert {name: steps[name].op for name in controllers(steps)} == {
            "test-controller-0": "replace",
            "test-controller-0-files": "update",
        }


class TestFedoraCoreos(BareMetalLifecycle, WholeLifecycle):
    example = "bare-metal-fedora-coreos"
    cluster = {**ARGS, "controllers": [CONTROLLER], **workers(2)}  # noqa: RUF012

    def test_another_installation_is_told_to_matchbox_alone(self, lifecycle: CloudStack) -> None:
        steps = self.changes(lifecycle, kernel_args=["console=ttyS0"])
        assert len(steps) == 3
        assert all(PROFILE in step.urn for step in steps.values())

    def test_a_machine_that_was_installed_anew_gets_its_files_again(self, lifecycle: CloudStack) -> None:
        steps = self.changes(lifecycle, controllers=[{**CONTROLLER, "generation": 1}])
        assert controllers(steps) == ["test-controller-0-host-key", "test-controller-0-files"]


class TestFlatcar(BareMetalLifecycle):
    example = "bare-metal-flatcar"
    cluster = {**FLATCAR, "cached_install": True, "controllers": [CONTROLLER], **workers(2)}  # noqa: RUF012


@pytest.mark.parametrize("system", PROFILES)
def test_an_example_can_be_previewed(clouds: StackRunner, tmp_path: Path, system: str) -> None:
    config = yaml.safe_load((CHECKOUT / f"stacks/Pulumi.bare-metal-{system}.yaml").read_text())["config"]
    stack = cloud_stack(clouds, tmp_path, config.pop("tradewind:platform"), config["tradewind:cluster"])
    stack.configure(config.pop("tradewind:cluster"), **config)
    profiles = [step for step in stack.changes() if PROFILE in step.urn]
    assert [step.op for step in profiles] == ["create"] * PROFILES[system]
