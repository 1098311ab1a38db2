"""The stacks' settings as they are committed."""

import subprocess

from tools.paths import CHECKOUT


def test_committed_settings_hold_nothing_of_one_checkout() -> None:
    shown = subprocess.run(["git", "ls-files", "stacks"], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    names = [name for name in shown.stdout.splitlines() if name.endswith(".yaml")]
    assert names
    for name in names:
        text = subprocess.run(
            ["git", "show", f"HEAD:{name}"], cwd=CHECKOUT, capture_output=True, text=True, check=True
        ).stdout
        assert "encryptionsalt" not in text, f"{name}: the salt belongs to one checkout's passphrase"
