"""Images in registries, by crane.

Reads: layers, registries, and the user's logins ($DOCKER_CONFIG, else ~/.docker/config.json).
Makes: images in a registry, which may be one that lives as long as a `with` block.
Source: https://github.com/google/go-containerregistry/tree/main/cmd/crane
"""

import re
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tools import layers, paths
from tools.toolchain.errors import ToolchainError
from tools.toolchain.process import with_parent

LIMIT_SECONDS = 1800.0
"""How long one command may take; the longest sends a whole image."""
_START_SECONDS = 20.0
_TAIL = 3


class RegistryError(ToolchainError):
    """A registry did not do what it was asked; the text has the end of what crane says."""


def crane(*arguments: str, limit: float = LIMIT_SECONDS) -> str:
    """Run crane and give what it prints. It ends with this process.

    Raises:
        RegistryError: if it fails, or takes longer than `limit` seconds.
    """
    try:
        result = subprocess.run(
            with_parent([_program(), *arguments]), check=False, capture_output=True, text=True, timeout=limit
        )
    except subprocess.TimeoutExpired as problem:
        raise RegistryError(f"`crane {arguments[0]}` did not end within {limit:.0f} s") from problem
    if result.returncode:
        raise RegistryError("\n".join(result.stderr.strip().splitlines()[-_TAIL:]))
    return result.stdout.strip()


def push_image(
    target: str, parts: Sequence[Path], architecture: str, entrypoint: str, labels: Mapping[str, str] | None = None
) -> None:
    """Put an image of layers at the reference `target`; `labels` are its labels and its manifest's annotations."""
    crane("append", "--oci-empty-base", *(f"--new_layer={part}" for part in parts), f"--new_tag={target}")
    named = [f"--{kind}={name}={value}" for name, value in (labels or {}).items() for kind in ("label", "annotation")]
    settings = [f"--entrypoint={entrypoint}", f"--env=PATH={layers.PATH}", "--workdir=/"]
    crane("mutate", target, f"--set-platform=linux/{architecture}", *settings, *named, f"--tag={target}")


@contextmanager
def scratch_registry(folder: Path) -> Iterator[str]:
    """A registry for this host only; gives its address, such as `127.0.0.1:35609`. Its blobs are in `folder`.

    Raises:
        RegistryError: if it does not start.
    """
    blobs, log = folder / "blobs", folder / "log"
    blobs.mkdir(parents=True)
    serve = [_program(), "registry", "serve", "--address=127.0.0.1:0", f"--disk={blobs}"]
    with log.open("w") as output, subprocess.Popen(with_parent(serve), stdout=output, stderr=output) as process:
        try:
            yield f"127.0.0.1:{_port(process, log)}"
        finally:
            process.kill()


def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    """The port that a starting registry says it has."""
    end = time.monotonic() + _START_SECONDS
    while not (said := re.search(r"serving on port (\d+)", log.read_text())):
        if process.poll() is not None or time.monotonic() > end:
            raise RegistryError(f"the registry of this build does not start: {log.read_text().strip()}")
        time.sleep(0.01)
    return int(said[1])


def _program() -> str:
    program = paths.bin_dir() / "crane"
    if not program.is_file():
        raise ToolchainError("crane is missing in the toolchain: run `make setup`")
    return str(program)
