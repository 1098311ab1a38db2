"""How snippets are merged, and what of a host they may not take. The real Ignition is asked in tests/engine/host."""

import json

import pytest

from tests.unit.host.cases import CASES, Case
from tradewind.host.files import HostFile
from tradewind.host.ignition import SPEC_VERSION
from tradewind.host.ownership import override_problems, owned
from tradewind.host.snippets import left_to_us, merge, with_snippets
from tradewind.spec.ignition import CONFIG, Entries
from tradewind.spec.snippets import Snippet

VERSION = {"ignition": {"version": "3.4.0"}}
UNITS = "/etc/systemd/system"


def snippet(replaces=(), **document) -> Snippet:
    return Snippet(origin="snippets[0]", text="", document={**VERSION, **document}, replaces=tuple(replaces))


def files(*entries):
    return {"storage": {"files": list(entries)}}


def units(*entries):
    return {"systemd": {"units": list(entries)}}


def merged(parent, child):
    return {name: value for name, value in merge({**VERSION, **parent}, {**VERSION, **child}).items() if name in parent}


WEB = {"source": "https://example.com/"}
A, B = {"path": "/a", "mode": 420}, {"path": "/b"}
MERGED = {
    "a file is changed field by field, others stay, new ones come last": (
        files(A, B),
        files({"path": "/c"}, {"path": "/a", "contents": {"source": "data:,x"}}),
        files({**A, "contents": {"source": "data:,x"}}, B, {"path": "/c"}),
    ),
    "false is a value": (
        units({"name": "a.service", "enabled": True}),
        units({"name": "a.service", "enabled": False}),
        units({"name": "a.service", "enabled": False}),
    ),
    "drop-ins are told apart by name": (
        units({"name": "a.service", "dropins": [{"name": "1.conf", "contents": "a"}]}),
        units({"name": "a.service", "dropins": [{"name": "2.conf"}, {"name": "1.conf", "contents": "b"}]}),
        units({"name": "a.service", "dropins": [{"name": "1.conf", "contents": "b"}, {"name": "2.conf"}]}),
    ),
    "a link takes the place of a file": (
        {"storage": {"files": [A, B]}},
        {"storage": {"links": [{"path": "/a", "target": "/b"}]}},
        {"storage": {"files": [B], "links": [{"path": "/a", "target": "/b"}]}},
    ),
    "an argument that should not exist goes": (
        {"kernelArguments": {"shouldExist": ["a", "b"]}},
        {"kernelArguments": {"shouldNotExist": ["a"]}},
        {"kernelArguments": {"shouldExist": ["b"], "shouldNotExist": ["a"]}},
    ),
    "keys are there once": (
        {"passwd": {"users": [{"name": "core", "sshAuthorizedKeys": ["one", "two"]}]}},
        {"passwd": {"users": [{"name": "core", "sshAuthorizedKeys": ["three", "one"]}]}},
        {"passwd": {"users": [{"name": "core", "sshAuthorizedKeys": ["one", "two", "three"]}]}},
    ),
    "options are added, equal or not": (
        {"storage": {"filesystems": [{"device": "/dev/a", "format": "xfs", "options": ["-q"]}]}},
        {"storage": {"filesystems": [{"device": "/dev/a", "format": "xfs", "options": ["-q", "-n"]}]}},
        {"storage": {"filesystems": [{"device": "/dev/a", "format": "xfs", "options": ["-q", "-q", "-n"]}]}},
    ),
    "a header without a value takes one away": (
        files(
            {
                "path": "/a",
                "contents": {**WEB, "httpHeaders": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]},
            }
        ),
        files({"path": "/a", "contents": {**WEB, "httpHeaders": [{"name": "A"}]}}),
        files({"path": "/a", "contents": {**WEB, "httpHeaders": [{"name": "B", "value": "2"}]}}),
    ),
    "partitions are told apart by number, or else by label": (
        {"storage": {"disks": [{"device": "/dev/a", "partitions": [{"number": 1}, {"label": "data", "sizeMiB": 1}]}]}},
        {"storage": {"disks": [{"device": "/dev/a", "partitions": [{"label": "data", "sizeMiB": 2}]}]}},
        {"storage": {"disks": [{"device": "/dev/a", "partitions": [{"number": 1}, {"label": "data", "sizeMiB": 2}]}]}},
    ),
}


@pytest.mark.parametrize("rule", MERGED)
def test_merged(rule):
    parent, child, expected = MERGED[rule]
    assert merged(parent, child) == expected


