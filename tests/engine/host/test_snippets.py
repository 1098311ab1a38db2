"""Snippets are merged as Ignition merges: the real one does it to the same documents, and ends with the same."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.engine.host.machine_root import MachineRoot
from tests.support.fuzzing import fuzz
from tests.support.ignition import fetched, merged_by_ignition, without_references
from tests.unit.host.cases import Case
from tests.unit.host.test_snippets import MERGED
from tradewind.host.snippets import merge, with_snippets
from tradewind.spec.documents import problems_of_document
from tradewind.spec.snippets import Snippet

VERSION = {"version": "3.4.0"}


def texts(*choices: str) -> st.SearchStrategy[str]:
    return st.sampled_from(choices)


booleans = st.booleans()
PATHS = texts("/a", "/b", "/c/d", "/etc/hosts")
NAMES = texts("a", "b", "c")
UNITS = texts("a.service", "b.timer", "kubelet.service")
UNIT = "[Service]\nExecStart=/bin/{}\n"


def lists(entry: st.SearchStrategy[Any], *, key: str | None = None) -> st.SearchStrategy[list[Any]]:
    return st.lists(entry, min_size=1, max_size=3, unique_by=(lambda each: each[key]) if key else None)


def section(required: dict[str, Any] | None = None, **optional: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(required or {}, optional=optional)


owners = section(id=st.integers(0, 9)) | section(name=NAMES)
headers = lists(section({"name": NAMES}, value=NAMES), key="name")
plain = section({"source": texts("data:,a", "data:,b")}, compression=texts("", "gzip"))
remote = section({"source": texts("https://a.example/", "https://b.example/")}, httpHeaders=headers)
resources = plain | remote | section(verification=st.just({}))
node = {"user": owners, "group": owners}
modes = st.integers(0, 0o777)
files = section({"path": PATHS}, **node, mode=modes, contents=resources, append=lists(plain))
directories = section({"path": PATHS}, **node, mode=modes, overwrite=booleans)
links = section({"path": PATHS, "target": PATHS}, **node, overwrite=booleans)
dropins = section({"name": texts("1.conf", "2.conf")}, contents=texts("", UNIT.format("c")))
units = section(
    {"name": UNITS},
    contents=texts("", UNIT.format("a"), UNIT.format("b")),
    enabled=booleans,
    mask=booleans,
    dropins=lists(dropins, key="name"),
)
users = section({"name": NAMES}, gecos=NAMES, groups=lists(NAMES).map(set).map(sorted), noCreateHome=booleans)
keyed_users = st.tuples(users, st.lists(NAMES, unique=True)).map(lambda each: {**each[0], "sshAuthorizedKeys": each[1]})
groups = section({"name": NAMES}, gid=st.integers(500, 502), system=booleans)
filesystems = section(
    {"device": texts("/dev/a", "/dev/b"), "format": texts("ext4", "xfs")},
    path=PATHS,
    label=NAMES,
    wipeFilesystem=booleans,
    options=lists(NAMES),
    mountOptions=lists(NAMES),
)
partitions = section({"label": NAMES}, sizeMiB=st.integers(1, 3), wipePartitionEntry=booleans, typeGuid=st.just(""))
disks = section({"device": texts("/dev/a", "/dev/b")}, wipeTable=booleans, partitions=lists(partitions, key="label"))
raids = section(
    {"name": NAMES, "level": st.just("raid1"), "devices": texts("/dev/a", "/dev/b").map(lambda each: [each])},
    options=lists(NAMES),
)
tang = section({"url": texts("https://a.example", "https://b.example"), "thumbprint": NAMES})
luks = section(
    {"name": NAMES, "device": texts("/dev/a", "/dev/b")},
    discard=booleans,
    openOptions=lists(NAMES).map(set).map(sorted),
    options=lists(NAMES),
    clevis=section({"tpm2": st.just(True)}, threshold=st.integers(1, 2), tang=lists(tang, key="url")),
)
arguments = lists(texts("quiet", "audit=1", "nosmt")).map(set).map(sorted)
sections = {
    "kernelArguments": section(shouldExist=arguments) | section(shouldNotExist=arguments),
    "passwd": section(users=lists(keyed_users, key="name"), groups=lists(groups, key="name")),
    "storage": section(files=lists(files, key="path"), links=lists(links, key="path"))
    | section(files=lists(files, key="path"), directories=lists(directories, key="path")),
    "volumes": section(
        filesystems=lists(filesystems, key="device"),
        disks=lists(disks, key="device"),
        raid=lists(raids, key="name"),
        luks=lists(luks, key="name"),
    ),
    "systemd": section(units=lists(units, key="name")),
}


@st.composite
def pairs(draw: st.DrawFn, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two good documents with one section, whose entries have few different keys, so that they meet."""
    part = sections[name].filter(lambda value: any(value.values()))
    found = []
    for version in ("3.4.0", draw(texts("3.4.0", "3.4.0", "3.0.0"))):
        document = {"ignition": {"version": version}, "storage" if name == "volumes" else name: draw(part)}
        assume(not problems_of_document(document, ""))
        found.append(document)
    return found[0], found[1]


