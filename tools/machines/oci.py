"""Container images without a container engine: one layer each, in OCI archives.

Reads: files of this host.
Makes: an image's blobs in a folder, and archives of them. The same content gives the same bytes.
Source: https://github.com/opencontainers/image-spec (layer, config, manifest, image-layout)
"""

import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_LAYER = "application/vnd.oci.image.layer.v1.tar"  # Not compressed: nothing is sent, and unpacking is all the time.
_CONFIG = "application/vnd.oci.image.config.v1+json"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_INDEX = "application/vnd.oci.image.index.v1+json"


@dataclass(frozen=True)
class Link:
    """A symbolic link in an image."""

    target: str


@dataclass(frozen=True)
class Folder:
    """A folder that needs to be there though it is empty, or with another mode than 0755."""

    mode: int = 0o755


Entry = Path | bytes | Link | Folder
"""What a path of an image is: a copy of a file (executable), a text file, a link or a folder."""


@dataclass(frozen=True)
class Image:
    """An image whose blobs were written."""

    reference: str
    manifest: Mapping[str, Any]
    """Its descriptor: media type, digest and size."""
    blobs: tuple[str, ...]
    """Names of its files in the blobs folder: manifest, config, layer."""


def write_image(
    blobs: Path, reference: str, entries: Mapping[str, Entry], *, settings: Mapping[str, object], architecture: str
) -> Image:
    """Write an image's three blobs. `entries` are by absolute path; `settings` are those of its containers."""
    layer = _write_layer(blobs, entries)
    config = {
        "architecture": architecture,
        "os": "linux",
        "config": {"WorkingDir": "/", **settings},
        "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]},
    }
    config_blob = _write_json(blobs, _CONFIG, config)
    manifest = {"schemaVersion": 2, "mediaType": _MANIFEST, "config": config_blob, "layers": [layer]}
    descriptor = _write_json(blobs, _MANIFEST, manifest)
    return Image(reference, descriptor, tuple(_hex(item) for item in (descriptor, config_blob, layer)))


def write_archive(target: Path, blobs: Path, images: Iterable[Image]) -> None:
    """Write an archive that `ctr images import` and `podman load` (one image only) take."""
    chosen = list(images)
    index = {
        "schemaVersion": 2,
        "mediaType": _INDEX,
        "manifests": [
            {
                **image.manifest,
                "annotations": {
                    "io.containerd.image.name": image.reference,
                    "org.opencontainers.image.ref.name": image.reference,
                },
            }
            for image in chosen
        ],
    }
    with tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as archive:
        _add(archive, "oci-layout", _json({"imageLayoutVersion": "1.0.0"}))
        _add(archive, "index.json", _json(index))
        # Equal blobs, such as the layer of two references, are there once.
        for name in dict.fromkeys(blob for image in chosen for blob in image.blobs):
            _add(archive, f"blobs/sha256/{name}", blobs / name)


def _write_layer(blobs: Path, entries: Mapping[str, Entry]) -> dict[str, Any]:
    partial = blobs / "layer.partial"
    with tarfile.open(partial, "w", format=tarfile.PAX_FORMAT) as layer:
        for name, entry in sorted(_with_parents(entries).items()):
            _add(layer, name.strip("/"), entry)
    with partial.open("rb") as file:
        name = hashlib.file_digest(file, "sha256").hexdigest()
    partial.rename(blobs / name)
    return _descriptor(blobs, _LAYER, name)


def _with_parents(entries: Mapping[str, Entry]) -> dict[str, Entry]:
    parents = {str(parent): Folder() for name in entries for parent in Path(name).parents if parent != Path("/")}
    return {**parents, **entries}


def _add(archive: tarfile.TarFile, name: str, entry: Entry) -> None:
    """Owned by root, without times, so that nothing of this host gets into it."""
    info = tarfile.TarInfo(name)
    match entry:
        case Folder(mode):
            info.type, info.mode = tarfile.DIRTYPE, mode
            archive.addfile(info)
        case Link(target):
            info.type, info.mode, info.linkname = tarfile.SYMTYPE, 0o777, target
            archive.addfile(info)
        case bytes(text):
            info.mode, info.size = 0o644, len(text)
            archive.addfile(info, io.BytesIO(text))
        case Path() as source:
            info.mode, info.size = 0o755, source.stat().st_size
            with source.open("rb") as file:
                archive.addfile(info, file)


def _write_json(blobs: Path, media_type: str, value: object) -> dict[str, Any]:
    text = _json(value)
    name = hashlib.sha256(text).hexdigest()
    (blobs / name).write_bytes(text)
    return _descriptor(blobs, media_type, name)


def _descriptor(blobs: Path, media_type: str, name: str) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": f"sha256:{name}", "size": (blobs / name).stat().st_size}


def _hex(descriptor: Mapping[str, Any]) -> str:
    digest: str = descriptor["digest"]
    return digest.removeprefix("sha256:")


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
