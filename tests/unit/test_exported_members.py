"""The public face of the package."""

import ast
import subprocess
import sys
from pathlib import Path

import tradewind

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
