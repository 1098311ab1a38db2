"""The Ignition document. What the real program makes of it is tested in tests/engine/host."""

import json
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.host.cases import CASES, SSH_KEY
from tradewind.host.files import HostDirectory, HostFile
from tradewind.host.ignition import data_url, render
from tradewind.host.systemd import Unit


def test_parts_without_entries_are_left_out():
    assert render() == {"ignition": {"version": "3.4.0"}}


def test_every_part():
    document = render(
        files=[HostFile(path="/a", content="x y\n", mode=0o640, gid=7)],
        directories=[HostDirectory(path="/d", mode=0o700, uid=8)],
        units=[
            Unit(name="a.service", contents="[Unit]\n", enabled=True),
            Unit(name="b.service", mask=True),
            Unit(name="c.service", enabled=False),
            Unit(name="d.service", contents="[Unit]\n", mode=0o600),
        ],
        ssh_authorized_keys=[SSH_KEY],
    )
    assert document == {
        "ignition": {"version": "3.4.0"},
        "passwd": {"users": [{"name": "core", "sshAuthorizedKeys": [SSH_KEY]}]},
        "storage": {
            "directories": [{"path": "/d", "mode": 0o700, "user": {"id": 8}}],
            "files": [
                {
                    "path": "/a",
                    "mode": 0o640,
                    "overwrite": True,
                    "group": {"id": 7},
                    "contents": {"source": "data:,x%20y%0A"},
                },
                # Ignition's own units have one mode.
                {
                    "path": "/etc/systemd/system/d.service",
                    "mode": 0o600,
                    "overwrite": True,
                    "contents": {"source": "data:,%5BUnit%5D%0A"},
                },
            ],
        },
        "systemd": {
            "units": [
                {"name": "a.service", "enabled": True, "contents": "[Unit]\n"},
                {"name": "b.service", "mask": True},
                {"name": "c.service", "enabled": False},
            ]
        },
    }


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_data_url_holds_its_text(content):
    url = data_url(content)
    assert unquote(url.removeprefix("data:,")) == content
    # `#` would begin a fragment, and anything but ASCII is no URL.
    assert url.isascii()
    assert "#" not in url
    assert " " not in url


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_user_data_is_the_document(case):
    assert json.loads(case.config.user_data()) == case.config.ignition()
