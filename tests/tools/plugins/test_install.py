"""Installing plugins: what is there afterwards, and what is left alone."""

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tools.paths import CHECKOUT, cache_root
from tools.plugins import install as module
from tools.plugins.install import PluginInstallError, executable, install, is_stand_in
from tools.plugins.versions import VERSIONS


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A cache of its own, where pip is replaced by a program that makes one file and counts its runs."""
    monkeypatch.setenv("TRADEWIND_CACHE", str(tmp_path / "cache"))
    program = tmp_path / "pip.py"
    program.write_text(
        "import sys, pathlib\n"
        f"runs = pathlib.Path({str(tmp_path / 'runs')!r})\n"
        "runs.write_text((runs.read_text() if runs.exists() else '') + 'x')\n"
        "if pathlib.Path(runs.parent, 'broken').exists():\n"
        "    sys.exit('no index')\n"
        "target = pathlib.Path(sys.argv[sys.argv.index('--target') + 1])\n"
        "(target / 'package.py').write_text('')\n"
    )
    pip = [sys.executable, str(program)]
    monkeypatch.setattr(module, "_python_with_pip", lambda: (Path(sys.executable), pip))
    return tmp_path / "cache"


def runs(cache):
    return (cache.parent / "runs").read_text()


def files(home):
    return {path: path.stat().st_mtime_ns for path in home.rglob("*") if path.is_file()}


def test_a_plugin_is_one_executable_with_its_code(cache, tmp_path):
    home = tmp_path / "home"
    install(home, ["random"])
    path = home / "plugins" / f"resource-random-v{VERSIONS['random']}" / "pulumi-resource-random"
    assert path == executable(home, "random")
    assert os.access(path, os.X_OK)
    assert is_stand_in(path)
    (code,) = path.parent.glob("code-*")
    text = path.read_text()
    (packages,) = (cache / "plugins").glob("packages-*")
    assert f"{code}/tools/plugins/base/main.py {packages} random " in text
    assert (packages / "package.py").exists()
    compiled = {source.parent / "__pycache__" for source in code.rglob("*.py")}
    assert all(any(folder.glob("*.pyc")) for folder in compiled)
    assert not (code / "tools/plugins/tls").exists()


def test_installing_again_changes_nothing(cache, tmp_path):
    home = tmp_path / "home"
    install(home, ["random", "tls"])
    before = files(tmp_path)
    install(home, ["random", "tls"])
    assert files(tmp_path) == before
    assert runs(cache) == "x"


def test_newer_code_replaces_the_executable_and_keeps_the_old_code_for_a_while(cache, tmp_path, monkeypatch):
    home = tmp_path / "home"
    install(home, ["random"])
    path = executable(home, "random")
    (old,), text = path.parent.glob("code-*"), path.read_text()
    monkeypatch.setattr(module, "_digest", lambda _: "0123456789abcdef")
    install(home, ["random"])
    assert path.read_text() != text
    assert old.exists()
    assert (path.parent / "code-0123456789abcdef").exists()
    os.utime(old, (0, 0))
    install(home, ["random"])
    assert not old.exists()


def test_an_official_plugin_is_left_alone(cache, tmp_path):
    home = tmp_path / "home"
    path = executable(home, "tls")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\x7fELF")
    install(home, ["tls"])
    assert path.read_bytes() == b"\x7fELF"
    assert not cache.exists()


def test_a_failed_installation_leaves_nothing_and_says_what_to_do(cache, tmp_path):
    (tmp_path / "broken").touch()
    with pytest.raises(PluginInstallError, match=r"no index(.|\n)*PIP_INDEX_URL"):
        install(tmp_path / "home", ["random"])
    assert list((cache / "plugins").iterdir()) == []
    assert not (tmp_path / "home").exists()
    (tmp_path / "broken").unlink()
    install(tmp_path / "home", ["random"])
    assert is_stand_in(executable(tmp_path / "home", "random"))


def test_what_an_interrupted_run_left_is_removed(cache, tmp_path):
    install(tmp_path / "one", ["random"])
    (packages,) = (cache / "plugins").glob("packages-*")
    left = packages.with_name(f".{packages.name}-left")
    packages.rename(left)
    install(tmp_path / "two", ["random"])
    assert not left.exists()
    assert packages.exists()


def test_runs_at_once_install_once(cache, tmp_path):
    barrier = threading.Barrier(4)

    def run(_):
        barrier.wait()
        install(tmp_path / "home", ["random"])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run, range(4)))
    assert runs(cache) == "x"
    assert is_stand_in(executable(tmp_path / "home", "random"))


def test_an_unknown_plugin(cache, tmp_path):
    with pytest.raises(KeyError):
        install(tmp_path / "home", ["aws"])


def test_the_real_packages_run_the_plugins(tmp_path):
    """With the packages of the shared cache, which the first run fills."""
    install(tmp_path, ["command", "random", "tls"])
    assert any((cache_root() / "plugins").glob("packages-*"))
    for name in ("command", "random", "tls"):
        command = [executable(tmp_path, name), "127.0.0.1:1"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={}, cwd="/") as process:
            assert process.stdout is not None
            assert int(process.stdout.readline()) > 0
            process.terminate()
            assert process.wait(30) == 0


def test_the_code_is_whole(tmp_path):
    """Every module of a plugin can be imported from its own code and packages alone."""
    install(tmp_path, ["command", "random", "tls"])
    (packages,) = [path for path in (cache_root() / "plugins").glob("packages-*") if str(path) in _launcher(tmp_path)]
    for name in ("command", "random", "tls"):
        (code,) = executable(tmp_path, name).parent.glob("code-*")
        modules = [
            ".".join(path.relative_to(code).with_suffix("").parts).removesuffix(".__init__")
            for path in sorted(code.rglob("*.py"))
        ]
        assert f"tools.plugins.{name}" in modules
        program = (
            "import sys, importlib\n"
            "from pathlib import Path\n"
            "sys.path[:0] = sys.argv[1:3]\n"
            "importlib.import_module('tools.plugins.base.main').hollow_sdk(Path(sys.argv[2]))\n"
            "for name in sys.argv[3:]: importlib.import_module(name)\n"
        )
        command = [sys.executable, "-I", "-S", "-c", program, code, packages, *modules]
        result = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
        assert result.returncode == 0, result.stderr
    assert str(CHECKOUT) not in _launcher(tmp_path)


def _launcher(home):
    return executable(home, "random").read_text()
