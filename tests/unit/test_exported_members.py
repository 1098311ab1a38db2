"""The public face of the package."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import tradewind
from tradewind.errors import MissingPackageError
from tradewind.lazy import EXTRAS, lazy

COMPONENTS = Path(tradewind.__file__).parent.parent


def test_every_public_name_is_there_and_type_checkers_see_the_same() -> None:
    for name in tradewind.__all__:
        assert getattr(tradewind, name).__name__.rpartition(".")[2] == name
    tree = ast.parse(Path(tradewind.__file__).read_text())
    seen = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert seen - {"import_module", "lazy", "TYPE_CHECKING", "Any"} == set(tradewind.__all__)


def test_importing_the_package_loads_no_pulumi() -> None:
    program = f"import sys; sys.path.insert(0, {str(COMPONENTS)!r}); import tradewind; print('pulumi' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "False"


def test_a_platform_without_its_package_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "platform_without_its_cloud"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "cluster.py").write_text("import pulumi_gcp_that_is_missing.compute as compute\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(EXTRAS, "pulumi_gcp_that_is_missing", "google-cloud")
    with pytest.raises(MissingPackageError) as caught:
        lazy(package.name, {"Cluster": "cluster"})("Cluster")
    told = "pulumi_gcp_that_is_missing is not installed: `pip install '.[google-cloud]'` in a checkout of Tradewind"
    assert str(caught.value) == told


def test_any_other_module_that_is_missing_is_told_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_platform.py").write_text("import no_such_package\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="no_such_package"):
        lazy("broken_platform", {"Cluster": "cluster"})("Cluster")


def test_every_extra_of_the_package_brings_what_its_platform_needs() -> None:
    project = tomllib.loads((COMPONENTS.parent / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    assert {extra: [package.replace("_", "-")] for package, extra in EXTRAS.items()} == {
        extra: [each.partition(">")[0].partition("=")[0] for each in packages] for extra, packages in extras.items()
    }
