"""Plugins that record, on the real engine: a network and a machine of each cloud, and what changes of them do."""

from typing import Any

import pytest

from tests.clouds.programs import PROGRAMS
from tests.clouds.stack import CloudStack, program_stack

MACHINES = {
    "aws": "aws:ec2/instance:Instance",
    "azure": "azure-native:compute:VirtualMachine",
    "google-cloud": "gcp:compute/instance:Instance",
    "digital-ocean": "digitalocean:index/droplet:Droplet",
    "bare-metal": "matchbox:index/profile:Profile",
}
FIRST = {"test:type": "small", "test:boot": "first"}


@pytest.fixture(scope="module", params=PROGRAMS)
def cloud(request):
    return request.param


@pytest.fixture(scope="module")
def stack(clouds, cloud, tmp_path_factory):
    made = program_stack(clouds, tmp_path_factory.mktemp(cloud), PROGRAMS[cloud])
    made.configure({}, **FIRST)
    made.up()
    return made


@pytest.fixture(autouse=True)
def unchanged(stack):
    yield
    stack.configure({}, **FIRST)


def changes(stack: CloudStack, **settings: str) -> dict[str, str]:
    """What a preview does with the settings, by the resource's name."""
    stack.configure({}, **FIRST | {f"test:{name}": value for name, value in settings.items()})
    return {step.name: step.op for step in stack.changes()}


def machine(stack: CloudStack, cloud: str, **options: Any) -> dict[str, Any]:
    (found,) = stack.recorded(MACHINES[cloud], **options).values()
    return found


def test_nothing_has_changed(stack):
    assert changes(stack) == {}


def test_another_type_of_a_machine(stack, cloud):
    assert changes(stack, type="large")["machine"] == ("replace" if cloud == "bare-metal" else "update")


def test_another_first_boot(stack, cloud):
    # Of Azure's machines it cannot change, which only an update tells.
    in_place = cloud in ("azure", "google-cloud")
    assert changes(stack, boot="second")["machine"] == ("update" if in_place else "replace")


def test_a_new_image_changes_nothing_where_images_are_ignored(stack, monkeypatch):
    monkeypatch.setitem(stack.environment, "TRADEWIND_IMAGE_RELEASE", "2")
    assert changes(stack) == {}


def test_secrets_are_secret_in_the_state(stack, cloud):
    assert '"first"' in str(machine(stack, cloud, show_secrets=True)).replace("'", '"')
    text = stack.state_text()
    assert "first" not in text


def test_a_machine_that_is_replaced_is_another_one(stack, cloud):
    before = machine(stack, cloud, show_secrets=True)
    stack.up("--replace", before["urn"])
    after = machine(stack, cloud, show_secrets=True)
    assert after["inputs"] == before["inputs"]
    assert after["outputs"]["__seed"] != before["outputs"]["__seed"]


@pytest.mark.parametrize("cloud", ["azure"], indirect=True)
def test_azure_refuses_another_first_boot_of_a_machine(stack):
    stack.configure({}, **FIRST | {"test:boot": "second"})
    refusal = stack.fails("up", "--stack", "test", "--yes", "--skip-preview")
    assert "PropertyChangeNotAllowed: changing property osProfile.customData of" in refusal
