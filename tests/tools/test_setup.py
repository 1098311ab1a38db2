"""What `make setup` brings to whom: tests need more than a user does."""

import pytest

from tools import engine_plugins, setup, venv
from tools.machines import images, rootfs
from tools.selinux import disk
from tools.toolchain.pins import FOREIGN_KUBELETS, OTHER_KUBERNETES, RELABELLING_IGNITION, TOOLS
from tools.toolchain.recipes import Tool


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Tool, ...]]:
    """The sets of tools that are asked for; nothing is made."""
    asked: list[tuple[Tool, ...]] = []

    class Recorder:
        def __init__(self, tools: tuple[Tool, ...], progress: object) -> None:
            self._tools = tools

        def install(self, tools: list[Tool]) -> None:
            assert tuple(tools) == self._tools
            asked.append(self._tools)

    monkeypatch.setattr(setup, "Installer", Recorder)
    for module, name in (
        (venv, "ensure"),
        (engine_plugins, "ensure"),
        (rootfs, "setup"),
        (images, "setup"),
        (disk, "setup"),
    ):
        monkeypatch.setattr(module, name, lambda *_, **__: None)
    monkeypatch.setattr(setup, "ensure_packages", lambda *_: None)
    return asked


def test_a_user_needs_one_kubernetes(installed: list[tuple[Tool, ...]]) -> None:
    setup.setup()
    assert installed == [TOOLS]
    assert [tool.name for tool in TOOLS].count("kubernetes") == 1


def test_tests_of_every_release_bring_the_others_each_in_a_set_of_its_own(installed: list[tuple[Tool, ...]]) -> None:
    setup.setup(dev=True, releases=True, machines=False)
    assert installed == [TOOLS, *((tool,) for tool in OTHER_KUBERNETES)]
    assert OTHER_KUBERNETES


def test_tests_on_machines_make_kubelet_images_of_other_architectures(installed: list[tuple[Tool, ...]]) -> None:
    setup.setup(dev=True, releases=True)
    assert installed == [TOOLS, *((tool,) for tool in (*FOREIGN_KUBELETS, *OTHER_KUBERNETES))]
    assert FOREIGN_KUBELETS


def test_the_machine_with_selinux_has_an_ignition_of_its_own(installed: list[tuple[Tool, ...]]) -> None:
    setup.setup(dev=True, selinux=True)
    assert installed == [TOOLS, (RELABELLING_IGNITION,)]
