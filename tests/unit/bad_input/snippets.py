"""Snippets: lists, texts, what is in them, and what they would replace."""

import json

from tests.unit.bad_input.messages import ENTRIES, GIVEN, MAPPING
from tests.unit.bad_input.rows import Case
from tradewind.spec.ignition import CONFIG

_AT = "worker_snippets[0].config"
_TEXT = "must be Ignition JSON or Butane YAML of 1 to 65536 characters"
_KIND = "must be Ignition JSON, or Butane YAML with its variant and version"
_UNICODE = "must be Unicode without halves of surrogate pairs"
_VERSIONS = "must be one of 3.0.0, 3.1.0, 3.2.0, 3.3.0, 3.4.0, as hosts get a configuration of 3.4.0"
_BUTANE = "must be one of 1.0.0, 1.1.0, 1.2.0, 1.3.0, 1.4.0, 1.5.0, as hosts get Ignition 3.4.0"
_PATH = "must be an absolute path without //, . and .. and without / at its end"
_MODE = "must be a mode from 0 to 4095 (octal 7777)"
_SOURCE = "must be a URL: data:, http, https, tftp, s3, arn or gs"
_REPLACED = "must be a path such as /etc/hosts, or the name of a unit such as kubelet.service"
_UNUSED = "must be a path or unit that the snippet sets and that is this library's on its machines"
_JSON = ": must be JSON, as it begins with {: "
_MEANT = "of this library; if that is meant, list it in worker_snippets[0].replaces"
_TWICE = "must not be there twice"
_SINCE = "which ignition.version must say then"
_LONG = "a" * 65537


def _workers(value: object, *lines: str) -> Case:
    return Case("local", "worker_snippets", value, lines)


def _text(text: object, *lines: str) -> Case:
    return _workers([{"config": text}], *(f"{_AT}{line}" for line in lines))


def _document(line: str, version: str = "3.4.0", **document: object) -> Case:
    return _text(json.dumps({"ignition": {"version": version}, **document}), f".{line}")


def _file(line: str, **file: object) -> Case:
    return _document(f"storage.files[0].{line}", storage={"files": [{"path": "/a", **file}]})


def _unit(line: str, **unit: object) -> Case:
    return _document(f"systemd.units[0].{line}", systemd={"units": [unit]})


def _replaces(replaces: object, *lines: str) -> Case:
    config = json.dumps({"ignition": {"version": "3.4.0"}, "storage": {"files": [{"path": "/etc/hosts"}]}})
    return _workers(
        [{"config": config, "replaces": replaces}], *(f"worker_snippets[0].replaces{line}" for line in lines)
    )


_LISTS = [
    *(
        Case("local", path, value, (f"{path}: {shown} {ENTRIES.format(0, 32)}",))
        for path in ("controller_snippets", "worker_snippets")
        for value, shown in (
            (None, "None"),
            ("variant: fcos", "'variant: fcos'"),
            ({"config": "{}"}, "<dict>"),
            ([{"config": "{}"}] * 33, "<list>"),
            ([{"config": "{}"}] * 1_000_000, "<list>"),
        )
    ),
    _workers(["variant: fcos"], f"worker_snippets[0]: <str> {MAPPING}"),
    _workers([{}], f"worker_snippets[0].config: {GIVEN}"),
    _workers(
        [{"config": _LONG, "file": "a"}],
        "worker_snippets[0].file: <str> is unknown; the fields are config, replaces",
        f"{_AT}: {'a' * 80!r}... (65537 characters) {_TEXT}",
    ),
    Case(
        "local",
        "worker_pools",
        [{"name": "gpu", "snippets": [{"config": ""}]}],
        (f"worker_pools[0].snippets[0].config: '' {_TEXT}",),
    ),
    *(
        Case(
            "local",
            "machine_snippets",
            value,
            (f"machine_snippets: {shown} must be a mapping of at most 107 machines",),
        )
        for value, shown in ((None, "<NoneType>"), ([], "<list>"), (dict.fromkeys(map(str, range(200))), "<dict>"))
    ),
    Case(
        "local",
        "machine_snippets",
        {"A": [], "test-worker-0": [{"config": 1}]},
        (
            "machine_snippets['A']: the key must be a DNS label: lower-case letters, digits and -, at most 63, not "
            "starting or ending with -",
            f"machine_snippets['test-worker-0'][0].config: 1 {_TEXT}",
        ),
    ),
    Case(
        "local",
        "machine_snippets",
        {"test-worker-1": [], "test-load-balancer": []},
        tuple(
            f"machine_snippets[{name!r}]: the key must be a controller or worker of this cluster, such as "
            "test-controller-0"
            for name in ("test-worker-1", "test-load-balancer")
        ),
    ),
]

_TEXTS = [
    *(_text(value, f": {value!r} {_TEXT}") for value in ("", 1, None, True)),
    *(
        _text(value, f": {value!r} {_KIND}")
        for value in ("a", "variant: fcos", "version: 1.5.0", "[]", " variant: fcos")
    ),
    _text("#cloud-config\n", rf": '#cloud-config\n' {_KIND}"),
    _text("{\ud800}", rf": '{{\ud800}}' {_UNICODE}"),
    _text("variant: flatcar\nversion: 1.0.0\n", ".variant: 'flatcar' must be fcos, as the hosts' system is"),
    _text("variant: openshift\nversion: 4.19.0", ".variant: 'openshift' must be fcos, as the hosts' system is"),
    _text("variant: fcos\nversion: 1.6.0", f".version: '1.6.0' {_BUTANE}"),
    _text("variant: 'fcos'\nversion: \"1.7.0-experimental\" # new", f".version: '1.7.0-experimental' {_BUTANE}"),
    _text(
        "{",
        f"{_JSON}Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
    ),
    _text("{}{", f"{_JSON}Extra data: line 1 column 3 (char 2)"),
    _text('{"a":' * 10000, f"{_JSON}too deep or with a number too large"),
    _text(f'{{"a": {"1" * 5000}}}', f"{_JSON}too deep or with a number too large"),
    _text("{}", f".ignition.version: {_VERSIONS}"),
    _text('{"ignition": 1}', f".ignition.version: {_VERSIONS}"),
    *(
        _text(f'{{"ignition": {{"version": "{each}"}}}}', f".ignition.version: '{each}' {_VERSIONS}")
        for each in ("2.3.0", "3.5.0", "3.4")
    ),
]

