"""Publishing to two real registries: tags and their order, refusals, a killed run that is gone on with."""

import os
import signal
import subprocess
import sys
from itertools import takewhile
from pathlib import Path

import pytest

from tests.support.registries import Front, tags
from tests.support.waiting import until
from tests.tools.kubelet_image.conftest import Build
from tools.kubelet_image.image import Layout
from tools.kubelet_image.publish import KubeletRegistry, Plan, publish
from tools.paths import CHECKOUT
from tools.toolchain.errors import ToolchainError

VERSION = "v1.36.2"
BOTH = (KubeletRegistry.QUAY, KubeletRegistry.DOCKER_HUB)
PLANS = {
    "v1.36.2": (BOTH, ("amd64", "arm64")),
    "v1.36.2-amd64": (BOTH, ("amd64",)),
    "v1.36.2-arm64": (BOTH, ("arm64",)),
    "v1.36.2-3-gabc1234": (BOTH, ("amd64", "arm64")),
    "v1.36.2-3-gabc1234-arm64": (BOTH, ("arm64",)),
    "build-abc1234": ((KubeletRegistry.QUAY,), ("amd64",)),
    "build-v1.36.2": ((KubeletRegistry.DOCKER_HUB,), ("amd64",)),
    "build-master": ((KubeletRegistry.DOCKER_HUB,), ("amd64",)),
}
Fronts = tuple[Front, Front]


@pytest.mark.parametrize("tag", PLANS)
def test_a_tag_decides_on_registries_and_architectures(tag: str) -> None:
    plan = Plan.of(tag, VERSION)
    assert (plan.registries, plan.architectures) == PLANS[tag]


@pytest.mark.parametrize(
    ("tag", "reason"),
    [
        ("latest", "the tag latest must be vX.Y.Z, "),
        ("v1.36.2-s390x", "the tag v1.36.2-s390x must be vX.Y.Z, "),
        ("v1.35.4", "the tag v1.35.4 is of the release v1.35.4, and the kubelet is v1.36.2"),
        ("build-v1.35.4", "the tag build-v1.35.4 is of the release v1.35.4, and the kubelet is v1.36.2"),
    ],
)
def test_a_tag_that_would_mislead_is_refused(tag: str, reason: str) -> None:
    with pytest.raises(ToolchainError) as refusal:
        Plan.of(tag, VERSION)
    assert str(refusal.value).startswith(reason)


def wanted(layout: Layout, tag: str = VERSION) -> dict[str, str]:
    return Plan.of(tag, VERSION).tags(layout)


def test_both_registries_get_every_tag_and_the_one_for_all_last(
    build: Build, fronts: Fronts, repositories: list[str]
) -> None:
    layout = build()
    publish(layout, wanted(layout), repositories, replace=False)
    expected = {"v1.36.2-amd64": layout.parts["amd64"], "v1.36.2-arm64": layout.parts["arm64"], VERSION: layout.digest}
    for each, repository in zip(fronts, repositories, strict=True):
        assert tags(repository) == expected
        assert each.tagged[-1] == VERSION
        sent = [path for method, path in each.asked if method == "PUT"]
        before = list(takewhile(lambda path: "/manifests/v1" not in path, sent))
        assert any(f"/manifests/{layout.digest}" in path for path in before)


def test_published_again_it_sends_nothing_but_tags(build: Build, fronts: Fronts, repositories: list[str]) -> None:
    layout = build()
    publish(layout, wanted(layout), repositories, replace=False)
    for each in fronts:
        each.asked.clear()
    publish(layout, wanted(layout), repositories, replace=False)
    assert [each.uploads for each in fronts] == [[], []]


def test_a_published_tag_stays_what_it_is(build: Build, fronts: Fronts, repositories: list[str]) -> None:
    first, second = build("first"), build("second", text=b"!")
    publish(first, wanted(first), repositories[1:], replace=False)
    with pytest.raises(ToolchainError, match=r"is sha256:[0-9a-f]{64} already") as refusal:
        publish(second, wanted(second), repositories, replace=False)
    assert str(refusal.value).startswith(f"{repositories[1]}:v1.36.2-amd64 is ")
    assert (tags(repositories[0]), tags(repositories[1])[VERSION]) == ({}, first.digest)
    assert fronts[0].uploads == []
    publish(second, wanted(second), repositories, replace=True)
    assert [tags(each)[VERSION] for each in repositories] == [second.digest, second.digest]