def outcome(make: Any, *documents: dict[str, Any]) -> Any:
    """The configuration, or that Ignition refuses it."""
    try:
        return make(*documents)
    except AssertionError as error:
        return "invalid" if "invalid config" in str(error) else str(error)


def here(parent: dict[str, Any], child: dict[str, Any]) -> dict[str, Any]:
    merged = merge(parent, child)
    return without_references(fetched({**merged, "ignition": {**merged["ignition"], **VERSION}}))


@pytest.mark.parametrize("name", sections)
def test_any_two_documents_become_what_ignition_makes_of_them(name: str) -> None:
    good = []

    @fuzz(25)
    @given(both=pairs(name))
    def same(both: Any) -> None:
        expected = outcome(merged_by_ignition, *both)
        assert outcome(here, *both) == expected
        good.append(not isinstance(expected, str))

    same()
    assert good.count(True) >= 15


@pytest.mark.parametrize("rule", MERGED)
def test_every_rule_is_ignitions(rule: str) -> None:
    parent, child, expected = ({"ignition": VERSION, **part} for part in MERGED[rule])
    merged = merged_by_ignition(parent, child)
    assert merged == without_references(fetched(expected))
    assert merged != without_references(fetched(parent))


FILE = {"path": "/etc/own", "mode": 0o640, "contents": {"source": "data:,own%0A"}}
CHANGED = {"path": "/etc/hostname", "contents": {"source": "data:,another%0A"}}
DROPIN = {"name": "20-own.conf", "contents": "[Service]\nEnvironment=OWN=1\n"}
TIMER = {"name": "own.timer", "enabled": True, "contents": "[Timer]\nOnBootSec=1\n[Install]\nWantedBy=timers.target\n"}
WHOLE_UNIT = {"name": "kubelet.service", "contents": UNIT.format("true"), "dropins": [DROPIN]}
KEYS = {"name": "core", "sshAuthorizedKeys": ["ssh-ed25519 AAAA own"]}


def snippet(*units: dict[str, Any], files: tuple[dict[str, Any], ...] = (FILE, CHANGED)) -> Snippet:
    document = {
        "ignition": VERSION,
        "passwd": {"users": [KEYS]},
        "storage": {"files": list(files)},
        "systemd": {"units": list(units)},
    }
    return Snippet(origin="snippets[0]", text="", document=document)


def test_a_host_with_a_snippet_is_what_ignition_makes_of_both(case: Case) -> None:
    own, added = case.config.ignition(), snippet(TIMER, {"name": "kubelet.service", "dropins": [DROPIN]})
    here = without_references(fetched(with_snippets(own, [added])))
    assert here == merged_by_ignition(own, dict(added.document))
    assert here != without_references(fetched(own))


def test_what_is_on_a_machine_that_booted_with_a_snippet(case: Case, image: MachineRoot) -> None:
    config = replace(case.config, snippets=(snippet(TIMER, WHOLE_UNIT),))
    result = image.provision(config)
    assert result.returncode == 0, result.stdout + result.stderr
    own = image.written("/etc/own")
    assert (own.read_text(), own.stat().st_mode & 0o7777) == ("own\n", 0o640)
    assert image.written("/etc/hostname").read_text() == "another\n"
    units = image.written("/etc/systemd/system")
    assert (units / "kubelet.service").read_text() == WHOLE_UNIT["contents"]
    assert (units / "kubelet.service.d/20-own.conf").read_text() == DROPIN["contents"]
    assert (units / "kubelet.service.d/05-image.conf").is_file()
    keys = image.written("/home/core/.ssh/authorized_keys.d/ignition").read_text().splitlines()
    assert keys == [*case.config.ssh_authorized_keys, *KEYS["sshAuthorizedKeys"]]
    enabled = image.shell("systemctl --quiet preset-all --preset-mode=enable-only\nsystemctl is-enabled own.timer")
    assert enabled.stdout.strip() == "enabled", enabled.stderr