def test_snippets_go_over_each_other_in_their_order():
    first, second = (snippet(**files({"path": "/a", "contents": {"source": f"data:,{n}"}})) for n in (1, 2))
    document = with_snippets(VERSION, [first, second])
    assert document["storage"]["files"] == [{"path": "/a", "contents": {"source": "data:,2"}}]


def test_the_version_stays_the_hosts():
    older = Snippet(origin="", text="", document={"ignition": {"version": "3.0.0"}})
    assert with_snippets(VERSION, [older]) == {"ignition": {"version": SPEC_VERSION}}


def test_a_unit_takes_the_place_of_one_that_is_written_as_a_file():
    own = files({"path": f"{UNITS}/kubelet.service"}, {"path": f"{UNITS}/kubelet.service.d/05-image.conf"}, A)
    unit = {"name": "kubelet.service", "contents": "x", "dropins": [{"name": "05-image.conf", "contents": "y"}]}
    document = with_snippets({**VERSION, **own}, [snippet(**units(unit))])
    assert document["storage"]["files"] == [A]
    assert document["systemd"]["units"] == [unit]


def test_a_host_without_snippets_is_what_it_was():
    for case in CASES.values():
        assert json.dumps(with_snippets(case.config.ignition(), ())) == json.dumps(case.config.ignition())


def test_deliveries_leave_alone_what_a_snippet_replaces():
    ours, taken = HostFile(path="/etc/hosts", content=""), HostFile(path="/etc/containerd/config.toml", content="")
    assert left_to_us([ours, taken], [snippet(replaces=[taken.path])]) == [ours]


def lists_of(shape, path=""):
    """Every list of the table."""
    if isinstance(shape, Entries):
        yield path, shape
        yield from lists_of(shape.of, path)
    elif not isinstance(shape, type):
        for name, each in shape.items():
            yield from lists_of(each, f"{path}.{name}" if path else name)


def test_every_list_of_the_table_says_how_its_entries_are_told_apart():
    for path, shape in lists_of(CONFIG):
        assert shape.appended or shape.of is str or set(shape.key) <= set(shape.of), path


# What of a host is the library's.


def refused(case: Case, replaces=(), **document) -> list[str]:
    return [str(each) for each in override_problems(owned(case.config, case.delivery), snippet(replaces, **document))]


@pytest.mark.parametrize("name", CASES)
def test_every_file_directory_and_unit_of_a_host_is_refused_and_can_be_replaced(name):
    case = CASES[name]
    paths = {each.path for each in (*case.config.files, *case.config.directories, *case.delivery)}
    assert len(paths) > 15
    for path in paths:
        for kind, entry in (("files", {}), ("directories", {}), ("links", {"target": "/x"})):
            given = {"storage": {kind: [{"path": path, **entry}]}}
            (line,) = refused(case, **given)
            assert line.startswith(f"snippets[0].config.storage.{kind}[0].path: {path!r} is a ")
            assert line.endswith(" of this library; if that is meant, list it in snippets[0].replaces")
            assert refused(case, replaces=[path], **given) == []
    for unit in case.config.units:
        given = units({"name": unit.name, "contents": "[Service]\nExecStart=/bin/true\n"})
        assert len(refused(case, **given)) == 1
        assert refused(case, replaces=[unit.name], **given) == []


CONTROLLER = CASES["fedora-coreos/controller"]
WHAT = {
    "/etc/kubernetes/pki/ca.key": "a secret file",
    "/etc/kubernetes/kubeconfig": "a secret file",
    "/var/lib/kubelet/kubeconfig": "a secret file",
    "/var/lib/kubelet/config.yaml": "a file",
    f"{UNITS}/etcd-member.service": "a unit",
    f"{UNITS}/kubelet.service": "a unit",
    "/etc/kubernetes": "a folder",
    "/etc/kubernetes/pki/own.key": "in /etc/kubernetes/pki, a folder",
    "/var/lib/etcd/member": "in /var/lib/etcd, a folder",
    "/var/lib/kubelet/pki/kubelet.key": "in /var/lib/kubelet/pki, a folder",
    "/var": "above ",
    "/": "above ",
}


@pytest.mark.parametrize("path", WHAT)
def test_it_says_what_it_is(path):
    (line,) = refused(CONTROLLER, storage={"files": [{"path": path}]})
    assert f" is {WHAT[path]}" in line
    (line,) = refused(CONTROLLER, storage={"filesystems": [{"device": "/dev/a", "path": path}]})
    assert f" is {WHAT[path]}" in line


