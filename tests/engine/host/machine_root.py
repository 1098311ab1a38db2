"""The root file system of a machine, in which the image's own programs run: Ignition, systemd, containerd.

Needs root. Every command gets mount and process namespaces of its own, which end with it.
"""

import os
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from tests.support.releases import programs
from tests.unit.host.cases import CASES
from tools import paths
from tools.machines.build import environment, hermetic
from tradewind.host.files import HostFile
from tradewind.host.roles import HostConfig
from tradewind.versions import Release

# /run/sysroot is the same root without the file systems of a running system, as an initramfs sees it.
_ENTER = """
set -eu
umask 022
upper=$folder/written
if [ "$keep" = no ]; then
  layers=$upper:$layers
  upper=$folder/scratch/upper
  mount -t tmpfs tmpfs "$folder/scratch"
  mkdir "$upper" "$folder/scratch/work"
fi
mount -t overlay tradewind -o "lowerdir=$layers,upperdir=$upper,workdir=${upper%/*}/work" "$folder/root"
cd "$folder/root"
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs tmpfs tmp
mkdir run/sysroot run/programs run/kubernetes
mount --bind . run/sysroot
mount --bind "$programs" run/programs
mount --bind "$kubernetes" run/kubernetes
mount -t proc proc proc
mount -t tmpfs tmpfs sys
mkdir -p sys/fs/cgroup
mount -t cgroup2 -o ro cgroup2 sys/fs/cgroup
mount --bind /dev dev
# Not `exec`: as process 1, systemd's programs would write to the kernel's log.
code=0
chroot . "$@" || code=$?
exit $code
"""
_IGNITION = """
set -eu
(umask 077 && cat > /run/config.ign)
for stage in fetch files; do
  IGNITION_CONFIG_FILE=/run/config.ign /usr/bin/ignition --platform=file --stage="$stage" \\
    --root=/run/sysroot --config-cache=/run/ignition.json --log-to-stdout
done
"""
UNITS_OF_THE_SYSTEM = "/usr/lib/systemd/system"
_SERVICE = "[Unit]\nDescription={name}\n[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n"

Result = subprocess.CompletedProcess[str]

ONE_CASE = pytest.mark.parametrize("case", [CASES["local/controller"]], ids=["local/controller"], indirect=True)
"""For tests of the tests: that something wrong is found need be seen on one host only."""


class MachineRoot:
    """A root file system: the layers that all machines share, and what Ignition wrote on top."""

    def __init__(self, folder: Path, layers: Sequence[Path]) -> None:
        self._folder = folder
        self._layers = layers
        for name in ("written", "work", "scratch", "root"):
            (folder / name).mkdir(mode=0o755)

    def written(self, path: str = "/") -> Path:
        """Where something is that is not in the image."""
        return self._folder / "written" / path.lstrip("/")

    def run(self, *command: str, stdin: str = "", release: Release | None = None) -> Result:
        """Run a program of the image. What it writes ends with it.

        The toolchain's programs are in /run/programs, those of a Kubernetes release in /run/kubernetes.
        """
        return self._run(*command, stdin=stdin, keep="no", release=release)

    def shell(self, script: str, stdin: str = "") -> Result:
        """Run a script that stops at its first error."""
        return self.run("sh", "-euc", script, stdin=stdin)

    def provision(self, config: HostConfig) -> Result:
        """What happens before the first boot: Ignition. Units that the operating system ships are there."""
        for unit in config.units:
            if unit.contents is None and not unit.mask:
                path = self.written(f"{UNITS_OF_THE_SYSTEM}/{unit.name}")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(_SERVICE.format(name=unit.name))
        return self._run("sh", "-c", _IGNITION, stdin=config.user_data(), keep="yes")

    def deliver(self, files: Iterable[HostFile]) -> None:
        """What a delivery over SSH brings, under an SSH server and units that do not run here."""
        for file in files:
            path = self.written(file.path)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file.content)
            path.chmod(file.mode)
            os.chown(path, file.uid, file.gid)

    def _run(self, *command: str, stdin: str, keep: str, release: Release | None = None) -> Result:
        variables = environment(
            folder=str(self._folder),
            layers=":".join(map(str, self._layers)),
            programs=str(paths.bin_dir()),
            kubernetes=str(programs(release) if release else paths.bin_dir()),
            keep=keep,
        )
        return subprocess.run(
            hermetic("sh", "-c", _ENTER, "enter", *command),
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            env=variables,
        )
