"""Butane is translated by the real program, and whatever is wrong is told with the arguments."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given

from tests.support.documentation import examples
from tests.support.fuzzing import fuzz, texts
from tests.support.ignition import fetched
from tools.paths import bin_dir
from tradewind import butane
from tradewind.errors import SpecError
from tradewind.platforms.local.hosts import checked_spec, host_config
from tradewind.spec.snippets import TranslationError

HEAD = "variant: fcos\nversion: 1.5.0\n"
FILE = HEAD + "storage:\n  files:\n    - path: {}\n      contents:\n        {}\n"
STACK, *YAML = examples("snippets.md", "yaml")
WHOLE = [text for text in YAML if text.startswith("variant:")]
PARTS = [text for text in YAML if text.startswith("# part of")]
(REFUSAL,) = examples("snippets.md")


@pytest.fixture(autouse=True)
def real_butane(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADEWIND_BUTANE", str(bin_dir() / "butane"))
    butane.translate.cache_clear()


def accepted(**args: object) -> None:
    """The arguments are good, and the real Ignition takes what every machine boots with."""
    spec = checked_spec({"name": "local", **args}, butane.translate)  # type: ignore[typeddict-item]
    for host in (*spec.controllers, *spec.workers):
        config = fetched(host_config(spec, host).ignition())
        assert config["systemd"]["units"], host.name


def problems(**args: object) -> list[str]:
    with pytest.raises(SpecError) as raised:
        checked_spec({"name": "local", **args}, butane.translate)  # type: ignore[typeddict-item]
    return str(raised.value).split("\n  ")[1:]


def test_the_stack_of_the_documentation() -> None:
    args = yaml.safe_load(STACK)["config"]["tradewind:cluster"]
    accepted(**args)
    spec = checked_spec(args, butane.translate)
    assert {host.name: len(host.snippets) for host in (*spec.controllers, *spec.workers)} == {
        "local-controller-0": 0,
        "local-worker-0": 1,
        "local-worker-1": 2,
        "local-gpu-0": 2,
    }


@pytest.mark.parametrize("text", WHOLE, ids=range(len(WHOLE)))
def test_the_snippets_of_the_documentation(text: str) -> None:
    accepted(controller_snippets=[{"config": text}], worker_snippets=[{"config": text}])


@pytest.mark.parametrize("text", PARTS, ids=range(len(PARTS)))
def test_the_arguments_of_the_documentation(text: str) -> None:
    accepted(**yaml.safe_load(text))
    # Without `replaces` they would be refused.
    ((name, (snippet,)),) = yaml.safe_load(text).items()
    told = problems(**{name: [{"config": snippet["config"]}]})
    assert {line.rpartition("; ")[2] for line in told} == {f"if that is meant, list it in {name}[0].replaces"}


def test_there_are_examples_of_every_kind() -> None:
    assert (len(WHOLE), len(PARTS)) == (2, 1)


def test_the_refusal_of_the_documentation() -> None:
    text = FILE.format("/etc/kubernetes/pki/ca.key", "inline: mine")
    assert problems(controller_snippets=[{"config": text}]) == [REFUSAL.strip()]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HEAD + "storge: {}\n", "warning at $.storge, line 3 col 1: Unused key storge"),
        (FILE.format("etc/own", "inline: a"), "error at $.storage.files.0.path, line 5 col 13: path not absolute"),
        (FILE.format("/etc/own", "local: own"), "local file paths are relative to a files directory"),
        (HEAD + "a: [\n", "yaml: line"),
        (HEAD + HEAD, 'mapping key "variant" already defined at line 1'),
    ],
)
def test_what_butane_says_is_told(text: str, words: str) -> None:
    told = problems(worker_snippets=[{"config": text}])
    assert all(line.startswith("worker_snippets[0].config: must be Butane that butane takes: ") for line in told)
    assert words in "\n".join(told)


def test_an_alias_in_butane_that_fans_out_is_no_danger() -> None:
    bomb = "".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}' if n else '1'] * 9)}]\n" for n in range(9))
    (line, *_) = problems(worker_snippets=[{"config": HEAD + bomb}])
    assert "must be Butane that butane takes" in line


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        (None, "the program butane is not on the PATH; install it from https://github.com/coreos/butane/releases"),
        ("/nowhere/butane", "TRADEWIND_BUTANE='/nowhere/butane' is no program; install it from"),
    ],
)
def test_without_the_program_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, chosen: str | None, words: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("TRADEWIND_BUTANE")
    if chosen:
        monkeypatch.setenv("TRADEWIND_BUTANE", chosen)
    (line,) = problems(worker_snippets=[{"config": WHOLE[0]}])
    assert line.startswith(f"worker_snippets[0].config: must be Butane that butane takes: {words}")
    # Ignition needs no program.
    accepted(worker_snippets=[{"config": '{"ignition": {"version": "3.4.0"}}'}])


@pytest.mark.parametrize("script", ["exit 3", "echo no >&2; exit 1", "echo '[]'", "echo nothing"])
def test_another_program_in_its_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str) -> None:
    program = tmp_path / "butane"
    program.write_text(f"#!/bin/sh\ncat >/dev/null\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("TRADEWIND_BUTANE", str(program))
    assert len(problems(worker_snippets=[{"config": HEAD}])) == 1


@fuzz(25)
@given(text=texts)
def test_any_text_is_translated_or_refused(text: str) -> None:
    try:
        assert butane.translate(HEAD + text).startswith("{")
    except TranslationError as error:
        assert str(error)
