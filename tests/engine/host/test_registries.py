"""containerd and podman themselves find images in a mirror, by the files that are rendered."""

import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.engine.host.machine_root import MachineRoot
from tests.support.certificates import Pair, make_ca, make_leaf
from tests.support.mirror import Recorder, tls_mirror
from tests.support.registries import registry
from tests.unit.arguments import arguments
from tools.crane import push_image
from tools.paths import bin_dir
from tradewind.choices import OperatingSystem
from tradewind.host.containerd import MIRRORS_DIR
from tradewind.host.options import HostOptions
from tradewind.host.roles import worker
from tradewind.platforms.local.deltas import local_delta
from tradewind.spec import cluster_spec

ORIGIN = "origin.example"
REPOSITORY = "team/pause:v1"
FETCH = """
mkdir -p /run/containerd /tmp/root
cat > /tmp/containerd.toml << END
version = 3
root = "/tmp/root"
disabled_plugins = ["io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime", "io.containerd.grpc.v1.cri"]
END
containerd --config /tmp/containerd.toml > /tmp/log 2>&1 &
for _ in $(seq 100); do [ ! -S /run/containerd/containerd.sock ] || break; sleep 0.1; done
ctr content fetch --hosts-dir /etc/containerd/certs.d "$1" > /tmp/fetched 2>&1 || {
  cat /tmp/fetched /tmp/log >&2
  exit 1
}
ctr content ls --quiet
"""
PULL = 'podman --root /tmp/images --storage-driver vfs pull --quiet "$1"'


@dataclass(frozen=True)
class Mirror:
    """A registry behind a server whose certificate an authority of its own has signed."""

    recorder: Recorder
    ca: Pair


@pytest.fixture(scope="module", name="mirror")
def fixture_mirror(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mirror]:
    folder = tmp_path_factory.mktemp("mirror")
    layer, ca = folder / "layer.tar", make_ca("mirror-ca")
    with tarfile.open(layer, "w") as archive:
        archive.add(bin_dir() / "pause", "pause")
    with registry() as port:
        for repository in (REPOSITORY, f"proxy/{REPOSITORY}"):
            push_image(f"127.0.0.1:{port}/{repository}", [layer], "amd64", "/pause")
        with tls_mirror(port, make_leaf(ca, "mirror", addresses=("127.0.0.1",)), folder) as recorder:
            yield Mirror(recorder, ca)


def fetched(image: MachineRoot, mirror: Mirror, script: str, path: str = "", **endpoint: str) -> tuple[int, str]:
    """Status and errors of a program of the image that gets an image of the registry's, which there is none of."""
    url = f"https://127.0.0.1:{mirror.recorder.port}{path}"
    mirrors = [{"registry": ORIGIN, "endpoints": [{"url": url, **endpoint}]}]
    spec = cluster_spec(arguments(registry_mirrors=mirrors))
    assert image.provision(worker(spec, HostOptions(delta=local_delta(OperatingSystem.FEDORA_COREOS)))).returncode == 0
    mirror.recorder.asked.clear()
    result = image.run("sh", "-euc", script, "sh", f"{ORIGIN}/{REPOSITORY}")
    return result.returncode, result.stderr


@pytest.mark.parametrize("script", [FETCH, PULL], ids=["containerd", "podman"])
@pytest.mark.parametrize("path", ["", "/proxy"])
def test_an_image_comes_from_the_mirror(image: MachineRoot, mirror: Mirror, script: str, path: str) -> None:
    status, errors = fetched(image, mirror, script, path, ca_pem=mirror.ca.certificate_pem)
    assert status == 0, errors
    assert any(asked.startswith(f"/v2{path}/team/pause/blobs/") for asked in mirror.recorder.asked)


@pytest.mark.parametrize("script", [FETCH, PULL], ids=["containerd", "podman"])
def test_a_mirror_that_cannot_prove_who_it_is_is_not_used(image: MachineRoot, mirror: Mirror, script: str) -> None:
    status, errors = fetched(image, mirror, script)
    assert status != 0
    assert mirror.recorder.asked == [], errors


@pytest.mark.parametrize("script", [FETCH, PULL], ids=["containerd", "podman"])
def test_unless_the_user_says_why_it_need_not(image: MachineRoot, mirror: Mirror, script: str) -> None:
    status, errors = fetched(image, mirror, script, unverified="it is on this host")
    assert status == 0, errors


def test_pods_get_theirs_from_the_same_folder(image: MachineRoot, mirror: Mirror) -> None:
    status, errors = fetched(image, mirror, "containerd config dump > /tmp/dump; cat /tmp/dump >&2")
    assert status == 0, errors
    assert MIRRORS_DIR in re.findall(r"config_path = .(/[^'\"]+)", errors)