_DOCUMENTS = [
    _text(
        '{"ignition": {"version": "3.4.0"}, "storge": {}}',
        f".storge: <dict> is no field of Ignition 3.4; these are {', '.join(CONFIG)}",
    ),
    _document("storage: <list> must be a mapping of fields", storage=[]),
    _document("storage.files: <dict> must be a list", storage={"files": {}}),
    _document("storage.files[0]: <str> must be a mapping of fields", storage={"files": ["/a"]}),
    _document(f"storage.files[0].path: {GIVEN}", storage={"files": [{"mode": 420}]}),
    *(_file(f"path: {path!r} {_PATH}", path=path) for path in ("a", "/a/", "//a", "/a/../b", "/a//b", "/.", "../a")),
    *(_file(f"mode: {mode!r} must be a whole number", mode=mode) for mode in ("0644", 1.0, True)),
    *(_file(f"mode: {mode} {_MODE}", mode=mode) for mode in (-1, 4096)),
    _file("overwrite: True must come with contents", overwrite=True),
    *(
        _file(f"contents.source: {source!r} {_SOURCE}", contents={"source": source})
        for source in ("a", "file:///etc/passwd", "data:text/plain", "javascript:1", "")
    ),
    _file("contents.source: 'data:;base64,a' must be base64 after its comma", contents={"source": "data:;base64,a"}),
    _file("contents.compression: 'xz' must be gzip", contents={"source": "data:,", "compression": "xz"}),
    _file(rf"contents.source: '\ud800' {_UNICODE}", contents={"source": "\ud800"}),
    _document(f"storage.files[1]: 'path:/a' {_TWICE}", storage={"files": [{"path": "/a"}, {"path": "/a"}]}),
    _document(
        f"storage.directories[0]: 'path:/a' {_TWICE}",
        storage={"files": [{"path": "/a"}], "directories": [{"path": "/a"}]},
    ),
    _document("storage.links[0].target: must be given", storage={"links": [{"path": "/a"}]}),
    _document(
        "storage.files[0].path: '/a/b' must not be below the link /a",
        storage={"files": [{"path": "/a/b"}], "links": [{"path": "/a", "target": "/c"}]},
    ),
    *(
        _unit(f"name: {name!r} must be a unit's name, such as example.service", name=name)
        for name in ("a", "a.conf", "a/b.service", "../a.service")
    ),
    _unit(
        "dropins[0].name: '10-a' must be a drop-in's name, such as 10-example.conf",
        name="a.service",
        dropins=[{"name": "10-a"}],
    ),
    _unit("enabled: 'yes' must be true or false", name="a.service", enabled="yes"),
    _document(
        "storage.files[0].path: '/etc/systemd/system/a.service' must not be a path of a unit or drop-in that is in "
        "systemd.units as well",
        storage={"files": [{"path": "/etc/systemd/system/a.service"}]},
        systemd={"units": [{"name": "a.service", "contents": "x"}]},
    ),
    _document(
        f"kernelArguments.shouldExist[0]: is a field of 3.3.0, {_SINCE}",
        "3.2.0",
        kernelArguments={"shouldExist": ["a"]},
    ),
    _document(
        f"storage.luks[0].openOptions[0]: is a field of 3.4.0, {_SINCE}",
        "3.3.0",
        storage={"luks": [{"name": "a", "openOptions": ["b"]}]},
    ),
]

_OVERRIDES = [
    _document(
        f"storage.files[0].path: '/etc/kubernetes/kubeconfig' is a secret file {_MEANT}",
        storage={"files": [{"path": "/etc/kubernetes/kubeconfig"}]},
    ),
    _document(
        f"storage.directories[0].path: '/etc' is above /etc/kubernetes, a path {_MEANT}",
        storage={"directories": [{"path": "/etc"}]},
    ),
    _unit(
        f"name: 'kubelet.service' is a unit {_MEANT}",
        name="kubelet.service",
        mask=True,
    ),
    _document(
        "passwd.users[0].shell: must not be set for core, as whom machines are entered; gecos, groups, name, "
        "passwordHash, sshAuthorizedKeys may be",
        passwd={"users": [{"name": "core", "shell": "/bin/false"}]},
    ),
    *(_replaces(value, f": {shown} {ENTRIES.format(0, 64)}") for value, shown in ((None, "None"), ("/a", "'/a'"))),
    *(
        _replaces([value], f"[0]: {value!r} {_REPLACED}")
        for value in ("", "hosts", 1, None, "a b.service", "etc/hosts")
    ),
    _replaces(["/etc/hosts", "/etc/hosts"], "[1]: '/etc/hosts' must not be in the list twice"),
    _replaces(["/etc/hosts", "/etc/etcd/etcd.conf"], f"[1]: '/etc/etcd/etcd.conf' {_UNUSED}"),
]

SNIPPETS = [_LISTS, _TEXTS, _DOCUMENTS, _OVERRIDES]
