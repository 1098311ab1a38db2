"""The engine's plugins: official ones where the CLI can download them, else the project's own.

Reads: what is in PULUMI_HOME already.
Makes: every plugin that the programs ask for.
"""

import os
import subprocess

from tools import paths
from tools.environment import STAND_INS_MARKER
from tools.plugins.install import PluginInstallError, executable, install, is_stand_in
from tools.plugins.versions import VERSIONS
from tools.toolchain.errors import ToolchainError
from tools.toolchain.locks import locked
from tools.toolchain.progress import Progress

_DOWNLOAD_SECONDS = 600


def ensure(progress: Progress) -> None:
    """Bring every plugin. A download that failed once is not tried again until the stand-ins are removed.

    Raises:
        ToolchainError: if neither the official plugins nor the project's own can be installed.
    """
    home = paths.pulumi_home()
    marker = home / "plugins" / STAND_INS_MARKER
    with locked(paths.locks_dir() / "engine-plugins.lock", lambda: progress.say("waiting for another run's plugins")):
        absent = [name for name in VERSIONS if not executable(home, name).exists()]
        if absent:
            with progress.step(f"Pulumi plugins {', '.join(absent)}"):
                absent = [name for name in absent if not _download(name)]
        if absent:
            progress.say(
                f"Pulumi's own download of {', '.join(absent)} is out of reach: "
                "the project's stand-in plugins are used (remove them from PULUMI_HOME to try again)"
            )
        stand_ins = [name for name in VERSIONS if name in absent or is_stand_in(executable(home, name))]
        if not stand_ins:
            return
        try:
            install(home, stand_ins)
        except PluginInstallError as problem:
            raise ToolchainError(str(problem)) from problem
        marker.touch()


def _download(name: str) -> bool:
    command = [
        str(paths.bin_dir() / "pulumi"),
        "plugin",
        "install",
        "resource",
        name,
        VERSIONS[name],
        "--non-interactive",
    ]
    environment = {**os.environ, "PULUMI_HOME": str(paths.pulumi_home()), "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        result = subprocess.run(command, env=environment, check=False, capture_output=True, timeout=_DOWNLOAD_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    return result.returncode == 0
