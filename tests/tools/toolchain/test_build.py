"""Builds with the real Go and C compilers, of tiny modules."""

import io
import os
import subprocess
from pathlib import Path

import pytest

from tests.tools.toolchain.support import VERSION, demo, go_module, go_proxy, write_program
from tools.toolchain.build import Builder
from tools.toolchain.errors import Unavailable
from tools.toolchain.process import Commands
from tools.toolchain.progress import Progress
from tools.toolchain.recipes import CBuild, GoBuild, Program, Tool

LIBRARY = "example.test/library"
LIBRARY_FILES = {
    "go.mod": f"module {LIBRARY}\n\ngo 1.24\n",
    "library.go": 'package library\n\nconst Greeting = "demo version "\n',
    "scripts/run": "#!/bin/sh\necho a script of the module\n",
    "c/demo.c": "#include <stdio.h>\nint main(void) { puts(GREETING); return 0; }\n",
}
PROGRAM = f"""package main

import "{LIBRARY}"

var version string

func main() {{ println(library.Greeting + version) }}
"""


@pytest.fixture
def builder() -> Builder:
    return Builder(Commands(), Progress(io.StringIO()))


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GoBuild:
    """A program whose one dependency comes from a module proxy that the user has set."""
    monkeypatch.setenv("GOPROXY", go_proxy(tmp_path / "proxy", LIBRARY, "v1.0.0", LIBRARY_FILES))
    monkeypatch.setenv("GOMODCACHE", str(tmp_path / "modules"))
    monkeypatch.setenv("GONOSUMDB", "example.test")
    monkeypatch.setenv("GOFLAGS", "-modcacherw")
    build = go_module(tmp_path / "demo", PROGRAM)
    subprocess.run(["go", "get", f"{LIBRARY}@v1.0.0"], cwd=build.module, check=True, capture_output=True)
    return build


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def output_of(program: Path) -> str:
    done = subprocess.run([program], check=True, capture_output=True, text=True)
    return (done.stdout + done.stderr).strip()


def test_a_program_is_built_with_its_version(builder: Builder, module: GoBuild, out: Path, tmp_path: Path) -> None:
    builder.build(demo(builds=(module,)), out, tmp_path / "log")
    assert [entry.name for entry in out.iterdir()] == ["demo"]
    assert output_of(out / "demo") == f"demo version {VERSION}"


def test_modules_that_do_not_match_go_sum_are_refused(
    builder: Builder, module: GoBuild, out: Path, tmp_path: Path
) -> None:
    sums = Path(module.module) / "go.sum"
    sums.write_text(sums.read_text().replace("h1:", "h1:A", 1))
    # As on another machine: nothing of the module is there yet.
    subprocess.run(["go", "clean", "-modcache"], check=True)
    with pytest.raises(Unavailable, match="checksum mismatch"):
        builder.build(demo(builds=(module,)), out, tmp_path / "log")


def test_scripts_and_c_programs_come_out_of_a_pinned_module(
    builder: Builder, module: GoBuild, out: Path, tmp_path: Path
) -> None:
    scripted = GoBuild(module.module, module.packages, scripts=(("run", LIBRARY, "scripts/run"),))
    compiled = CBuild(module.module, (LIBRARY, "c/demo.c"), ("-static", '-DGREETING="from C"'), ())
    builder.build(Tool("demo", VERSION, (Program("run"),), builds=(scripted,)), out, tmp_path / "log")
    builder.build(Tool("c-demo", VERSION, (Program("c-demo", None),), builds=(compiled,)), out, tmp_path / "log")
    assert output_of(out / "run") == "a script of the module"
    assert output_of(out / "c-demo") == "from C"


def test_a_failed_build_shows_the_end_of_its_output(builder: Builder, out: Path, tmp_path: Path) -> None:
    build = go_module(tmp_path / "demo", "package main\n\nfunc main() { undefinedHere() }\n")
    with pytest.raises(Unavailable) as problem:
        builder.build(demo(builds=(build,)), out, tmp_path / "log")
    text = str(problem.value)
    assert text.startswith(f"`go build` failed (log: {tmp_path / 'log'})\n")
    assert "undefined: undefinedHere" in text
    assert "undefined: undefinedHere" in (tmp_path / "log").read_text()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("echo go1.19.8", "needs Go 1.24 or later; go on PATH is 1.19.8"),
        ("exit 1", "needs Go 1.24 or later; go on PATH is unusable (`go env GOVERSION` fails)"),
    ],
)
def test_a_go_that_is_too_old_is_named(
    builder: Builder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, reason: str
) -> None:
    write_program(tmp_path / "bin" / "go").write_text(f"#!/bin/sh\n{answer}\n")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(Unavailable) as problem:
        builder.build(demo(builds=(go_module(tmp_path / "demo"),)), tmp_path, tmp_path / "log")
    assert str(problem.value) == reason


def test_a_missing_go_is_named(builder: Builder, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable) as problem:
        builder.build(demo(builds=(go_module(tmp_path / "demo"),)), out, tmp_path / "log")
    assert str(problem.value) == "go is not on PATH"


def test_a_module_that_can_not_be_had_is_named(builder: Builder, module: GoBuild, out: Path, tmp_path: Path) -> None:
    absent = GoBuild(module.module, module.packages, scripts=(("run", "example.test/absent", "run"),))
    with pytest.raises(Unavailable, match=r"example\.test/absent"):
        builder.build(demo(builds=(absent,)), out, tmp_path / "log")
