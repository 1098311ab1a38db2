"""Getting the tools: each found, downloaded or built, whichever works first, then put into the tool folder.

Reads: the table in pins.py.
Makes: <cache>/tools/<tool>-<version>-<recipe>/, and links to their programs in <cache>/bin/<key>/.
"""

import os
import shutil
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from pathlib import Path

from tools import paths
from tools.toolchain.build import Builder
from tools.toolchain.download import Downloader
from tools.toolchain.errors import ToolchainError, Unavailable
from tools.toolchain.installed import check_version, take_installed
from tools.toolchain.locks import locked, published
from tools.toolchain.pins import recipe_digest, toolchain_key
from tools.toolchain.process import Commands
from tools.toolchain.progress import Progress
from tools.toolchain.recipes import Tool

# One thread builds, another looks for the next tool and fetches its modules.
_THREADS = 2


class Installer:
    """One run that makes tools available in <cache>/bin/<key of `tools`>/."""

    def __init__(self, tools: tuple[Tool, ...], progress: Progress, downloader: Downloader | None = None) -> None:
        self._folder = paths.cache_root() / "bin" / toolchain_key(tools)
        self._progress = progress
        self._commands = Commands()
        self._downloader = downloader or Downloader()
        self._builder = Builder(self._commands, progress)

    def install(self, tools: Sequence[Tool]) -> None:
        """Make every program of `tools` available.

        Raises:
            ToolchainError: naming each tool that can't be had, what was tried, and what to do.
        """
        absent = [tool for tool in tools if not self._is_ready(tool)]
        if not absent:
            return
        problems: list[str] = []
        pool = ThreadPoolExecutor(_THREADS)
        try:
            futures = [pool.submit(self._obtain, tool) for tool in absent]
            for future in as_completed(futures):
                try:
                    future.result()
                except ToolchainError as problem:
                    problems.append(str(problem))
        finally:
            # Reached early when the run is interrupted.
            self._downloader.stopped.set()
            self._commands.stop()
            pool.shutdown(cancel_futures=True)
        if problems:
            raise ToolchainError("\n\n".join(problems))

    def _is_ready(self, tool: Tool) -> bool:
        return all((self._folder / program.name).exists() for program in tool.programs)

    def _obtain(self, tool: Tool) -> None:
        try:
            self._publish(tool)
        except OSError as problem:
            raise ToolchainError(
                f"{tool.name} {tool.version} can't be put into {paths.cache_root()}: {problem}\n"
                "Make room there and let this user write there, or set TRADEWIND_CACHE to another folder."
            ) from problem

    def _publish(self, tool: Tool) -> None:
        name = f"{tool.name} {tool.version}"
        home = paths.tools_dir() / f"{tool.name}-{tool.version}-{recipe_digest(tool)}"
        with locked(
            paths.locks_dir() / f"{home.name}.lock",
            lambda: self._progress.say(f"{name}: another run is making it; waiting"),
            self._commands.stopped.is_set,
        ):
            if not home.is_dir():
                started = time.monotonic()
                with published(home) as staging:
                    how = self._fill(tool, staging)
                self._progress.say(f"{name}: ready, {how} ({time.monotonic() - started:.0f} s)")
            self._link(tool, home)

    def _fill(self, tool: Tool, staging: Path) -> str:
        """Put the programs into `staging` by the first way that works, and say which it was."""
        name = f"{tool.name} {tool.version}"
        log = paths.logs_dir() / f"{tool.name}-{tool.version}.log"
        log.unlink(missing_ok=True)
        ways: list[tuple[str, str, Callable[[Path], None]]] = [
            ("found installed", "looking for an installed one", lambda folder: take_installed(tool, folder)),
            ("downloaded", "downloading", lambda folder: self._downloader.download(tool, folder)),
            ("built from its Go module", "building", lambda folder: self._builder.build(tool, folder, log)),
        ]
        tried: list[str] = []
        for done, doing, way in ways:
            try:
                with self._progress.step(f"{name}: {doing}"):
                    way(staging)
                for program in tool.programs:
                    check_version(tool, program, staging / program.name)
            except (Unavailable, OSError) as reason:
                tried.append(f"  - {doing}: {reason}")
                _empty(staging)
            else:
                return done
        raise ToolchainError(_explain(tool, tried))

    def _link(self, tool: Tool, home: Path) -> None:
        """Give the programs their names in the tool folder; each appears at once and whole."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for program in tool.programs:
            link = self._folder / program.name
            new = self._folder / f".{program.name}.{os.getpid()}"
            new.unlink(missing_ok=True)
            # A hard link is a real file, so that copying it into an image or a machine needs no care.
            os.link(home / program.name, new)
            new.replace(link)
            # Renaming onto another link to the same file does nothing: a second run finds it so.
            new.unlink(missing_ok=True)


def _empty(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            with suppress(FileNotFoundError):
                entry.unlink()


def _explain(tool: Tool, tried: list[str]) -> str:
    programs = ", ".join(program.name for program in tool.programs)
    lines = [f"{tool.name} {tool.version} ({programs}) can't be had. Tried:", *tried, "Any one of these helps:"]
    if tool.programs[0].probe is not None:
        lines.append(f"  - put version {tool.version} of {programs} on PATH")
    if tool.downloads:
        lines.append(f"  - let this machine reach {tool.downloads[0].url.split('/')[2]} (HTTPS_PROXY is respected)")
    if tool.builds:
        lines.append(
            "  - install the Go named above or later (https://go.dev/dl) and let it reach a module proxy (GOPROXY)"
        )
    return "\n".join([*lines, "Then run `make setup` again; what is already there is kept."])
