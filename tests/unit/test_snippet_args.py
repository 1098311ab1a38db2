"""Which Butane fits which machines, and in which order snippets are taken."""

import json

import pytest

from tradewind.errors import SpecError
from tradewind.platforms.local.hosts import checked_spec
from tradewind.platforms.local.spec import local_spec
from tradewind.spec.snippets import no_translation, snippet_problems

IGNITION = json.dumps({"ignition": {"version": "3.4.0"}})


def translated(text):
    return IGNITION


@pytest.mark.parametrize(
    ("system", "variant", "version", "rule"),
    [
        (None, "fcos", "1.5.0", None),
        ("fedora-coreos", "fcos", "1.0.0", None),
        ("flatcar", "flatcar", "1.1.0", None),
        ("flatcar", "fcos", "1.5.0", "config.variant: 'fcos' must be flatcar, as the hosts' system is"),
        ("fedora-coreos", "flatcar", "1.1.0", "config.variant: 'flatcar' must be fcos, as the hosts' system is"),
        (
            "flatcar",
            "flatcar",
            "1.2.0",
            "config.version: '1.2.0' must be one of 1.0.0, 1.1.0, as hosts get Ignition 3.4.0",
        ),
    ],
)
def test_butane_is_for_the_machines_system(system, variant, version, rule):
    text = f"variant: {variant}\nversion: {version}\n"
    given = {"worker_snippets": [{"config": text}], **({"operating_system": system} if system else {})}
    told = [str(problem) for problem in snippet_problems(translated)(given)]
    assert told == ([f"worker_snippets[0].{rule}"] if rule else [])


def test_ignition_is_for_every_system():
    for system in ("fedora-coreos", "flatcar"):
        given = {"operating_system": system, "controller_snippets": [{"config": IGNITION}]}
        assert list(snippet_problems(no_translation)(given)) == []


def test_a_system_that_breaks_its_own_rule_says_nothing_of_snippets():
    text = "variant: anything\nversion: 9.9.9\n"
    assert list(snippet_problems(translated)({"operating_system": 1, "worker_snippets": [{"config": text}]})) == []


def test_role_then_pool_then_machine():
    def of(name):
        return [{"config": IGNITION.replace("}}", f'}}, "passwd": {{"groups": [{{"name": "{name}"}}]}}}}')}]

    spec = local_spec(
        {
            "name": "test",
            "controller_snippets": of("controllers"),
            "worker_snippets": [*of("first"), *of("second")],
            "worker_pools": [{"name": "gpu", "workers": 2, "snippets": of("pool")}],
            "machine_snippets": {"test-gpu-1": of("own"), "test-controller-0": of("it")},
        }
    )
    origins = {host.name: [snippet.origin for snippet in host.snippets] for host in (*spec.controllers, *spec.workers)}
    workers = ["worker_snippets[0]", "worker_snippets[1]"]
    assert origins == {
        "test-controller-0": ["controller_snippets[0]", "machine_snippets['test-controller-0'][0]"],
        "test-worker-0": workers,
        "test-gpu-0": [*workers, "worker_pools[0].snippets[0]"],
        "test-gpu-1": [*workers, "worker_pools[0].snippets[0]", "machine_snippets['test-gpu-1'][0]"],
    }


def test_what_does_not_fit_into_user_data_is_refused_with_its_name():
    file = {"path": "/etc/large", "contents": {"source": f"data:,{'a' * 17000}"}}
    text = json.dumps({"ignition": {"version": "3.4.0"}, "storage": {"files": [file]}})
    with pytest.raises(SpecError) as raised:
        checked_spec({"name": "test", "machine_snippets": {"test-worker-0": [{"config": text}]}})
    (problem,) = raised.value.problems
    assert problem.path == "test-worker-0 with its snippets"
    assert "bytes and may have 16384; its largest parts are /etc/large (17" in problem.rule


def test_two_snippets_that_ignition_refuses_together():
    link = {"links": [{"path": "/srv/own", "target": "/srv/other"}]}
    texts = [
        json.dumps({"ignition": {"version": "3.4.0"}, "storage": storage})
        for storage in (link, {"files": [{"path": "/srv/own/file"}]})
    ]
    with pytest.raises(SpecError) as raised:
        checked_spec({"name": "test", "worker_snippets": [{"config": text} for text in texts]})
    (problem,) = raised.value.problems
    assert str(problem).startswith("test-worker-0 with its snippets.storage.files[")
    assert str(problem).endswith(".path: '/srv/own/file' must not be below the link /srv/own")
