"""A delivery as text: deterministic, complete, and nothing in it twice."""

import base64
import hashlib
import io
import tarfile
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.host.cases import CASES, CONTROLLER, WORKER
from tradewind.host.archive import DeliveryError, archive, digest
from tradewind.host.files import HostDirectory, HostFile, HostPathError
from tradewind.host.scripts import LAYOUT

FILE = HostFile(path="/etc/a", content="text é\n", mode=0o640, uid=1, gid=2)


def members(text: str) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(base64.b64decode(text))) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}


def test_members():
    found = members(archive([FILE]))
    assert sorted(found) == ["DIRECTORIES", "FILES", "SHA256SUMS", "gate", "layout", "pull", "root/etc/a"]
    assert found["root/etc/a"] == FILE.content.encode()
    assert found["FILES"] == b"640 1 2 /etc/a\n"
    assert found["layout"].decode() == LAYOUT
    sums = dict(line.split("  ")[::-1] for line in found["SHA256SUMS"].decode().splitlines())
    content = {name: hashlib.sha256(data).hexdigest() for name, data in found.items() if name != "SHA256SUMS"}
    assert sums == content


def test_a_member_tells_nothing_about_who_made_it():
    with tarfile.open(fileobj=io.BytesIO(base64.b64decode(archive([FILE])))) as tar:
        facts = {(member.mtime, member.uid, member.gid, member.uname, member.mode) for member in tar}
    assert facts == {(0, 0, 0, "", 0o600)}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_order_of_files_changes_nothing(case):
    assert archive(case.delivery) == archive(case.delivery[::-1])
    assert digest(case.delivery) == digest(case.delivery[::-1])


def test_a_path_given_twice_is_refused():
    with pytest.raises(DeliveryError, match=r"^delivered twice: /etc/a$"):
        archive([FILE, replace(FILE, content="SECRET")])


@pytest.mark.parametrize("change", [{"content": "other"}, {"mode": 0o600}, {"uid": 3}, {"gid": 3}, {"path": "/etc/b"}])
def test_the_digest_is_of_content_mode_owner_and_path(change):
    assert digest([FILE]) != digest([replace(FILE, **change)])
    assert archive([FILE]) != archive([replace(FILE, **change)])


def test_the_digest_does_not_say_what_is_secret():
    assert digest([FILE]) == digest([replace(FILE, secret=True)])


@given(st.lists(st.text("ab", min_size=1, max_size=2), unique=True, max_size=4), st.text(max_size=20))
def test_every_file_is_delivered_as_it_is(names, content):
    files = [HostFile(path=f"/etc/{name}", content=content) for name in names]
    found = members(archive(files))
    assert {f"root{file.path}": content.encode() for file in files}.items() <= found.items()


def test_the_directories_are_those_of_the_role():
    assert b"/etc/kubernetes/config\n" in members(archive(CONTROLLER.delivery))["DIRECTORIES"]
    assert b"/etc/kubernetes/config\n" not in members(archive(WORKER.delivery))["DIRECTORIES"]


@pytest.mark.parametrize(
    "path",
    ["", "a", "etc/a", "/", "/a/", "//a", "/a/../b", "/a/./b", "/..", "/a b", "/a\nb", "/a$b", "/a;b", "/a'b", "/a*"],
)
@pytest.mark.parametrize("make", [HostDirectory, lambda path: HostFile(path=path, content="")])
def test_a_path_that_a_list_cannot_hold_is_refused(make, path):
    with pytest.raises(HostPathError, match="must be an absolute path"):
        make(path=path)


@pytest.mark.parametrize("mode", [-1, 0o10000])
def test_a_mode_that_is_none_is_refused(mode):
    with pytest.raises(HostPathError, match="mode"):
        HostFile(path="/a", content="", mode=mode)


def test_a_path_may_hold_what_systemd_needs():
    assert HostFile(path="/etc/systemd/system/a@b.service.d/..c", content="").path.endswith("..c")


def test_content_is_not_printed():
    assert "text" not in repr(FILE)
