"""Images: the same content gives the same bytes, owned by root and without times."""

import json
import tarfile
from pathlib import Path

from tools.machines import images, oci


def write(folder: Path) -> tuple[oci.Image, bytes]:
    blobs = folder / "blobs"
    blobs.mkdir(parents=True)
    program = folder / "program"
    program.write_bytes(b"#!")
    program.chmod(0o640)
    entries = {
        "/usr/local/bin/it": program,
        "/bin": oci.Link("usr/bin"),
        "/tmp": oci.Folder(0o1777),
        "/etc/passwd": b"x",
    }
    image = oci.write_image(
        blobs, "registry.example.com/it:v1", entries, settings={"Env": ["PATH=/bin"]}, architecture="amd64"
    )
    oci.write_archive(folder / "it.tar", blobs, [image])
    return image, (folder / "it.tar").read_bytes()


def test_same_content_same_bytes(tmp_path: Path) -> None:
    assert write(tmp_path / "a") == write(tmp_path / "b")


def test_layer(tmp_path: Path) -> None:
    image, _ = write(tmp_path)
    with tarfile.open(tmp_path / "blobs" / image.blobs[2]) as layer:
        members = {member.name: member for member in layer}
    assert {(member.uid, member.gid, member.mtime) for member in members.values()} == {(0, 0, 0)}
    assert members["usr/local/bin/it"].mode == 0o755
    assert members["tmp"].mode == 0o1777
    assert members["bin"].linkname == "usr/bin"
    assert list(members) == sorted(members)
    assert {"usr", "usr/local", "usr/local/bin", "etc"} < members.keys()


def test_archive_names_its_image(tmp_path: Path) -> None:
    image, _ = write(tmp_path)
    with tarfile.open(tmp_path / "it.tar") as archive:
        index = archive.extractfile("index.json")
        assert index is not None
        (entry,) = json.load(index)["manifests"]
        assert set(archive.getnames()) == {
            "oci-layout",
            "index.json",
            *(f"blobs/sha256/{name}" for name in image.blobs),
        }
    assert entry["annotations"]["io.containerd.image.name"] == "registry.example.com/it:v1"


def test_every_image_of_the_library_is_there() -> None:
    from dataclasses import astuple  # noqa: PLC0415

    from tradewind.versions import DEFAULT_VERSION, RELEASES  # noqa: PLC0415

    groups = images.catalogue()
    made = {*groups.store, *groups.controller, *groups.node}
    assert set(astuple(RELEASES[DEFAULT_VERSION].images)) <= made
