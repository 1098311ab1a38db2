"""Writes a map of files to a folder, and removes it again. Driven by a command resource of the `assets` stack.

Reads: TRADEWIND_FOLDER, and for `write` a JSON object of path to content on standard input.
Makes: files of mode 0600 in folders of mode 0700, and a list of them, so that only they are ever removed.
"""

import json
import os
import sys
from pathlib import Path, PurePosixPath

_LIST = ".written"


def write(folder: Path, files: dict[str, str]) -> None:
    """Bring the folder to hold exactly `files`, besides what others put there. Each file appears whole."""
    for path in files:
        if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
            raise ValueError(f"{path!r} must be a path inside the folder")
    _make_private(folder)
    earlier = _written(folder)
    # Until the end the list holds both, so that an interrupted run forgets none.
    _replace(folder / _LIST, "".join(f"{path}\n" for path in sorted({*earlier, *files})))
    for path, content in sorted(files.items()):
        target = folder / path
        for parent in reversed([each for each in target.parents if each.is_relative_to(folder)]):
            _make_private(parent)
        _replace(target, content)
    for path in earlier - files.keys():
        _remove(folder, path)
    _replace(folder / _LIST, "".join(f"{path}\n" for path in sorted(files)))
    print(f"{len(files)} files in {folder}")


def remove(folder: Path) -> None:
    """Remove what `write` wrote, and folders that are empty then."""
    for path in sorted(_written(folder)):
        _remove(folder, path)
    (folder / _LIST).unlink(missing_ok=True)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _written(folder: Path) -> set[str]:
    try:
        return set((folder / _LIST).read_text().split("\n")) - {""}
    except FileNotFoundError:
        return set()


def _make_private(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def _replace(target: Path, content: str) -> None:
    new = target.with_name(f".{target.name}.new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as out:
        out.write(content)
    new.replace(target)


def _remove(folder: Path, path: str) -> None:
    target = folder / path
    target.unlink(missing_ok=True)
    for parent in target.parents:
        if parent == folder or not parent.is_dir() or any(parent.iterdir()):
            return
        parent.rmdir()


def main(arguments: list[str]) -> int:
    """Run `write` or `remove`."""
    if arguments not in (["write"], ["remove"]) or not os.environ.get("TRADEWIND_FOLDER"):
        print("usage: TRADEWIND_FOLDER=... python3 -m tools.assets write|remove", file=sys.stderr)
        return 2
    folder = Path(os.environ["TRADEWIND_FOLDER"])
    if arguments == ["write"]:
        write(folder, json.load(sys.stdin))
    else:
        remove(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
