"""Local machines. `create`, `update` and `delete` read the machine from TRADEWIND_MACHINE.

A NAME is `name` or `cluster/name`.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from types import FrameType

from tools.machines import check, host, images, lifecycle, rootfs, supervisor
from tools.machines.errors import MachineError
from tools.machines.spec import parse
from tools.machines.store import STATE, Machine, Record, find, host_lock, machines, remove_empty

_Verb = Callable[[argparse.Namespace], int]


def main(arguments: list[str] | None = None) -> int:
    """Run one verb; errors end as one message on stderr and status 1."""
    options = _parser().parse_args(arguments)
    verb: _Verb = options.verb
    # A terminated create takes back what it half-made, as any other failing one.
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        if verb is not _check:
            check.require_root()
        return verb(options)
    except MachineError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    finally:
        if verb is not _check and os.geteuid() == 0:
            _settle()


def _interrupt(number: int, frame: FrameType | None) -> None:
    del frame
    raise KeyboardInterrupt(f"signal {number}")


def _settle() -> None:
    """Leave no empty folder behind."""
    remove_empty(STATE)
    with host_lock():
        host.leave_for_good()


def _check(options: argparse.Namespace) -> int:
    del options
    check.check()
    print("this host can run local machines")
    return 0


def _setup(options: argparse.Namespace) -> int:
    del options
    check.check()
    rootfs.setup()
    images.setup()
    return 0


def _answer(record: Record) -> int:
    print(json.dumps(record.public()))
    return 0


def _create(options: argparse.Namespace) -> int:
    del options
    return _answer(lifecycle.create(parse(os.environ.get("TRADEWIND_MACHINE")), sys.stdin.buffer.read()))


def _update(options: argparse.Namespace) -> int:
    del options
    return _answer(lifecycle.update(parse(os.environ.get("TRADEWIND_MACHINE"))))


def _delete(options: argparse.Namespace) -> int:
    del options
    spec = parse(os.environ.get("TRADEWIND_MACHINE"))
    lifecycle.delete(Machine(spec.cluster, spec.name))
    return 0


def _list(options: argparse.Namespace) -> int:
    for machine in machines(options.cluster):
        record = machine.load()
        state = "running" if lifecycle.is_running(machine) else "off" if record else "incomplete"
        print(f"{machine.title}\t{record.spec.address if record else '-'}\t{state}")
    return 0


def _exec(options: argparse.Namespace) -> int:
    machine = find(options.name)
    # The note of a machine that is off names processes of the past.
    init, _ = supervisor.processes(machine) if lifecycle.is_running(machine) else (None, None)
    if not init:
        raise MachineError(f"{options.name} is off")
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    stream = "--pty" if sys.stdin.isatty() and sys.stdout.isatty() else "--pipe"
    run = ["systemd-run", "--quiet", "--wait", "--collect", stream, "--", *(command or ["bash", "-l"])]
    return subprocess.run([*supervisor.inside(init), *run], check=False, cwd="/").returncode


def _logs(options: argparse.Namespace) -> int:
    machine = find(options.name)
    for name in ("ignition.log", "supervisor.log", "console.log"):
        path = machine.folder / name
        if path.exists():
            print(f"--- {path}\n{path.read_text(errors='replace')}", end="")
    return 0


def _each(change: Callable[[Machine], None]) -> _Verb:
    """A verb that changes the named machines."""

    def verb(options: argparse.Namespace) -> int:
        if bool(options.names) == options.all:
            raise MachineError("say which machines, or --all")
        for machine in list(machines()) if options.all else [find(name) for name in options.names]:
            change(machine)
        return 0

    return verb


def _purge(options: argparse.Namespace) -> int:
    if bool(options.clusters) == options.all:
        raise MachineError("say which clusters, or --all")
    for cluster in [None] if options.all else options.clusters:
        for machine in list(machines(cluster)):
            lifecycle.purge(machine)
            print(f"removed {machine.title}")
    return 0


def _supervise(options: argparse.Namespace) -> int:
    supervisor.supervise(find(options.name))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m tools.machines", description=__doc__)
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    def add(name: str, verb: _Verb, text: str) -> argparse.ArgumentParser:
        sub = verbs.add_parser(name, help=text, description=text)
        sub.set_defaults(verb=verb)
        return sub

    add("check", _check, "say whether this host can run machines")
    add("setup", _setup, "make the root file system and the images that machines share")
    add("create", _create, "make a machine, provisioned by the Ignition config on stdin")
    add("update", _update, "start a machine that is off; refuse what would make it another one")
    add("delete", _delete, "let a machine leave its cluster, and remove it with its data")
    add("list", _list, "show machines").add_argument("cluster", nargs="?")
    run = add("exec", _exec, "run a command in a machine as root")
    run.add_argument("name")
    run.add_argument("command", nargs=argparse.REMAINDER)
    add("logs", _logs, "print what a machine wrote while it was provisioned and booted").add_argument("name")
    for name, change in (("start", lifecycle.start), ("stop", lifecycle.stop), ("reboot", lifecycle.reboot)):
        many = add(name, _each(change), f"{name} machines")
        many.add_argument("names", nargs="*")
        many.add_argument("--all", action="store_true")
    purge = add("purge", _purge, "remove all machines of clusters, and what killed runs left of them")
    purge.add_argument("clusters", nargs="*")
    purge.add_argument("--all", action="store_true")
    add("supervise", _supervise, "run a machine in this process (used by the other verbs)").add_argument("name")
    return parser


if __name__ == "__main__":
    sys.exit(main())
