"""What platforms cost before a cloud is asked: the import of the package, a preview of AWS' example.

Reads: the library and the stacks of this checkout, with plugins that record. Makes: rows.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from tools import paths
from tools.bench.measure import Time, row, timed
from tools.bench.stack import stack
from tools.environment import environment
from tools.plugins.install import install, install_recording
from tools.plugins.versions import CLOUD_VERSIONS
from tools.venv import clouds_folder, site_packages

_RUNS = 5
_PATH = f"import sys; sys.path.insert(0, {str(paths.CHECKOUT / 'components')!r})"
_PROGRAM = f"import runpy\nrunpy.run_path({str(paths.CHECKOUT / '__main__.py')!r}, run_name='__main__')\n"


def measure() -> None:
    """Print both; the example has 3 controllers and 2 pools."""
    row("Python alone", _python("pass"))
    row("Python with `import tradewind`", _python("import tradewind"))
    with tempfile.TemporaryDirectory(prefix="tradewind-bench-") as folder:
        row("example aws-fedora-coreos: preview", _previews(Path(folder)))


def _python(program: str) -> list[Time]:
    command = [sys.executable, "-c", f"{_PATH}; {program}"]
    return [timed(lambda: subprocess.run(command, check=True)) for _ in range(_RUNS)]


def _previews(folder: Path) -> list[Time]:
    home, packages = folder / "home", clouds_folder()
    install(home, ["random", "tls"])
    install_recording(home, (*CLOUD_VERSIONS, "command", "kubernetes"), site_packages(packages))
    path = f"{packages / 'bin'}:{environment()['PATH']}"
    pulumi = stack(folder / "example", _PROGRAM, PULUMI_HOME=str(home), PATH=path)
    settings = folder / "example/Pulumi.bench.yaml"
    example = (paths.CHECKOUT / "stacks/Pulumi.aws-fedora-coreos.yaml").read_text()
    settings.write_text(settings.read_text() + example)
    # The first compiles the cloud's modules.
    pulumi("preview")
    return [timed(lambda: pulumi("preview")) for _ in range(_RUNS)]
