"""`make bench`: one table of times with the facts of this machine.

Reads: the library and the engine of this checkout. Makes: stacks in a temporary folder, removed afterwards.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tools import paths
from tools.environment import environment

_RUNS = 5
_EMPTY = "import pulumi\n"
_ASSETS = f"""
import sys
sys.path[:0] = [{str(paths.CHECKOUT / "components")!r}]
from tradewind.control_plane import ControlPlane
for index in range(COUNT):
    name = f"bench{{index}}"
    ControlPlane(name, {{
        "name": name,
        "api_servers": [f"{{name}}.example.com"],
        "controllers": [{{"name": f"{{name}}-controller-0", "etcd_name": f"{{name}}-etcd0.example.com"}}],
    }})
"""


def main(_: list[str]) -> int:
    """Measure and print."""
    print(f"{platform.machine()}, {os.cpu_count()} cores, Linux {platform.release()}, Python {sys.version.split()[0]}")
    print(f"{f'seconds, of {_RUNS} runs (ten clusters: of 1)':52} {'min':>7} {'median':>7} {'max':>7}")
    _row("rendering one cluster's plain assets, no engine", _times(_render()))
    with tempfile.TemporaryDirectory() as folder:
        for title, program, runs in (
            ("empty program", _EMPTY, _RUNS),
            ("one cluster's assets", _ASSETS.replace("COUNT", "1"), _RUNS),
            # More than a minute each: the state file is rewritten for every resource.
            ("ten clusters' assets in one program", _ASSETS.replace("COUNT", "10"), 1),
        ):
            _engine(Path(folder), title, program, runs)
    return 0


def _render() -> Callable[[], object]:
    sys.path.append(str(paths.CHECKOUT / "components"))
    from tradewind.assets import plain_assets  # noqa: PLC0415
    from tradewind.spec import cluster_spec  # noqa: PLC0415

    controller = {"name": "bench-controller-0", "etcd_name": "bench-etcd0.example.com"}
    args = {"name": "bench", "api_servers": ["bench.example.com"], "controllers": [controller]}
    return lambda: plain_assets(cluster_spec(args))  # type: ignore[arg-type]


def _engine(folder: Path, title: str, program: str, runs: int) -> None:
    with _stack(folder, program) as pulumi:
        ups, previews = [], []
        for _ in range(runs):
            ups.append(_time(lambda: pulumi("up", "--yes", "--skip-preview")))
            previews.append(_time(lambda: pulumi("preview", "--expect-no-changes")))
            pulumi("destroy", "--yes", "--skip-preview")
        _row(f"{title}: up from nothing", ups)
        _row(f"{title}: unchanged preview", previews)


@contextmanager
def _stack(parent: Path, program: str) -> Iterator[Callable[..., None]]:
    folder = Path(tempfile.mkdtemp(dir=parent))
    (folder / "Pulumi.yaml").write_text(json.dumps({"name": "bench", "runtime": "python"}))
    (folder / "__main__.py").write_text(program)
    backend = folder / "backend"
    backend.mkdir()
    variables = {
        **environment(),
        "PULUMI_BACKEND_URL": f"file://{backend}",
        "PULUMI_CONFIG_PASSPHRASE": "bench",
    }
    variables.pop("PULUMI_CONFIG_PASSPHRASE_FILE", None)

    def pulumi(*arguments: str) -> None:
        command = ["pulumi", *arguments, "--non-interactive", "--stack", "bench"]
        result = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
        if result.returncode:
            sys.exit(f"{' '.join(command)}: {result.stdout}{result.stderr}")

    pulumi("stack", "init")
    yield pulumi


def _time(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def _times(run: Callable[[], object]) -> list[float]:
    return [_time(run) for _ in range(_RUNS)]


def _row(title: str, seconds: list[float]) -> None:
    print(f"{title:52} {min(seconds):7.3f} {statistics.median(seconds):7.3f} {max(seconds):7.3f}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
