"""The environment in which Pulumi and the project's programs run.

Reads: the user's environment and login, Pulumi.yaml, what `make setup` has put in place.
Makes: .state/ with the backend's folder and the passphrase, where the user has set neither.
"""

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from tools import paths

STAND_INS_MARKER = ".stand-ins"
"""File in PULUMI_HOME/plugins: the plugins there are the project's own."""

ENGINE = {"GOGC": "400", "GOMEMLIMIT": "1GiB"}
"""For the engine, a Go program: it makes the text of the whole state at every step and drops it, so that it collects
garbage less often, but as often as it must above the limit. docs/performance.md has what that saves.
Source: https://pkg.go.dev/runtime#hdr-Environment_Variables"""

_PRIVATE_FOLDER = 0o700
_PRIVATE_FILE = 0o600


class EnvironmentProblem(Exception):  # noqa: N818  (its text is for the user)
    """Something that must be there is not; the text says what to do."""


def environment(checkout: Path = paths.CHECKOUT, user: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables for a command of this checkout; what the user has set stays.

    Args:
        checkout: Root of the checkout.
        user: The user's environment; this process's by default.

    Raises:
        EnvironmentProblem: if the passphrase of existing state is gone.
    """
    user = os.environ if user is None else user
    made = dict(user)
    made["PATH"] = _path(checkout, user.get("PATH", os.defpath))
    made["VIRTUAL_ENV"] = str(checkout / ".venv")
    made["PULUMI_SKIP_UPDATE_CHECK"] = "true"
    if not ENGINE.keys() & user.keys():
        made |= ENGINE
    made |= _backend(checkout, user)
    # After the backend: the user's login is looked for in the user's own PULUMI_HOME.
    home = paths.pulumi_home()
    made["PULUMI_HOME"] = str(home)
    if (home / "plugins" / STAND_INS_MARKER).exists():
        made["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] = "true"
    if "PULUMI_CONFIG_PASSPHRASE" not in user and "PULUMI_CONFIG_PASSPHRASE_FILE" not in user:
        made["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(ensure_passphrase(checkout))
    return made


def _path(checkout: Path, user_path: str) -> str:
    own = [str(checkout / ".venv" / "bin"), str(paths.bin_dir())]
    return os.pathsep.join([*own, *(entry for entry in user_path.split(os.pathsep) if entry not in own)])


def _backend(checkout: Path, user: Mapping[str, str]) -> dict[str, str]:
    """What has to be set so that Pulumi finds its state: nothing if the user has chosen a backend."""
    home = user.get("PULUMI_HOME") or str(Path(user.get("HOME") or Path.home()) / ".pulumi")
    credentials = Path(user.get("PULUMI_CREDENTIALS_PATH") or home) / "credentials.json"
    named = user.get("PULUMI_BACKEND_URL") or user.get("PULUMI_ACCESS_TOKEN") or _project_names_backend(checkout)
    if named or _logged_in(credentials):
        # A backend that is only named still needs the login that goes with it.
        return {"PULUMI_CREDENTIALS_PATH": str(credentials.parent)} if credentials.exists() else {}
    folder = paths.state_dir(checkout) / "backend"
    _make_private(folder)
    return {"PULUMI_BACKEND_URL": folder_backend(folder)}


def folder_backend(folder: Path) -> str:
    """URL of a backend that keeps its state in a folder.

    Without a second file of attributes beside each file: that one is not written at once, and a run that is killed
    meanwhile leaves a stack that no command can load (`failed to load checkpoint: EOF`).
    """
    return f"file://{quote(str(folder))}?metadata=skip"


def _project_names_backend(checkout: Path) -> bool:
    """Whether Pulumi.yaml has a top-level `backend` with a value."""
    try:
        text = (checkout / "Pulumi.yaml").read_text()
    except FileNotFoundError:
        return False
    lines = [line for line in text.splitlines() if line.split("#")[0].strip()]
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if line.startswith("backend:"):
            inline = line.removeprefix("backend:").split("#")[0].strip()
            return bool(inline) or following.startswith((" ", "\t"))
    return False


def _logged_in(credentials: Path) -> bool:
    try:
        content = json.loads(credentials.read_text())
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and bool(content.get("current"))


def ensure_passphrase(checkout: Path) -> Path:
    """The file with this checkout's passphrase, made at the first use.

    Raises:
        EnvironmentProblem: if there is state that another passphrase protects.
    """
    file = paths.state_dir(checkout) / "passphrase"
    if file.exists():
        return file
    protected = _protected_by_passphrase(checkout)
    # Asked again: another process may have made the passphrase, and a stack with it, meanwhile.
    if protected is not None and not file.exists():
        raise EnvironmentProblem(
            f"{file} is missing, but {protected} was encrypted with the passphrase in it.\n"
            "Put the file back, or set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE. If the passphrase is "
            f"lost for good, remove what was deployed by hand, then {protected}."
        )
    _make_private(file.parent)
    new = file.with_name(f".passphrase.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE)
    with os.fdopen(descriptor, "w") as out:
        out.write(secrets.token_urlsafe(32))
        out.flush()
        os.fsync(out.fileno())
    try:
        # Fails if another process was faster; its passphrase is then the one.
        os.link(new, file)
    except FileExistsError:
        pass
    finally:
        new.unlink()
    return file


def _protected_by_passphrase(checkout: Path) -> Path | None:
    """A stack's state, or a stack's settings with an encrypted value, if there is one."""
    stacks = paths.state_dir(checkout) / "backend" / ".pulumi" / "stacks"
    for state in sorted(stacks.rglob("*.json*")):
        if state.suffix != ".bak" and not state.name.endswith(".attrs"):
            return state
    settings = [*checkout.glob("Pulumi.*.yaml"), *(checkout / "stacks").glob("Pulumi.*.yaml")]
    return next((file for file in sorted(settings) if "encryptionsalt:" in file.read_text()), None)


def _make_private(folder: Path) -> None:
    """Make a folder in .state/ and everything above it up to .state/ readable by the user only."""
    folder.mkdir(parents=True, exist_ok=True, mode=_PRIVATE_FOLDER)
    while True:
        folder.chmod(_PRIVATE_FOLDER)
        if folder.name == ".state":
            return
        folder = folder.parent
