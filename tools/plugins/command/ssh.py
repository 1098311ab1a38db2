"""SSH: reaching a machine, with patience, and running a command on it.

Reads: a `Task` with a `connection`; SSH_AUTH_SOCK.
Makes: `run` and `execute`. Only what needs a connection imports this module: asyncssh is slow to import.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import TypeAlias, TypeVar

import asyncssh

from tools.plugins.base.errors import PluginError
from tools.plugins.base.values import Props
from tools.plugins.command.common import Task
from tools.plugins.command.output import Output

Result = TypeVar("Result")
Work: TypeAlias = Callable[[asyncssh.SSHClientConnection], Awaitable[Result]]
Trust: TypeAlias = tuple[list[asyncssh.SSHKey], list[asyncssh.SSHKey], list[asyncssh.SSHKey]]
CHUNK = 65536
POLL_SECONDS = 0.2
FIRST_PAUSE_SECONDS = 0.1
PAUSE_GROWTH = 1.5
LONGEST_PAUSE_SECONDS = 5.0
FAILURES = (OSError, asyncssh.Error, TimeoutError)


def run(task: Task, work: Work[Result]) -> Result:
    """Connect, do the work and disconnect, all within the task's timeout.

    Raises PluginError when the machine cannot be reached, the work fails, is late, or the user has cancelled.
    """
    return asyncio.run(_bounded(_connected(task.inputs["connection"], work), task))


async def _bounded(work: Awaitable[Result], task: Task) -> Result:
    job = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    deadline = loop.time() + task.timeout if task.timeout else float("inf")
    while not job.done():
        await asyncio.wait([job], timeout=POLL_SECONDS)
        cancelled = task.engine.cancelled.is_set()
        if not job.done() and (cancelled or loop.time() > deadline):
            job.cancel()
            await asyncio.wait([job], timeout=LONGEST_PAUSE_SECONDS)
            raise PluginError("context canceled" if cancelled else "context deadline exceeded")
    try:
        return job.result()
    except FAILURES as error:
        raise PluginError(describe(error)) from error


async def _connected(connection: Props, work: Work[Result]) -> Result:
    client, proxy = await _dial_until_limit(connection)
    try:
        return await work(client)
    finally:
        for link in (client, proxy):
            if link is not None:
                link.close()
                await link.wait_closed()


async def _dial_until_limit(
    connection: Props,
) -> tuple[asyncssh.SSHClientConnection, asyncssh.SSHClientConnection | None]:
    """Dial again after each failure, up to `dialErrorLimit` of them (-1: without end), with growing pauses."""
    limit = int(connection.get("dialErrorLimit", 10))
    pause, dials = FIRST_PAUSE_SECONDS, 0
    while True:
        proxy = None
        try:
            proxy = await _dial(connection["proxy"], None) if connection.get("proxy") else None
            return await _dial(connection, proxy), proxy
        except FAILURES as error:
            if proxy is not None:
                proxy.close()
            dials += 1
            if -1 < limit < dials:
                where = f"{connection['host']}:{int(connection.get('port', 22))}"
                raise PluginError(f"after {dials} failed attempts to reach {where}: {describe(error)}") from error
        await asyncio.sleep(pause)
        pause = min(pause * PAUSE_GROWTH, LONGEST_PAUSE_SECONDS)


async def _dial(host: Props, tunnel: asyncssh.SSHClientConnection | None) -> asyncssh.SSHClientConnection:
    async with asyncio.timeout(host.get("perDialTimeout") or None):
        keys, agent = await _keys(host)
        try:
            return await asyncssh.connect(
                host["host"],
                int(host.get("port", 22)),
                tunnel=tunnel or (),
                username=host.get("user", "root"),
                password=host.get("password"),
                client_keys=keys or None,
                known_hosts=_known_hosts(host.get("hostKey")),
                agent_path=None,
                config=None,
                gss_host=None,
            )
        finally:
            if agent is not None:
                agent.close()


async def _keys(host: Props) -> tuple[list[asyncssh.SSHKeyPair], asyncssh.SSHAgentClient | None]:
    """The keys to offer: the given one, then those of the agent. No key of the user's own folder is ever offered."""
    keys: list[asyncssh.SSHKeyPair] = []
    if host.get("privateKey"):
        try:
            key = asyncssh.import_private_key(host["privateKey"], host.get("privateKeyPassword"))
            keys += asyncssh.load_keypairs([key])
        except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
            raise PluginError(f"the private key of the connection cannot be read: {error}") from error
    path = host.get("agentSocketPath") or os.environ.get("SSH_AUTH_SOCK")
    if not path:
        return keys, None
    try:
        agent = await asyncssh.connect_agent(path)
        return keys + list(await agent.get_keys()), agent
    except (OSError, ValueError) as error:
        if host.get("agentSocketPath"):
            raise PluginError(f"the SSH agent at {path} cannot be used: {error}") from error
        return keys, None


def _known_hosts(
    host_key: str | None,
) -> tuple[list[asyncssh.SSHKey], list[asyncssh.SSHKey], list[asyncssh.SSHKey]] | None:
    """Trust the given key alone; None, as without a key, trusts any."""
    if not host_key:
        return None
    try:
        return [asyncssh.import_public_key(host_key)], [], []
    except asyncssh.KeyImportError as error:
        raise PluginError(f"the host key of the connection cannot be read: {error}") from error


async def execute(client: asyncssh.SSHClientConnection, command: str, task: Task, output: Output) -> str:
    """Run a command to its end, and return "" or how it failed.

    Variables are asked of the server, which takes only those that its configuration accepts.
    """
    process = await client.create_process(command, env=task.environment, encoding=None)

    async def read(reader: asyncssh.SSHReader[bytes], stream: str) -> None:
        while chunk := await reader.read(CHUNK):
            output.add(stream, chunk)

    async def write() -> None:
        try:
            process.stdin.write((task.inputs.get("stdin") or "").encode())
            await process.stdin.drain()
            process.stdin.write_eof()
        except (BrokenPipeError, ConnectionError):
            pass  # the command did not want all of it

    await asyncio.gather(read(process.stdout, "stdout"), read(process.stderr, "stderr"), write())
    await process.wait_closed()
    return _ending(process)


def _ending(process: asyncssh.SSHClientProcess[bytes]) -> str:
    if process.exit_signal:
        name, _, message, _ = process.exit_signal
        return f"Process exited with status 128 from signal {name}" + (f". Reason was: {message}" if message else "")
    if process.exit_status is None:
        return "wait: remote command exited without exit status or exit signal"
    return f"Process exited with status {process.exit_status}" if process.exit_status else ""


def describe(error: BaseException) -> str:
    """Return what happened in words; a late answer has none of its own."""
    if isinstance(error, TimeoutError):
        return "i/o timeout"
    return str(error) or type(error).__name__
