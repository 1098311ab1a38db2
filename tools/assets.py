"""Writes a map of files to a folder, and removes it again. Driven by a command resource of the `assets` stack.

Reads: TRADEWIND_FOLDER, and for `write` a JSON object of path to content on standard input.
Makes: files of mode 0600 in folders of mode 0700, and a list of them, so that only they are ever removed.
"""

import json
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path, PurePosixPath

_LIST = ".written"
_NEW = ".new"  # A file until it is whole, then it gets its name.


def write(folder: Path, files: dict[str, str]) -> None:
    """Bring the folder to hold exactly `files`, besides what others put there. Each file appears whole.

    Raises:
        ValueError: if a path does not lead to a file inside the folder; nothing is written then.
    """
    for path in files:
        _check(folder, path)
    _make_private(folder)
    earlier = _written(folder)
    # Until the end the list holds both, so that an interrupted run forgets none.
    _list(folder, {*earlier, *files})
    # First, because a folder may take the name of a file, and the other way round.
    for path in earlier - files.keys():
        _remove(folder, path)
    for path, content in sorted(files.items()):
        target = folder / path
        for parent in reversed([each for each in target.parents if each.is_relative_to(folder)]):
            _make_private(parent)
        _replace(folder, target, content)
    _list(folder, files)
    print(f"{len(files)} files in {folder}")


def remove(folder: Path) -> None:
    """Remove what `write` wrote, and folders that are empty then."""
    for path in sorted(_written(folder)):
        _remove(folder, path)
    for name in (_NEW, _LIST):
        (folder / name).unlink(missing_ok=True)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _check(folder: Path, path: str) -> None:
    """Paths come back from the list when files are removed, so that none may look like two of them."""
    parts = PurePosixPath(path).parts
    inside = path == "/".join(parts) and ".." not in parts and path.isprintable() and path not in ("", _LIST, _NEW)
    # A link in the folder must not lead out of it.
    if not inside or not (folder / path).parent.resolve().is_relative_to(folder.resolve()):
        raise ValueError(f"{path!r} must be a path inside the folder")


def _files(text: str) -> dict[str, str]:
    files = json.loads(text)
    if not isinstance(files, dict) or not all(isinstance(content, str) for content in files.values()):
        raise ValueError("standard input must be a JSON object of path to content")
    return files


def _list(folder: Path, paths: Iterable[str]) -> None:
    _replace(folder, folder / _LIST, "".join(f"{path}\n" for path in sorted(paths)))


def _written(folder: Path) -> set[str]:
    try:
        return set((folder / _LIST).read_text().split("\n")) - {""}
    except FileNotFoundError:
        return set()


def _make_private(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def _replace(folder: Path, target: Path, content: str) -> None:
    new = folder / _NEW
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as out:
        out.write(content)
    new.replace(target)


def _remove(folder: Path, path: str) -> None:
    _check(folder, path)
    target = folder / path
    with suppress(FileNotFoundError, NotADirectoryError):
        target.unlink()
    for parent in target.parents:
        if parent == folder or (parent.is_dir() and any(parent.iterdir())):
            return
        if parent.is_dir():
            parent.rmdir()


def main(arguments: list[str]) -> int:
    """Run `write` or `remove`."""
    if arguments not in (["write"], ["remove"]) or not os.environ.get("TRADEWIND_FOLDER"):
        print("usage: TRADEWIND_FOLDER=... python3 -m tools.assets write|remove", file=sys.stderr)
        return 2
    folder = Path(os.environ["TRADEWIND_FOLDER"])
    try:
        if arguments == ["write"]:
            write(folder, _files(sys.stdin.read()))
        else:
            remove(folder)
    except (OSError, ValueError, RecursionError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
