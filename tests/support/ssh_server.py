"""An SSH server on a loopback port for one test run: OpenSSH's own where it is installed, else asyncssh's.

Both take one key and the user who runs the tests, accept the variables in ACCEPTED, run commands with /bin/sh and serve
files.
"""

import asyncio
import getpass
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh

from tools.paths import CHECKOUT

ACCEPTED = ("ALLOWED", "PULUMI_COMMAND_STDOUT", "PULUMI_COMMAND_STDERR")
START_SECONDS = 30
_CHUNK = 65536


@dataclass(frozen=True)
class SshServer:
    """Where the server is and what it knows its clients by."""

    port: int
    host_key: str
    private_key: str
    folder: Path

    @property
    def connection(self) -> dict[str, Any]:
        """The `connection` input that reaches it."""
        return {
            "host": "127.0.0.1",
            "port": self.port,
            "user": getpass.getuser(),
            "privateKey": self.private_key,
            "hostKey": self.host_key,
        }


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def prepare_ssh_server(folder: Path) -> SshServer:
    """Make the keys of a server that `serving` starts."""
    host, user = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    host.write_private_key(folder / "host")
    (folder / "host").chmod(0o600)
    user.write_public_key(folder / "authorized_keys")
    return SshServer(free_port(), host.export_public_key().decode(), user.export_private_key().decode(), folder)


@contextmanager
def serving(server: SshServer) -> Iterator[None]:
    """Start the server and stop it."""
    sshd = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    fallback = [sys.executable, "-m", "tests.support.ssh_server", str(server.folder), str(server.port)]
    command = _openssh(sshd, server.folder, server.port) if sshd else fallback
    log = server.folder / "log"
    with (
        log.open("w") as output,
        subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, cwd=CHECKOUT) as process,
    ):
        try:
            _wait(server.port, process, log)
            yield
        finally:
            process.terminate()
            process.wait(START_SECONDS)


def _openssh(sshd: str, folder: Path, port: int) -> list[str]:
    """Write sshd's configuration and return its command."""
    (folder / "sshd_config").write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/authorized_keys\n"
        f"AcceptEnv {' '.join(ACCEPTED)}\nSubsystem sftp internal-sftp\nPidFile none\nUsePAM no\nStrictModes no\n"
        "PasswordAuthentication no\nPermitRootLogin yes\nMaxStartups 100\n"
    )
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    return [sshd, "-D", "-e", "-f", str(folder / "sshd_config")]


class _Fallback(asyncssh.SSHServer):
    def connection_requested(self, *_: Any) -> bool:
        """Let clients connect on, which is what a proxy does."""
        return True


async def _execute(process: asyncssh.SSHServerProcess[bytes]) -> None:
    accepted = {name: value for name, value in process.env.items() if name in ACCEPTED}
    pipe = subprocess.PIPE
    command = ["/bin/sh", "-c", process.command or ""]
    with subprocess.Popen(command, env=os.environ | accepted, stdin=pipe, stdout=pipe, stderr=pipe) as shell:
        # By hand, and to the end: asyncssh's own redirection loses the last of either on a busy machine.
        feeding = asyncio.create_task(_feed(process.stdin, shell.stdin))
        await asyncio.gather(_pass_on(shell.stdout, process.stdout), _pass_on(shell.stderr, process.stderr))
        process.exit(await asyncio.to_thread(shell.wait))
        feeding.cancel()


async def _feed(reader: "asyncssh.SSHReader[bytes]", pipe: Any) -> None:
    try:
        while chunk := await reader.read(_CHUNK):
            await asyncio.to_thread(_write, pipe, chunk)
    finally:
        # A command that ends without reading it all is no failure.
        with suppress(BrokenPipeError):
            pipe.close()


def _write(pipe: Any, chunk: bytes) -> None:
    with suppress(BrokenPipeError):
        pipe.write(chunk)
        pipe.flush()


async def _pass_on(pipe: Any, writer: "asyncssh.SSHWriter[bytes]") -> None:
    while chunk := await asyncio.to_thread(pipe.read1, _CHUNK):
        writer.write(chunk)
        await writer.drain()


async def _listen(folder: str, port: str) -> None:
    await asyncssh.listen(
        "127.0.0.1",
        int(port),
        server_host_keys=[f"{folder}/host"],
        authorized_client_keys=f"{folder}/authorized_keys",
        server_factory=_Fallback,
        process_factory=_execute,
        sftp_factory=True,
        encoding=None,
    )
    await asyncio.Event().wait()


def _wait(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"the SSH server did not start:\n{log.read_text()}") from error
            time.sleep(0.05)


if __name__ == "__main__":
    asyncio.run(_listen(*sys.argv[1:]))
