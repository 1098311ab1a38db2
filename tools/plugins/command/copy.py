"""Copying files, folders and text to a machine over SFTP.

Reads: an SSH connection; local files.
Makes: `copy_file`, `copy_source`.
"""

import posixpath
import stat
from pathlib import Path

import asyncssh

from tools.plugins.base.errors import PluginError
from tools.plugins.base.values import Archive, Asset

CHUNK = 1 << 20


async def copy_file(client: asyncssh.SSHClientConnection, source: str, target: str) -> None:
    """Write the content of a local file to a path there."""
    async with client.start_sftp_client() as sftp:
        await _copy_file(sftp, Path(source), target)


async def copy_source(client: asyncssh.SSHClientConnection, source: Asset | Archive, target: str) -> None:
    """Copy an asset or a path archive to target.

    A file goes to target, or into it when that is a folder; a folder goes into target, and a folder whose path ends
    with "/" gives its entries to target. Text needs the path of a file.
    """
    async with client.start_sftp_client() as sftp:
        if isinstance(source, Asset) and source.text is not None:
            if await _kind(sftp, target) == "folder":
                raise PluginError(
                    f"remote path {target} is a directory; when using a text asset, remotePath must be a file path"
                )
            await _write(sftp, target, source.text.encode())
            return
        path = source.path or ""
        if Path(path).is_dir():
            await _folder(sftp, target)
            if not path.endswith("/"):
                target = posixpath.join(target, Path(path).name)
            await _copy_folder(sftp, Path(path), target)
            return
        if await _kind(sftp, target) == "folder":
            target = posixpath.join(target, Path(path).name)
        await _copy_file(sftp, Path(path), target)


async def _copy_folder(sftp: asyncssh.SFTPClient, source: Path, target: str) -> None:
    await _folder(sftp, target)
    for path in sorted(source.iterdir()):
        there = posixpath.join(target, path.name)
        if path.is_dir() and not path.is_symlink():
            await _copy_folder(sftp, path, there)
        else:
            await _copy_file(sftp, path, there)


async def _copy_file(sftp: asyncssh.SFTPClient, source: Path, target: str) -> None:
    try:
        content = source.read_bytes()
    except OSError as error:
        raise PluginError(f"open {source}: {(error.strerror or str(error)).lower()}") from error
    await _write(sftp, target, content)


async def _write(sftp: asyncssh.SFTPClient, target: str, content: bytes) -> None:
    try:
        async with sftp.open(target, "wb") as file:
            for start in range(0, len(content), CHUNK):
                await file.write(content[start : start + CHUNK])
    except asyncssh.SFTPError as error:
        raise PluginError(f"failed to create remote file {target}: {error.reason}") from error


async def _folder(sftp: asyncssh.SFTPClient, path: str) -> None:
    """Make the folder if it is not there; its parent must be."""
    kind = await _kind(sftp, path)
    if kind == "other":
        raise PluginError(f"remote path {path} exists but is not a directory")
    if kind == "nothing":
        try:
            await sftp.mkdir(path)
        except asyncssh.SFTPError as error:
            raise PluginError(f"failed to create remote directory {path}: {error.reason}") from error


async def _kind(sftp: asyncssh.SFTPClient, path: str) -> str:
    try:
        mode = (await sftp.stat(path)).permissions or 0
    except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
        return "nothing"
    return "folder" if stat.S_ISDIR(mode) else "other"
