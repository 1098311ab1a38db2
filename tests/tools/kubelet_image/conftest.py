"""Small images: a few bytes in the place of programs and of Debian's packages."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.registries import Front, front, registry
from tools import layers
from tools.kubelet_image import host_tools, image

ELF = {"amd64": 62, "arm64": 183}
Build = Callable[..., image.Layout]


def programs(folder: Path, architecture: str, text: bytes = b"") -> Path:
    """A folder with what looks like a kubelet and a kubectl of the architecture."""
    folder.mkdir(parents=True)
    for name in ("kubelet", "kubectl"):
        header = b"\x7fELF".ljust(18, b"\0") + ELF[architecture].to_bytes(2, "little")
        (folder / name).write_bytes(header + name.encode() + text)
    return folder


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Build:
    """Builds an image of small programs; what differs in `text` is another image."""
    tree = tmp_path / "host-tools"
    layers.skeleton(tree)
    lower = layers.pack(tree, tmp_path / "host-tools.tar.gz")
    monkeypatch.setattr(host_tools, "layer", lambda architecture, *, fresh: lower)

    def make(name: str = "one", architectures: tuple[str, ...] = ("amd64", "arm64"), text: bytes = b"") -> image.Layout:
        folders = {each: programs(tmp_path / name / each, each, text) for each in architectures}
        return image.build(folders, tmp_path / name / "layout", {"org.opencontainers.image.version": "v1.36.2"})

    return make


@pytest.fixture
def fronts() -> Iterator[tuple[Front, Front]]:
    """Two registries, in the place of Quay and Docker Hub."""
    with ExitStack() as stack:
        first, second = (stack.enter_context(front(stack.enter_context(registry()))) for _ in range(2))
        yield first, second


@pytest.fixture
def repositories(fronts: tuple[Front, Front]) -> list[str]:
    return [f"127.0.0.1:{each.port}/{name}/kubelet" for each, name in zip(fronts, ("poseidon", "psdn"), strict=True)]
