"""The life of a cluster on DigitalOcean, with plugins that record, and previews of both examples."""

import pytest
import yaml

from tests.clouds.lifecycle import Lifecycle, WholeLifecycle
from tests.clouds.stack import cloud_stack
from tests.unit.platforms.test_digital_ocean_spec import ARGS
from tools.paths import CHECKOUT

DROPLETS = {"fedora-coreos": 6, "flatcar": 5}


class TestFedoraCoreos(WholeLifecycle):
    platform = "digital-ocean"
    example = "digital-ocean-fedora-coreos"
    cluster = {**ARGS, "workers": 2}  # noqa: RUF012
    larger = {"worker_machine": {"size": "c-4"}}  # noqa: RUF012

    def test_another_size_changes_workers_in_place_and_nothing_else(self, lifecycle):
        steps = self.changes(lifecycle, **self.larger)
        assert {name: step.op for name, step in steps.items()} == {
            f"test-worker-{index}": "update" for index in range(2)
        }

    def test_a_droplet_that_is_replaced_gets_its_files_and_its_name_the_new_address(self, lifecycle, monkeypatch):
        monkeypatch.setitem(lifecycle.environment, "TRADEWIND_REPLACE", "test-worker-1")
        monkeypatch.setitem(lifecycle.environment, "TRADEWIND_IMAGE_RELEASE", "2")
        steps = {name: step.op for name, step in self.changes(lifecycle).items()}
        assert set(steps) == {f"test-worker-1{part}" for part in ("", "-host-key", "-files", "-address")}
        assert "replace" in steps["test-worker-1"]
        assert steps["test-worker-1-address"] == "update"


class TestFlatcar(Lifecycle):
    platform = "digital-ocean"
    example = "digital-ocean-flatcar"
    cluster = {  # noqa: RUF012
        **ARGS,
        "operating_system": "flatcar",
        "workers": 2,
        "api_load_balancer": True,
        "ingress_load_balancer": True,
        "api_allowed_cidrs": ["203.0.113.0/24"],
    }

    def test_a_load_balancer_that_is_opened_gets_another_list(self, lifecycle):
        steps = self.changes(lifecycle, api_allowed_cidrs=["0.0.0.0/0", "::/0"])
        assert {name: step.op for name, step in steps.items()} == {"test-api": "update"}
        before, after = (
            step["inputs"]["firewall"]["allows"] for step in (steps["test-api"].old, steps["test-api"].new)
        )
        assert before[0] == "cidr:203.0.113.0/24"
        assert len(before) == 4
        assert after == ["cidr:0.0.0.0/0"]


@pytest.mark.parametrize("system", DROPLETS)
def test_an_example_can_be_previewed(clouds, tmp_path, system):
    document = yaml.safe_load((CHECKOUT / f"stacks/Pulumi.digital-ocean-{system}.yaml").read_text())["config"]
    stack = cloud_stack(clouds, tmp_path, document["tradewind:platform"], document["tradewind:cluster"])
    droplets = [step for step in stack.changes() if "digitalocean:index/droplet:Droplet" in step.urn]
    assert [step.op for step in droplets] == ["create"] * DROPLETS[system]
