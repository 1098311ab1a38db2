"""A host that can't run machines is told everything that it lacks, before anything starts."""

import os
import platform
import subprocess
from pathlib import Path

import pytest

from tests.machines.conftest import PROGRAM
from tools.machines import check
from tools.machines.errors import MachineError
from tools.paths import CHECKOUT

ALTERNATIVE = "the stack `assets`"


def test_this_host_can() -> None:
    assert check.problems() == []


@pytest.mark.parametrize("verb", ["check", "list", "create", "purge"])
def test_not_root(verb: str) -> None:
    # In a user namespace without a mapping every program sees itself as nobody.
    command = ["unshare", "--user", *PROGRAM, verb]
    result = subprocess.run(command, cwd=CHECKOUT, check=False, capture_output=True, text=True, input="")
    assert result.returncode == 1
    assert "not run as root" in result.stderr
    assert ALTERNATIVE in result.stderr
    assert result.stdout == ""


def test_not_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    with pytest.raises(MachineError) as caught:
        check.check()
    assert "it runs Darwin, not Linux" in str(caught.value)
    assert ALTERNATIVE in str(caught.value)


def test_everything_missing_is_listed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(check, "_COMMANDS", {"no-such-program": "no-such-package"})
    monkeypatch.setattr(check, "_NAMESPACES", {"none": "imaginary"})
    assert check.problems() == [
        "not run as root (try `sudo -E make up`)",
        "programs not found: no-such-program (Debian: apt-get install no-such-package)",
        "no imaginary namespaces in the kernel",
    ]


def test_kernel_features_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "_LINKS", ("bridge", "no-such-kind"))
    assert check.problems() == [
        "links of type no-such-kind can't be made (kernel module no-such-kind, or too few privileges)"
    ]
