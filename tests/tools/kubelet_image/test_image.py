"""Images of small programs: the same inputs give the same digests; what is wrong is refused first."""

import hashlib
import json
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from tests.tools.kubelet_image.conftest import Build, programs
from tests.tools.toolchain.support import Server, running_server
from tools import layers
from tools.kubelet_image import image
from tools.toolchain.errors import ToolchainError
from tools.toolchain.pins import kubelet_programs
from tools.toolchain.progress import Progress
from tools.toolchain.recipes import Download, Tool


def blob(layout: image.Layout, digest: str) -> dict:
    found = json.loads((layout.folder / "blobs/sha256" / digest.removeprefix("sha256:")).read_text())
    assert isinstance(found, dict)
    return found


def test_the_same_inputs_give_the_same_digests(build: Build) -> None:
    one, same, other = build("one"), build("same"), build("other", text=b"!")
    assert (one.digest, one.parts) == (same.digest, same.parts)
    assert other.digest != one.digest


def test_an_index_names_the_architectures(build: Build) -> None:
    layout = build()
    index = blob(layout, layout.digest)
    assert index["mediaType"] == "application/vnd.oci.image.index.v1+json"
    platforms = {each["platform"]["architecture"]: each["digest"] for each in index["manifests"]}
    assert platforms == layout.parts
    for architecture, digest in layout.parts.items():
        manifest = blob(layout, digest)
        config = blob(layout, manifest["config"]["digest"])
        assert (config["os"], config["architecture"]) == ("linux", architecture)
        assert config["config"]["Entrypoint"] == ["/usr/local/bin/kubelet"]
        labels = {"org.opencontainers.image.version": "v1.36.2"}
        assert config["config"]["Labels"] == manifest["annotations"] == labels
        # The lower layer is one for all images of the architecture.
        assert len(manifest["layers"]) == 2


def test_one_architecture_is_one_manifest(build: Build) -> None:
    layout = build(architectures=("amd64",))
    assert layout.parts == {"amd64": layout.digest}
    assert blob(layout, layout.digest)["mediaType"] == "application/vnd.oci.image.manifest.v1+json"


def test_layers_have_no_owner_and_no_time(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    layers.skeleton(tree)
    with tarfile.open(layers.pack(tree, tmp_path / "layer.tar")) as layer:
        members = {member.name.removeprefix("./"): member for member in layer}
    assert {(member.uid, member.gid, member.mtime) for member in members.values()} == {(0, 0, 0)}
    assert list(members) == sorted(members)
    assert members["bin"].linkname == "usr/bin"
    assert (members["tmp"].mode, members["root"].mode, members["etc/passwd"].mode) == (0o1777, 0o700, 0o644)


def offered(server: Server, body: bytes, digest: str) -> Tool:
    """Kubelet and kubectl as a server has them, in a version that can't be built."""
    tool = kubelet_programs("1.36.99", "arm64")
    for name in ("kubelet", "kubectl"):
        server.file(f"/{name}", body)
        server.file(f"/{name}.sha256", digest.encode())
    return replace(
        tool,
        downloads=tuple(
            Download(f"{server.url}/{name}", f"{server.url}/{name}.sha256", ((name, ""),))
            for name in ("kubelet", "kubectl")
        ),
    )


def obtain(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    monkeypatch.setattr(image, "kubelet_programs", lambda _version, _target: tool)
    with Progress() as progress:
        return image.obtain("v1.36.99", ("arm64",), progress)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TRADEWIND_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "*")
    return tmp_path / "cache"


def test_a_download_with_its_checksum_is_taken(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = (programs(tmp_path / "program", "arm64") / "kubelet").read_bytes()
    with running_server() as server:
        folders = obtain(offered(server, body, hashlib.sha256(body).hexdigest()), monkeypatch)
    assert (folders["arm64"] / "kubelet").read_bytes() == body


def test_a_wrong_checksum_is_refused(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = (programs(tmp_path / "program", "arm64") / "kubelet").read_bytes()
    with running_server() as server, pytest.raises(ToolchainError) as refusal:
        obtain(offered(server, body, "0" * 64), monkeypatch)
    assert f"has the wrong checksum: SHA-256 {hashlib.sha256(body).hexdigest()}, not {'0' * 64}" in str(refusal.value)
    assert list(cache.rglob("kubelet")) == []


def test_a_program_for_another_processor_is_refused(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = (programs(tmp_path / "program", "amd64") / "kubelet").read_bytes()
    with running_server() as server, pytest.raises(ToolchainError, match="is not a program for arm64"):
        obtain(offered(server, body, hashlib.sha256(body).hexdigest()), monkeypatch)
