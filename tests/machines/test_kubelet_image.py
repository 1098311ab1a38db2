"""The real kubelet image, as docs/kubelet-images.md makes it: in two registries, and in machines."""

import hashlib
import json
import re
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.machines.conftest import Machines
from tests.support.checkout import Checkout
from tests.support.registries import registry, tags
from tools import paths
from tools.crane import crane
from tools.kubelet_image import image
from tools.toolchain.pins import architecture
from tools.toolchain.progress import Progress
from tradewind.versions import DEFAULT_VERSION

PAGE = (paths.CHECKOUT / "docs/kubelet-images.md").read_text()
SECTION = PAGE.partition("\n## Building and publishing\n")[2].partition("\n## ")[0]
BLOCKS = [block.strip().splitlines() for block in re.findall(r"^```sh\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL)]
BUILD, OFFICIAL, OWN, COMPARE = BLOCKS
ARCHITECTURES = ("amd64", "arm64")
ELF = {"amd64": 62, "arm64": 183}

STARTED_BY_THE_KUBELET = (
    *("mount", "umount", "losetup", "blkid", "blockdev", "fsck", "fsck.ext4", "fsck.xfs", "mkfs.ext4", "mkfs.xfs"),
    *("resize2fs", "xfs_growfs", "xfs_quota", "btrfs", "mkfs.btrfs", "lsattr", "mount.nfs", "mount.nfs4", "umount.nfs"),
    *("iptables", "iptables-save", "iptables-restore", "ip6tables", "ip6tables-save", "ip6tables-restore"),
)
"""From the sources of v1.36's pkg/kubelet, pkg/volume, pkg/util/iptables and k8s.io/mount-utils."""
FOR_PEOPLE = ("sh", "bash", "ls", "find", "grep", "sed", "tar", "ps", "ip", "nft", "conntrack", "ethtool", "socat")
FOR_PODS_AND_UNITS = ("nsenter", "unshare", "modprobe", "kubelet", "kubectl")


@dataclass(frozen=True)
class Published:
    """What following the page has made."""

    checkout: Checkout
    quay: int
    hub: int
    built: str
    """What the build without publishing said."""

    @property
    def repository(self) -> str:
        return f"127.0.0.1:{self.quay}/quay/kubelet"

    def here(self, line: str) -> str:
        """A line of the page, with these registries."""
        line = line.replace("registry.example.com/quay", f"127.0.0.1:{self.quay}/quay")
        return line.replace("registry.example.com/hub", f"127.0.0.1:{self.hub}/hub")

    def follow(self, line: str) -> str:
        """Run a line of the page, and give what it says."""
        variables = {**self.checkout.environment, "SOURCE_DATE_EPOCH": "1700000000"}
        command = ["bash", "-euo", "pipefail", "-c", self.here(line)]
        result = subprocess.run(
            command, cwd=self.checkout.folder, env=variables, check=False, capture_output=True, text=True, timeout=900
        )
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout


def commit(folder: Path) -> None:
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.com"]
    for command in (["init", "-q"], ["add", "tools"], [*identity, "commit", "-qm", "test"]):
        subprocess.run(["git", "-C", str(folder), *command], check=True)


@pytest.fixture(scope="module")
def published(shared_by_machines: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    with Progress() as progress:
        # Here, where Go's own caches are.
        image.obtain(DEFAULT_VERSION, ARCHITECTURES, progress)
    checkout = Checkout.copy(tmp_path_factory.mktemp("kubelet-image") / "checkout")
    commit(checkout.folder)
    with registry() as quay, registry() as hub:
        empty = Published(checkout, quay, hub, "")
        built = "".join(empty.follow(line) for line in BUILD)
        assert [crane("catalog", f"127.0.0.1:{port}") for port in (quay, hub)] == ["", ""]
        done = Published(checkout, quay, hub, built)
        for line in OWN:
            done.follow(line)
        yield done


def manifest(reference: str) -> dict:
    found = json.loads(crane("manifest", reference))
    assert isinstance(found, dict)
    return found


def test_the_page_publishes_to_the_registries_that_the_library_knows(published: Published) -> None:
    assert [f"make kubelet-image VERSION={DEFAULT_VERSION} PUBLISH=yes"] == OFFICIAL
    names = f"quay.io/poseidon/kubelet:{DEFAULT_VERSION}, docker.io/psdn/kubelet:{DEFAULT_VERSION}-amd64"
    assert "Not published. PUBLISH=yes would set " in published.built
    assert names in published.built


def test_every_tag_is_where_its_style_belongs(published: Published) -> None:
    quay, hub = tags(published.repository), tags(f"127.0.0.1:{published.hub}/hub/kubelet")
    releases = {DEFAULT_VERSION, f"{DEFAULT_VERSION}-amd64", f"{DEFAULT_VERSION}-arm64"}
    (commit_tag,) = quay.keys() - releases
    assert re.fullmatch("build-[0-9a-f]{7,40}", commit_tag)
    assert quay.keys() == {*releases, commit_tag}
    assert hub.keys() == {*releases, "build-master"}
    assert {tag: quay[tag] for tag in releases} == {tag: hub[tag] for tag in releases}


def test_a_second_build_of_the_same_gives_the_same_digest(published: Published) -> None:
    (digest,) = re.findall(r"^\S+/v1\.36\.2 (sha256:[0-9a-f]{64})$", published.built, re.MULTILINE)
    assert tags(published.repository)[DEFAULT_VERSION] == digest


def test_the_tag_for_all_lists_both_architectures(published: Published) -> None:
    index = manifest(f"{published.repository}:{DEFAULT_VERSION}")
    listed = {each["platform"]["architecture"]: each["digest"] for each in index["manifests"]}
    single = tags(published.repository)
    assert listed == {each: single[f"{DEFAULT_VERSION}-{each}"] for each in ARCHITECTURES}


def test_labels(published: Published) -> None:
    head = subprocess.run(
        ["git", "-C", str(published.checkout.folder), "rev-parse", "HEAD"], check=True, capture_output=True, text=True
    ).stdout.strip()
    labels = {
        "org.opencontainers.image.created": "2023-11-14T22:13:20Z",
        "org.opencontainers.image.revision": head,
        "org.opencontainers.image.version": DEFAULT_VERSION,
    }
    for each in ARCHITECTURES:
        reference = f"{published.repository}:{DEFAULT_VERSION}-{each}"
        assert manifest(reference)["annotations"] == labels
        assert json.loads(crane("config", reference))["config"]["Labels"] == labels


@pytest.fixture(scope="module", params=ARCHITECTURES)
def unpacked(published: Published, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file system of an image, as crane pulls it; the folder has the architecture's name."""
    folder = tmp_path_factory.mktemp("unpacked") / str(request.param)
    archive = folder.with_suffix(".tar")
    platform = f"--platform=linux/{request.param}"
    crane("export", platform, f"{published.repository}:{DEFAULT_VERSION}", str(archive))
    with tarfile.open(archive) as files:
        assert {(member.uid, member.gid, member.mtime) for member in files} == {(0, 0, 0)}
    folder.mkdir()
    subprocess.run(["tar", "--extract", f"--file={archive}", f"--directory={folder}"], check=True)
    return folder


def program(root: Path, name: str) -> Path:
    """The file behind a command's name."""
    for folder in ("usr/local/bin", "usr/sbin", "usr/bin"):
        place = root / folder / name
        while place.is_symlink():
            target = place.readlink()
            place = root / str(target).lstrip("/") if target.is_absolute() else place.parent / target
        if place.is_file():
            return place
    raise AssertionError(f"{name} is not in the image")


def test_what_a_kubelet_starts_is_there_for_the_right_processor(unpacked: Path) -> None:
    for name in (*STARTED_BY_THE_KUBELET, *FOR_PEOPLE, *FOR_PODS_AND_UNITS):
        header = program(unpacked, name).read_bytes()[:20]
        script = header.startswith(b"#!")
        assert script or int.from_bytes(header[18:20], "little") == ELF[unpacked.name], name


def test_scanners_find_packages_and_people_their_licences(unpacked: Path) -> None:
    status = (unpacked / "var/lib/dpkg/status").read_text()
    packages = dict(
        re.findall(r"^Package: (\S+)\nStatus: install ok installed\n(?:.+\n)*?Version: (\S+)$", status, re.M)
    )
    assert {"libc6", "util-linux", "ca-certificates", "iptables"} <= packages.keys()
    assert packages.keys().isdisjoint({"perl", "python3", "dpkg"})
    undocumented = [name for name in packages if not (unpacked / "usr/share/doc" / name).exists()]
    assert undocumented == []
    bundle = (unpacked / "etc/ssl/certs/ca-certificates.crt").read_text()
    assert bundle.count("-----BEGIN CERTIFICATE-----") > 100


def digest_of(program_file: Path) -> str:
    with program_file.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def test_kubelet_and_kubectl_are_the_toolchain_s(published: Published) -> None:
    (line,) = COMPARE
    assert published.follow(line).split()[0] == digest_of(paths.bin_dir() / "kubelet")


@pytest.fixture(scope="module")
def machine(machines: Machines) -> Machines:
    machines.create("one", 10)
    return machines


def test_podman_runs_this_machine_s_architecture_of_the_tag_for_all(published: Published, machine: Machines) -> None:
    reference = f"{machine.network[1]}:{published.quay}/quay/kubelet:{DEFAULT_VERSION}"
    machine.ssh("one", f"sudo podman pull --quiet --tls-verify=false {reference}")
    digest = machine.ssh("one", f"sudo podman image inspect --format '{{{{.Digest}}}}' {reference}")
    assert digest in {*tags(published.repository).values()}
    run = f"sudo podman run --rm --network=host {reference}"
    assert machine.ssh("one", f"{run} --version") == f"Kubernetes {DEFAULT_VERSION}"
    client = machine.ssh("one", f"{run.replace('--rm', '--rm --entrypoint=kubectl')} version --client")
    assert f"Client Version: {DEFAULT_VERSION}" in client


_LOAD = r"""
for file in /usr/bin/* /usr/sbin/*; do
  [ "$(head -c 4 "$file" | tail -c 3)" = ELF ] || continue
  said=$("$0" --list "$file" 2>&1) || echo "$said"
done
"""


def test_every_program_finds_its_libraries(published: Published, machine: Machines) -> None:
    reference = f"{machine.network[1]}:{published.quay}/quay/kubelet:{DEFAULT_VERSION}"
    script = _LOAD.replace("'", "'\\''")
    shell = f"sudo podman run --rm --tls-verify=false --entrypoint=sh {reference} -c"
    loader = machine.ssh("one", f"{shell} 'ls /lib64/ld-linux* /lib/ld-linux* 2> /dev/null | head -1'")
    assert loader
    assert machine.ssh("one", f"{shell} '{script}' {loader}") == ""


def test_machines_have_the_same_image(published: Published, machine: Machines) -> None:
    """One recipe: the layer with kubelet and kubectl has the digest that it has in the registry."""
    official = f"quay.io/poseidon/kubelet:{DEFAULT_VERSION}"
    layers = json.loads(
        machine.ssh("one", f"sudo podman image inspect --format '{{{{json .RootFS.Layers}}}}' {official}")
    )
    native = f"{published.repository}:{DEFAULT_VERSION}-{architecture()}"
    assert layers[-1] == json.loads(crane("config", native))["rootfs"]["diff_ids"][-1]
    listed = machine.ssh("one", f"sudo podman run --rm --entrypoint=sha256sum {official} /usr/local/bin/kubelet")
    assert listed.split()[0] == digest_of(paths.bin_dir() / "kubelet")
