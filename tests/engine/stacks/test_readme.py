"""The program in the README is one that runs."""

import re
from pathlib import Path

from tests.support.pulumi_stack import StackRunner
from tools.paths import CHECKOUT

_PATH = f"import sys\nsys.path.insert(0, {str(CHECKOUT / 'components')!r})\n"


def test_the_readmes_program_plans_a_control_plane(tmp_path: Path) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", (CHECKOUT / "README.md").read_text(), re.DOTALL)
    assert len(program.splitlines()) <= 10
    stack = StackRunner(tmp_path, ("random", "tls")).stack("readme", _PATH + program)
    planned = {step.urn.split("::")[-2].rpartition("$")[2]: step.op for step in stack.preview()}
    assert planned["tradewind:index:ControlPlane"] == "create"
    assert planned["tls:index/locallySignedCert:LocallySignedCert"] == "create"
