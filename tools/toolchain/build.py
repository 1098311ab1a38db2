"""Building a tool from its Go module, with every module pinned by modules/<name>/go.sum.

Reads: modules/, Go's own settings (GOPROXY, GOCACHE, GOMODCACHE, GOFLAGS ...), which stay the user's.
Makes: static programs in a folder.
"""

import os
import re
import shutil
import subprocess
import threading
from functools import cached_property
from pathlib import Path

from tools.toolchain.errors import ToolchainError, Unavailable
from tools.toolchain.packages import ensure
from tools.toolchain.pins import MODULES, architecture
from tools.toolchain.process import Commands
from tools.toolchain.progress import Progress
from tools.toolchain.recipes import CBuild, GoBuild, Tool

# One build at a time: each uses all processors. Others fetch their modules meanwhile.
_building = threading.Semaphore(1)


class Builder:
    """Builds tools; shared by all threads of a run."""

    def __init__(self, commands: Commands, progress: Progress) -> None:
        self._commands = commands
        self._progress = progress

    def build(self, tool: Tool, folder: Path, log: Path) -> None:
        """Build every program of `tool` into `folder`.

        Raises:
            Unavailable: if Go or a Debian package is missing, or a build fails.
        """
        if not tool.builds:
            raise Unavailable("there is no recipe to build it")
        for build in tool.builds:
            self._require_go(MODULES / build.module / "go.mod")
            try:
                ensure(build.debian, f"building {tool.name}", self._progress)
            except ToolchainError as problem:
                raise Unavailable(str(problem)) from problem
            if isinstance(build, GoBuild):
                self._build_go(build, tool.architecture or architecture(), folder, log)
            else:
                self._build_c(build, tool.programs[0].name, folder, log)

    def _build_go(self, build: GoBuild, target: str, folder: Path, log: Path) -> None:
        module = MODULES / build.module
        # Go's working files too: what a killed build leaves goes with the folder.
        working = folder / "working"
        working.mkdir()
        environment = {**_environment(cgo=build.cgo), "GOARCH": target, "GOTMPDIR": str(working)}
        packages = [package for _, package in build.packages]
        selection = ["-mod=readonly", *([f"-tags={','.join(build.tags)}"] if build.tags else [])]
        # Listing loads the packages, which downloads the modules that they need and no others.
        self._commands.run(["go", "list", "-deps", "-f={{.Dir}}", *selection, *packages], module, environment, log)
        output = folder / "build"
        output.mkdir(exist_ok=True)
        # Debug information is stripped at the end: not making it saves a tenth of the time.
        lean = "-gcflags=all=-dwarf=false"
        options = ["-trimpath", "-buildvcs=false", lean, f"-ldflags={_linker_flags(build)}", *selection]
        with _building:
            self._commands.run(["go", "build", *options, f"-o={output}/", *packages], module, environment, log)
        for program, package in build.packages:
            (output / _default_name(package)).rename(folder / program)
        for program, origin, file in build.scripts:
            script = shutil.copy(self._module_folder(origin, module, log) / file, folder / program)
            Path(script).chmod(0o755)
        output.rmdir()
        working.rmdir()

    def _build_c(self, build: CBuild, program: str, folder: Path, log: Path) -> None:
        origin, file = build.source
        source = self._module_folder(origin, MODULES / build.module, log) / file
        arguments = ["gcc", *build.flags, "-o", str(folder / program), str(source)]
        self._commands.run(arguments, folder, os.environ, log)

    def _module_folder(self, module: str, folder: Path, log: Path) -> Path:
        """Where Go keeps the unpacked files of a module, after downloading it if necessary."""
        environment = _environment(cgo=False)
        self._commands.run(["go", "mod", "download", module], folder, environment, log)
        question = ["go", "list", "-mod=readonly", "-m", "-f={{.Dir}}", module]
        answer = subprocess.run(question, cwd=folder, env=environment, capture_output=True, check=False)
        if answer.returncode != 0:
            raise Unavailable(f"`go list -m {module}` failed: {answer.stderr.decode(errors='replace').strip()}")
        return Path(answer.stdout.decode().strip())

    def _require_go(self, go_mod: Path) -> None:
        wanted = re.search(r"^go (\S+)$", go_mod.read_text(), re.MULTILINE)
        if wanted is None:
            raise Unavailable(f"{go_mod} does not name a Go version")
        if _numbers(self._go_version) < _numbers(wanted[1]):
            raise Unavailable(f"needs Go {wanted[1]} or later; go on PATH is {self._go_version}")

    @cached_property
    def _go_version(self) -> str:
        if shutil.which("go") is None:
            raise Unavailable("go is not on PATH")
        question = ["go", "env", "GOVERSION"]
        answer = subprocess.run(question, env=_environment(cgo=False), capture_output=True, check=False)
        return answer.stdout.decode().strip().removeprefix("go") or "unusable (`go env GOVERSION` fails)"


def _environment(*, cgo: bool) -> dict[str, str]:
    """The user's environment, with what decides the result of a build fixed."""
    fixed = {
        "CGO_ENABLED": str(int(cgo)),
        "GOARCH": architecture(),
        # For the compiler itself: more memory, an eighth less time.
        "GOGC": os.environ.get("GOGC", "300"),
        "GOOS": "linux",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
    }
    return {**os.environ, **fixed}


def _linker_flags(build: GoBuild) -> str:
    flags = ["-s", "-w", *(f"-X={name}={value}" for name, value in build.variables)]
    if build.cgo:
        flags.append("-extldflags=-static")
    return " ".join(flags)


def _default_name(package: str) -> str:
    """The file name that `go build` gives a package: its last part, a major version left out."""
    parts = package.split("/")
    return parts[-2] if re.fullmatch(r"v\d+", parts[-1]) else parts[-1]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])
