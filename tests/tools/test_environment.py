"""The environment of a checkout: defaults, what the user has set, and the passphrase."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tools import paths
from tools.environment import STAND_INS_MARKER, EnvironmentProblem, ensure_passphrase, environment

DEFAULT_KEYS = {
    "PATH",
    "VIRTUAL_ENV",
    "PULUMI_SKIP_UPDATE_CHECK",
    "PULUMI_HOME",
    "PULUMI_BACKEND_URL",
    "PULUMI_CONFIG_PASSPHRASE_FILE",
    "GOGC",
    "GOMEMLIMIT",
}


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TRADEWIND_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "checkout"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: tradewind\nruntime: python\n")
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def log_in(folder: Path, current: str = "https://pulumi.example.test") -> Path:
    """A login as the CLI keeps it."""
    folder.mkdir(parents=True)
    (folder / "credentials.json").write_text(json.dumps({"current": current, "accessTokens": {current: "token"}}))
    return folder


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_the_defaults(checkout: Path, home: Path) -> None:
    made = environment(checkout, {"HOME": str(home), "PATH": "/usr/bin"})
    state = checkout / ".state"
    assert made == {
        "HOME": str(home),
        "PATH": f"{checkout}/.venv/bin:{paths.bin_dir()}:/usr/bin",
        "VIRTUAL_ENV": f"{checkout}/.venv",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "GOGC": "400",
        "GOMEMLIMIT": "1GiB",
        "PULUMI_HOME": str(paths.pulumi_home()),
        "PULUMI_BACKEND_URL": f"file://{state}/backend?metadata=skip",
        "PULUMI_CONFIG_PASSPHRASE_FILE": f"{state}/passphrase",
    }
    assert made.keys() - {"HOME"} == DEFAULT_KEYS
    assert {path.name for path in state.iterdir()} == {"backend", "passphrase"}
    assert [mode(path) for path in (state, state / "backend", state / "passphrase")] == [0o700, 0o700, 0o600]


def test_a_checkout_may_have_any_name(tmp_path: Path, home: Path) -> None:
    # The CLI decodes the URL of its backend.
    made = environment(tmp_path / "a b%20#?", {"HOME": str(home)})
    assert made["PULUMI_BACKEND_URL"] == f"file://{tmp_path}/a%20b%2520%23%3F/.state/backend?metadata=skip"


@pytest.mark.parametrize("chosen", [{"GOGC": "100"}, {"GOMEMLIMIT": "200MiB"}])
def test_how_a_user_has_go_collect_garbage_stays(checkout: Path, home: Path, chosen: dict[str, str]) -> None:
    made = environment(checkout, {"HOME": str(home), **chosen})
    assert {key: made[key] for key in made if key.startswith("GO")} == chosen


def test_an_environment_in_an_environment_is_the_same(checkout: Path, home: Path) -> None:
    once = environment(checkout, {"HOME": str(home), "PATH": "/usr/bin:/bin"})
    assert environment(checkout, once) == once


def test_a_folder_of_state_that_others_could_read_is_closed(checkout: Path, home: Path) -> None:
    (checkout / ".state").mkdir(mode=0o755)
    environment(checkout, {"HOME": str(home)})
    assert mode(checkout / ".state") == 0o700


def test_stand_in_plugins_turn_downloads_off(checkout: Path, home: Path) -> None:
    plugins = paths.pulumi_home() / "plugins"
    plugins.mkdir(parents=True)
    (plugins / STAND_INS_MARKER).touch()
    made = environment(checkout, {"HOME": str(home)})
    assert made["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] == "true"


@pytest.mark.parametrize(
    "chosen",
    [{"PULUMI_BACKEND_URL": "s3://bucket"}, {"PULUMI_ACCESS_TOKEN": "token"}],
    ids=["backend", "token"],
)
def test_a_backend_that_the_user_has_set_stays(checkout: Path, home: Path, chosen: dict[str, str]) -> None:
    made = environment(checkout, {"HOME": str(home), **chosen})
    assert made.items() >= chosen.items()
    assert made.keys() - {"HOME"} - chosen.keys() == DEFAULT_KEYS - {"PULUMI_BACKEND_URL"}
    assert not (checkout / ".state" / "backend").exists()


@pytest.mark.parametrize(
    "chosen", [{"PULUMI_BACKEND_URL": "https://pulumi.example.test"}, {"PULUMI_ACCESS_TOKEN": "t"}]
)
def test_a_backend_that_the_user_has_set_keeps_its_login(checkout: Path, home: Path, chosen: dict[str, str]) -> None:
    login = log_in(home / ".pulumi")
    made = environment(checkout, {"HOME": str(home), **chosen})
    assert made["PULUMI_CREDENTIALS_PATH"] == str(login)
    assert made.get("PULUMI_BACKEND_URL") == chosen.get("PULUMI_BACKEND_URL")


@pytest.mark.parametrize(
    "text",
    [
        "backend:\n  url: s3://bucket\n",
        "backend:\n\n  # where state is\n  url: s3://bucket\n",
        "backend: {url: s3://bucket}\n",
        "backend: # where state is\n    url: s3://bucket\n",
    ],
)
def test_a_backend_in_the_project_file_stays(checkout: Path, home: Path, text: str) -> None:
    (checkout / "Pulumi.yaml").write_text(f"name: tradewind\n{text}runtime: python\n")
    assert "PULUMI_BACKEND_URL" not in environment(checkout, {"HOME": str(home)})


@pytest.mark.parametrize(
    "text",
    ["backend:\n", "# backend:\n#   url: s3://bucket\n", "config:\n  backend: s3://bucket\n", "backend: # none\n"],
)
def test_a_project_file_without_backend_leaves_the_default(checkout: Path, home: Path, text: str) -> None:
    (checkout / "Pulumi.yaml").write_text(f"{text}name: tradewind\n")
    assert (
        environment(checkout, {"HOME": str(home)})["PULUMI_BACKEND_URL"]
        == f"file://{checkout}/.state/backend?metadata=skip"
    )


def test_a_login_stays(checkout: Path, home: Path) -> None:
    login = log_in(home / ".pulumi")
    made = environment(checkout, {"HOME": str(home)})
    assert made["PULUMI_CREDENTIALS_PATH"] == str(login)
    assert "PULUMI_BACKEND_URL" not in made
    assert not (checkout / ".state" / "backend").exists()


@pytest.mark.parametrize("variable", ["PULUMI_HOME", "PULUMI_CREDENTIALS_PATH"])
def test_a_login_is_looked_for_where_the_user_keeps_it(
    checkout: Path, home: Path, tmp_path: Path, variable: str
) -> None:
    login = log_in(tmp_path / "elsewhere")
    made = environment(checkout, {"HOME": str(home), variable: str(login)})
    assert made["PULUMI_CREDENTIALS_PATH"] == str(login)
    assert "PULUMI_BACKEND_URL" not in made
    assert made["PULUMI_HOME"] == str(paths.pulumi_home())


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"current": ""}', '{"current"'])
def test_credentials_without_a_login_leave_the_default(checkout: Path, home: Path, content: str) -> None:
    (home / ".pulumi").mkdir()
    (home / ".pulumi" / "credentials.json").write_text(content)
    assert "PULUMI_BACKEND_URL" in environment(checkout, {"HOME": str(home)})


@pytest.mark.parametrize(
    "chosen",
    [
        {"PULUMI_CONFIG_PASSPHRASE": "mine"},
        {"PULUMI_CONFIG_PASSPHRASE": ""},
        {"PULUMI_CONFIG_PASSPHRASE_FILE": "/my/file"},
    ],
    ids=["words", "empty", "file"],
)
def test_a_passphrase_that_the_user_has_set_stays(checkout: Path, home: Path, chosen: dict[str, str]) -> None:
    made = environment(checkout, {"HOME": str(home), **chosen})
    assert {name: value for name, value in made.items() if "PASSPHRASE" in name} == chosen
    assert not (checkout / ".state" / "passphrase").exists()


def test_the_passphrase_is_made_once(checkout: Path) -> None:
    passphrase = ensure_passphrase(checkout).read_text()
    assert len(passphrase) >= 40
    assert ensure_passphrase(checkout).read_text() == passphrase


def test_two_checkouts_have_two_passphrases(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    assert ensure_passphrase(checkout).read_text() != ensure_passphrase(tmp_path / "other").read_text()


def test_twenty_processes_at_once_agree_on_the_passphrase(checkout: Path) -> None:
    program = (
        "import pathlib, sys\n"
        "from tools.environment import ensure_passphrase\n"
        "print('ready', flush=True)\n"
        "sys.stdin.readline()\n"
        "print(ensure_passphrase(pathlib.Path(sys.argv[1])).read_text())\n"
    )
    command = [sys.executable, "-c", program, str(checkout)]
    running = [
        subprocess.Popen(command, cwd=paths.CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(20)
    ]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in running:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    said = {process.communicate(timeout=30)[0] for process in running}
    assert said == {(checkout / ".state" / "passphrase").read_text() + "\n"}
    assert [path.name for path in (checkout / ".state").iterdir()] == ["passphrase"]
    assert mode(checkout / ".state" / "passphrase") == 0o600


@pytest.mark.parametrize(
    ("file", "content"),
    [
        (".state/backend/.pulumi/stacks/tradewind/local.json", "{}"),
        (".state/backend/.pulumi/stacks/local.json.gz", "{}"),
        ("Pulumi.local.yaml", "encryptionsalt: v1:abc\n"),
        ("stacks/Pulumi.local.yaml", "encryptionsalt: v1:abc\n"),
    ],
)
def test_a_lost_passphrase_is_not_replaced(checkout: Path, home: Path, file: str, content: str) -> None:
    (checkout / file).parent.mkdir(parents=True, exist_ok=True)
    (checkout / file).write_text(content)
    with pytest.raises(EnvironmentProblem) as problem:
        environment(checkout, {"HOME": str(home)})
    passphrase = checkout / ".state" / "passphrase"
    text = str(problem.value)
    assert text.startswith(
        f"{passphrase} is missing, but {checkout / file} was encrypted with the passphrase in it.\nPut the file back"
    )
    assert "PULUMI_CONFIG_PASSPHRASE" in text
    assert not passphrase.exists()
    assert "PULUMI_CONFIG_PASSPHRASE_FILE" not in environment(
        checkout, {"HOME": str(home), "PULUMI_CONFIG_PASSPHRASE": "mine"}
    )


@pytest.mark.parametrize(
    ("file", "content"),
    [
        (".state/backend/.pulumi/stacks/tradewind/local.json.bak", "{}"),
        (".state/backend/.pulumi/stacks/tradewind/local.json.attrs", "{}"),
        ("Pulumi.local.yaml", "config:\n  tradewind:name: local\n"),
    ],
)
def test_what_no_passphrase_protects_is_not_in_the_way(checkout: Path, file: str, content: str) -> None:
    (checkout / file).parent.mkdir(parents=True, exist_ok=True)
    (checkout / file).write_text(content)
    assert ensure_passphrase(checkout).exists()