@pytest.mark.parametrize(
    ("path", "own"),
    [
        ("/var/opt/bootstrap/apply", "/opt/bootstrap/apply"),
        (f"{UNITS}.control/kubelet.service", f"{UNITS}/kubelet.service"),
    ],
)
def test_another_name_of_a_path_is_the_same_path(path, own):
    for replaces in ((), (path,)):
        (line,) = refused(CONTROLLER, replaces, storage={"files": [{"path": path}]})
        assert line.endswith(f"{path!r} must be given as {own}")


FREE = [
    files({"path": "/etc/kubernetes/manifests/own.yaml"}, {"path": "/etc/sysctl.d/95-own.conf"}),
    files({"path": f"{UNITS}/kubelet.service.d/10-own.conf"}, {"path": "/var/lib/kubelet/config.json"}),
    units({"name": "kubelet.service", "dropins": [{"name": "20-image.conf", "contents": "x"}]}),
    units({"name": "own.service", "contents": "x", "enabled": True}, {"name": "var-lib-own.mount", "contents": "x"}),
    units({"name": "etcd-member.service", "enabled": True, "mask": False}),
    {"passwd": {"users": [{"name": "core", "sshAuthorizedKeys": ["a"], "groups": ["b"], "passwordHash": "c"}]}},
    {"passwd": {"users": [{"name": "own", "uid": 1000}], "groups": [{"name": "own", "gid": 1000}]}},
    {"storage": {"filesystems": [{"device": "/dev/a", "path": "/var/lib/own"}]}},
    {"ignition": {"version": "3.4.0", "timeouts": {"httpTotal": 5}}},
]


@pytest.mark.parametrize("document", FREE, ids=str)
def test_what_is_not_the_librarys_is_free(document):
    assert refused(CONTROLLER, **document) == []


TAKEN = [
    (units({"name": "kubelet.service", "dropins": [{"name": "05-image.conf", "contents": "x"}]}), "05-image.conf"),
    (units({"name": "etcd-member.service", "enabled": False}), "'etcd-member.service' is a unit"),
    (units({"name": "kubelet.path", "mask": True}), "'kubelet.path' is a unit"),
    (units({"name": "docker.service", "mask": False, "enabled": True}), "'docker.service' is a unit"),
    (units({"name": "var-lib-etcd.mount", "contents": "x"}), "'/var/lib/etcd' is a folder"),
    (units({"name": r"var-lib-kub\x65let.automount", "contents": "x"}), "'/var/lib/kubelet' is a folder"),
]


@pytest.mark.parametrize(("document", "words"), TAKEN, ids=lambda each: str(each)[:60])
def test_what_a_snippet_would_take_of_a_unit(document, words):
    (line,) = refused(CONTROLLER, **document)
    assert words in line


NEVER = [
    (
        {"ignition": {"version": "3.4.0", "config": {"merge": [{"source": "data:,"}]}}},
        "ignition.config.merge: must not",
    ),
    ({"ignition": {"version": "3.4.0", "config": {"replace": {"source": "data:,"}}}}, "ignition.config.replace: must"),
    ({"passwd": {"users": [{"name": "core", "shouldExist": False}]}}, "passwd.users[0].shouldExist: must not be set"),
    ({"passwd": {"users": [{"name": "core", "uid": 1}]}}, "passwd.users[0].uid: must not be set for core"),
    ({"passwd": {"users": [{"name": "x", "uid": 232}]}}, "passwd.users[0].uid: 232 must not be one of"),
    ({"passwd": {"groups": [{"name": "x", "gid": 10261}]}}, "passwd.groups[0].gid: 10261 must not be one of"),
]


@pytest.mark.parametrize(("document", "words"), NEVER, ids=lambda each: str(each)[:60])
def test_what_no_snippet_may_do(document, words):
    (line,) = refused(CONTROLLER, **document)
    assert words in line


@pytest.mark.parametrize("entry", ["/etc/hosts.own", "own.service", "/etc/kubernetes/pki/ca.key"])
def test_what_is_to_be_replaced_has_to_be_there(entry):
    (line,) = refused(CONTROLLER, [entry], **files({"path": "/a"}))
    assert line == (
        f"snippets[0].replaces[0]: {entry!r} must be a path or unit that the snippet sets and that is this library's "
        "on its machines"
    )
