"""A delivery to a host as one text: a deterministic tar archive in base64, and the command that receives it.

Pure. Reads: files of a host. Makes: the text for the standard input of `RECEIVE_COMMAND`.

Equal files are equal text, on every machine and Python version, so that an unchanged host is not touched.
"""

import base64
import hashlib
import io
import tarfile
from collections.abc import Iterable, Sequence

from tradewind.errors import TradewindError
from tradewind.host.assets import directories_of, install_order
from tradewind.host.files import HostDirectory, HostFile
from tradewind.host.scripts import GATE, LAYOUT, PULL

RECEIVE_COMMAND = r"""sudo sh -c '
set -eu
umask 077
run=${ROOT:-}/run/tradewind
mkdir -m 0700 -p "$run"
exec 9> "$run/delivery.lock"
flock -w 300 9 || { echo "another delivery is still running" >&2; exit 1; }
rm -rf "$run"/delivery.d.*
folder=$(mktemp -d "$run/delivery.d.XXXXXX")
trap "rm -rf \"\$folder\"" EXIT
trap "exit 1" HUP INT TERM
base64 -d > "$folder/archive.tar"
mkdir "$folder/delivery"
tar -x -f "$folder/archive.tar" -C "$folder/delivery"
sh "$folder/delivery/gate" before "$folder/delivery"
sh "$folder/delivery/pull" "$folder/delivery"
sh "$folder/delivery/layout" "$folder/delivery"
sh "$folder/delivery/gate" after "$folder/delivery"
'"""
"""Run over SSH as a user who may use sudo without a password; reads an archive from standard input.

One delivery at a time, in a folder in memory that only root can enter and that is removed whatever happens; what a
killed one left is removed by the next, or by a restart of the machine. ROOT is for tests, as in the layout script; sudo
lets no variable through.
"""


class DeliveryError(TradewindError, ValueError):
    """Files that cannot be delivered together."""


def archive(files: Sequence[HostFile]) -> str:
    """The base64 text of a delivery, in any order of `files`. Secret if any of them is.

    Raises:
        DeliveryError: if two files have the same path.
    """
    paths = [file.path for file in files]
    twice = sorted({path for path in paths if paths.count(path) > 1})
    if twice:
        raise DeliveryError(f"delivered twice: {', '.join(twice)}")
    ordered = sorted(files, key=install_order)
    members = {f"root{file.path}": file.content.encode() for file in files}
    members["layout"] = LAYOUT.encode()
    members["gate"] = GATE.encode()
    members["pull"] = PULL.encode()
    members["DIRECTORIES"] = _listing(directories_of(ordered)).encode()
    members["FILES"] = _listing(ordered).encode()
    members["SHA256SUMS"] = "".join(f"{_sha256(data)}  {name}\n" for name, data in sorted(members.items())).encode()
    return base64.encodebytes(_tar(members)).decode()


def digest(files: Iterable[HostFile]) -> str:
    """A digest of everything that a delivery puts on a host: content, modes and owners. Safe to show."""
    ordered = sorted(files, key=install_order)
    text = _listing(ordered) + "".join(_sha256(file.content.encode()) for file in ordered)
    return _sha256(text.encode())


def _listing(entries: Iterable[HostFile | HostDirectory]) -> str:
    """Mode, user id, group id and path per line, in the order of installation."""
    return "".join(f"{entry.mode:o} {entry.uid} {entry.gid} {entry.path}\n" for entry in entries)


def _tar(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in sorted(members.items()):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            member.mode = 0o600
            tar.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
