"""A pretend machine: a folder that deliveries are really installed in, with recorders for what needs a real one."""

import base64
import hashlib
import io
import os
import stat
import subprocess
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tradewind.host.archive import RECEIVE_COMMAND, archive
from tradewind.host.files import HostFile

_RECORD = '#!/bin/sh\necho "$(basename "$0") $*" >> "$RECORD"\n'
# A test need not be root: then owners are recorded, but not given.
_CHOWN = _RECORD + '[ "$(id -u)" != 0 ] || exec "$REAL_CHOWN" "$@"\n'


class PretendMachine:
    """Root folder, PATH with recorders, and the ways a delivery gets in."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "root"
        self.root.mkdir()
        self.commands = folder / "commands"
        self.commands.mkdir()
        self._record = folder / "record"
        self._deliveries = 0
        self._folder = folder
        self.running("containerd.service", "etcd-member.service", "kubelet.service", "haproxy.service")
        self.command("chown", _CHOWN)
        self.command("sudo", '#!/bin/sh\nexec "$@"\n')

    def command(self, name: str, script: str) -> None:
        """Put a program of the test's own before the real one."""
        path = self.commands / name
        path.write_text(script)
        path.chmod(0o755)

    def running(self, *units: str) -> None:
        """Let these units run, and no other."""
        states = "".join(f"{unit}) echo active; exit 0 ;; " for unit in units)
        asked = f'[ "$1" != is-active ] || case $2 in {states} *) echo inactive; exit 3 ;; esac\n'
        self.command("systemctl", f"#!/bin/sh\n{asked}" + _RECORD)

    def path(self, path: str) -> Path:
        return self.root / path.lstrip("/")

    def text(self, path: str) -> str:
        return self.path(path).read_text()

    def recorded(self, program: str) -> list[str]:
        """Arguments of every call of a recorder so far."""
        lines = self._record.read_text().splitlines() if self._record.exists() else []
        return [line.partition(" ")[2] for line in lines if line.startswith(f"{program} ")]

    def forget(self) -> None:
        self._record.unlink(missing_ok=True)

    def stage(self, files: Sequence[HostFile]) -> Path:
        """Unpack a delivery, as the receiving command does."""
        self._deliveries += 1
        folder = self._folder / f"delivery-{self._deliveries}"
        with tarfile.open(fileobj=io.BytesIO(base64.b64decode(archive(files)))) as tar:
            tar.extractall(folder, filter="data")
        return folder

    def layout(self, staged: Path, shell: str = "sh") -> subprocess.CompletedProcess[str]:
        return self.run([shell, str(staged / "layout"), str(staged)])

    def deliver(self, *files: HostFile) -> list[str]:
        """Install files; the lines that were printed."""
        result = self.layout(self.stage(files))
        assert result.returncode == 0, result.stderr
        assert result.stderr == ""
        return result.stdout.splitlines()

    def receive(self, text: str) -> subprocess.CompletedProcess[str]:
        """What happens over SSH, given the archive as text."""
        return self.run(["sh", "-c", RECEIVE_COMMAND], text)

    def run(self, words: Sequence[str], text: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words, input=text, capture_output=True, text=True, check=False, timeout=60, env=self.environment()
        )

    def environment(self) -> Mapping[str, str]:
        real = next(path for path in ("/usr/bin/chown", "/bin/chown") if Path(path).exists())
        return {
            "PATH": f"{self.commands}:{os.environ['PATH']}",
            "ROOT": str(self.root),
            "RECORD": str(self._record),
            "REAL_CHOWN": real,
        }

    def tree(self) -> dict[str, str]:
        """Kind and mode, owner, and digest or target of everything below the root, by path."""
        return {str(path.relative_to(self.root)): _facts(path) for path in sorted(self.root.rglob("*"))}


def _facts(path: Path) -> str:
    found = path.lstat()
    content = ""
    if path.is_symlink():
        content = str(path.readlink())
    elif path.is_file():
        content = hashlib.sha256(path.read_bytes()).hexdigest()
    return f"{stat.filemode(found.st_mode)} {found.st_uid}:{found.st_gid} {content}"


def owned(path: str, content: str, mode: int = 0o644) -> HostFile:
    """A file that belongs to whoever runs the test."""
    return HostFile(path=path, content=content, mode=mode, uid=os.getuid(), gid=os.getgid())
