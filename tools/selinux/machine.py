"""Booting the virtual machine: one QEMU process per boot, whose guest says on a serial line what it found.

Reads: a disk, a second disk with what the boot is given.
Makes: the guest's lines; the second boot goes on with the disk that the first one left.
"""

import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.machines.build import environment
from tools.machines.errors import MachineError
from tools.selinux.disk import Disk

END = "== end"
"""The last line of a guest that got through; a guest that crashed ends QEMU without an error."""

_MEMORY = "2048"
_POLL_SECONDS = 0.5
_TAIL = 4000
_KERNEL = (
    *("root=/dev/vda", "rw", "fsck.mode=skip", "console=ttyS0", "loglevel=5", "panic=-1", "net.ifnames=0"),
    *("security=selinux", "selinux=1", "enforcing=1", "audit=1", "audit_backlog_limit=8192"),
    # Every denial is in the kernel's log: none is dropped because there were many.
    *("log_buf_len=16M", "sysctl.kernel.printk_ratelimit=0", "systemd.unit=checks.target", "systemd.show_status=false"),
)


class GuestPanicError(MachineError):
    """The guest's kernel crashed, as it does now and then under emulation."""


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A machine that is booted one or several times from a copy of a disk."""

    disk: Disk
    given: Path
    """An ext4 file system that the guest sees read-only as /opt/payload; every boot runs /opt/payload/checks."""
    folder: Path
    """For the copy of the disk and for the logs."""
    say: Callable[[str], None]
    """Gets the name of every step that the guest begins."""

    def run(self, boots: Mapping[str, Sequence[str]], limit: float) -> str:
        """The lines that the guest wrote in all boots together.

        A guest whose kernel panics is begun again once, from the disk as it was.

        Args:
            boots: Further words of the kernel's command line by name of the boot, in their order.
            limit: Seconds for all boots together.

        Raises:
            MachineError: a guest did not come to its end; the message has the end of its console.
        """
        try:
            return self._run(boots, limit)
        except GuestPanicError as panic:
            self.say(f"{panic}\nonce more")
            return self._run(boots, limit)

    def _run(self, boots: Mapping[str, Sequence[str]], limit: float) -> str:
        own = self.folder / "disk.img"
        subprocess.run(["cp", "--sparse=always", "--reflink=auto", str(self.disk.image), str(own)], check=True)
        end = time.monotonic() + limit
        try:
            return "".join(self._boot(name, own, words, end) for name, words in boots.items())
        finally:
            own.unlink()

    def _boot(self, name: str, own: Path, words: Sequence[str], end: float) -> str:
        console, lines = self.folder / f"{name}.console", self.folder / f"{name}.lines"
        lines.write_bytes(b"")
        with subprocess.Popen(
            self._command(own, console, lines, (f"checks.boot={name}", *words)),
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        ) as process:
            try:
                self._watch(process, lines, end)
            finally:
                process.kill()
            errors = process.stderr.read().decode(errors="replace") if process.stderr else ""
        text = lines.read_text(errors="replace").replace("\r", "")
        if END not in text.splitlines():
            seen = console.read_text(errors="replace") if console.exists() else ""
            kind = GuestPanicError if "Kernel panic" in seen else MachineError
            raise kind(f"the boot {name!r} came to no end; its console is {console}:\n{errors}{seen[-_TAIL:]}")
        return text

    def _command(self, own: Path, console: Path, lines: Path, words: Sequence[str]) -> list[str]:
        return [
            # The emulator ends with this process, whatever ends it.
            *("setpriv", "--pdeathsig", "KILL", _program()),
            *("-accel", "tcg,thread=multi", "-M", "q35", "-cpu", "max,la57=off,svm=off", "-smp", "1", "-m", _MEMORY),
            *("-nodefaults", "-display", "none", "-no-reboot"),
            *("-serial", f"file:{console}", "-serial", f"file:{lines}"),
            *("-drive", f"file={own},if=virtio,format=raw,cache=unsafe"),
            *("-drive", f"file={self.given},if=virtio,format=raw,readonly=on"),
            *("-kernel", str(self.disk.kernel), "-initrd", str(self.disk.initramfs)),
            *("-append", " ".join((*_KERNEL, *words))),
        ]

    def _watch(self, process: "subprocess.Popen[bytes]", lines: Path, end: float) -> None:
        """Wait for the end of the emulator or of the time, and say which step the guest is at."""
        said = 0
        while process.poll() is None and time.monotonic() < end:
            time.sleep(_POLL_SECONDS)
            steps = [line for line in lines.read_text(errors="replace").split("\n")[:-1] if line.startswith("== ")]
            for line in steps[said:]:
                self.say(line.strip("= \r"))
            said = len(steps)


def _program() -> str:
    found = shutil.which("qemu-system-x86_64")
    if not found:
        raise MachineError("qemu-system-x86_64 is missing: install the package qemu-system-x86, or run `make setup`")
    return found