def test_the_tag_of_a_branch_moves(build: Build, repositories: list[str]) -> None:
    first, second = (build(name, ("amd64",), name.encode()) for name in ("first", "second"))
    for layout in (first, second):
        publish(layout, wanted(layout, "build-master"), repositories[1:], replace=False)
    assert tags(repositories[1]) == {"build-master": second.digest}


def starts_upload(method: str, path: str) -> bool:
    return method == "POST" and "/blobs/uploads/" in path


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (401, "Log in with an account that may push there: crane auth login 127.0.0.1:"),
        (403, "Log in with an account that may push there: crane auth login 127.0.0.1:"),
        (500, "500 Internal Server Error"),
        ("hang", "`crane push` did not end within 5 s"),
    ],
)
def test_a_registry_that_refuses_leaves_both_without_tags(
    build: Build, fronts: Fronts, repositories: list[str], answer: int | str, says: str
) -> None:
    layout = build()
    fronts[1].fault = lambda method, path: answer if starts_upload(method, path) else None
    with pytest.raises(ToolchainError) as refusal:
        publish(layout, wanted(layout), repositories, replace=False, limit=5 if answer == "hang" else 60)
    message = str(refusal.value)
    assert message.startswith(f"{repositories[1]}: ")
    assert "No tag was changed; the next run goes on with what was uploaded." in message
    assert says in message
    assert [tags(each) for each in repositories] == [{}, {}]
    assert [each.tagged for each in fronts] == [[], []]


def test_a_registry_out_of_reach_is_named_before_anything_is_sent(
    build: Build, fronts: Fronts, repositories: list[str]
) -> None:
    layout = build()
    fronts[1].fault = lambda _method, _path: 403
    with pytest.raises(ToolchainError, match="Nothing was uploaded and no tag was changed"):
        publish(layout, wanted(layout), repositories, replace=False)
    assert fronts[0].uploads == []


def test_the_tag_for_all_moves_only_after_its_parts(build: Build, fronts: Fronts, repositories: list[str]) -> None:
    old, new = build("old"), build("new", text=b"!")
    publish(old, wanted(old), repositories, replace=False)
    fronts[0].fault = lambda method, path: 403 if (method, path[-6:]) == ("PUT", "-arm64") else None
    with pytest.raises(ToolchainError, match=r"v1\.36\.2-arm64 may not have changed; run it again"):
        publish(new, wanted(new), repositories, replace=True)
    assert [tags(each)[VERSION] for each in repositories] == [old.digest, old.digest]
    fronts[0].fault = lambda _method, _path: None
    publish(new, wanted(new), repositories, replace=True)
    assert [tags(each) for each in repositories] == [wanted(new), wanted(new)]


_RUN = """
import sys
from pathlib import Path
from tools.kubelet_image.image import Layout
from tools.kubelet_image.publish import Plan, publish
folder, digest, amd64, arm64, *repositories = sys.argv[1:]
layout = Layout(Path(folder), digest, {"amd64": amd64, "arm64": arm64})
publish(layout, Plan.of("v1.36.2", "v1.36.2").tags(layout), repositories, replace=False)
"""


def ended(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{process}/stat").read_text().split(") ")[1][0] == "Z"


def test_a_killed_push_is_gone_on_with(build: Build, fronts: Fronts, repositories: list[str]) -> None:
    layout = build()
    # The second of its manifests gets no answer: blobs and one part are there then.
    fronts[1].fault = lambda method, path: "hang" if method == "PUT" and f"/manifests/{layout.digest}" in path else None
    process = subprocess.Popen(
        [sys.executable, "-c", _RUN, str(layout.folder), layout.digest, *layout.parts.values(), *repositories],
        cwd=CHECKOUT,
        stdout=subprocess.DEVNULL,
    )
    try:
        assert fronts[1].hanging.wait(60)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert children
    until(lambda: all(ended(int(child)) for child in children))
    assert [tags(each) for each in repositories] == [{}, {}]
    sent = fronts[1].uploads
    assert sent
    fronts[1].asked.clear()
    fronts[1].fault = lambda _method, _path: None
    publish(layout, wanted(layout), repositories, replace=False)
    assert fronts[1].uploads == []
    assert [tags(each) for each in repositories] == [wanted(layout), wanted(layout)]
