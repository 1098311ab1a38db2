"""Sysctls of this host: saved before the first machine, adjusted, and restored after the last one."""

from pathlib import Path

import pytest

from tools.machines import host

BEFORE = {
    "vm/overcommit_memory": "0",
    "kernel/panic": "1",
    "fs/inotify/max_user_instances": "128",
    "fs/inotify/max_user_watches": "2000000",
    "net/bridge/bridge-nf-call-iptables": "1",
}


@pytest.fixture
def proc_sys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(host, "_PROC_SYS", tmp_path / "sys")
    monkeypatch.setattr(host, "_SAVED", tmp_path / "saved.json")
    for key, value in BEFORE.items():
        (tmp_path / "sys" / key).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "sys" / key).write_text(f"{value}\n")
    return tmp_path / "sys"


def values(proc_sys: Path) -> dict[str, str]:
    return {key: (proc_sys / key).read_text().strip() for key in BEFORE}


def test_raised_and_turned_off_while_machines_run(proc_sys: Path) -> None:
    host._save_sysctls()
    assert values(proc_sys) == {
        **BEFORE,
        "fs/inotify/max_user_instances": "8192",
        "net/bridge/bridge-nf-call-iptables": "0",
    }


def test_restored_whatever_a_kubelet_wrote(proc_sys: Path) -> None:
    host._save_sysctls()
    (proc_sys / "vm/overcommit_memory").write_text("1\n")
    (proc_sys / "kernel/panic").write_text("10\n")
    host._restore_sysctls()
    assert values(proc_sys) == BEFORE
    assert not host._SAVED.exists()


def test_nothing_to_restore(proc_sys: Path) -> None:
    (proc_sys / "kernel/panic").write_text("10\n")
    host._restore_sysctls()
    assert values(proc_sys) == {**BEFORE, "kernel/panic": "10"}
