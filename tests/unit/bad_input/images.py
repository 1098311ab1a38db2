"""Versions, images, registries, tags, digests and architectures."""

from tests.unit.bad_input.messages import (
    ANY_TAG,
    ARCH,
    BUILD,
    DIGEST,
    IMAGE,
    ONE_WAY,
    OWN_ARCH,
    REGISTRY,
    REPOSITORY,
    TAG,
    TEXT,
    VERSION,
    VERSION_TAG,
)
from tests.unit.bad_input.rows import As, Case, Row

OF_QUAY = "is a build of a commit, which only quay.io/poseidon/kubelet publishes"
_HEX = "0123456789abcdef" * 4


def _unsupported(name: str, rule: str, *values: object) -> list[Case]:
    """Rows of an image of the user's own: still well-formed."""
    choice = {"registry": "registry.example.com/kubelet", "tag": "v1", "unsupported": True}
    rows = Row(f"kubelet_image.{name}", rule, *values)
    return [Case("any", "kubelet_image", {**choice, name: each.value}, each.lines) for each in rows]


def _choice(line: str, **choice: object) -> list[Case]:
    return [Case("any", "kubelet_image", choice, (f"kubelet_image.{line}",))]


IMAGES = [
    Row("architecture", ARCH, "", "x86_64", "AMD64", "arm64 ", None, 64, As(["arm64"], "<list>")),
    Row("kubelet_image.arch", ARCH, "", "x86_64", "ARM64", None, 64),
    Row("kubelet_image.version", TEXT, None, 1.36),
    Row("kubelet_image.build", TEXT, None, 123),
    Row("kubelet_image.version", VERSION_TAG, "", "1.36.2", "v1.36", "v1.36.2-arm64", "latest", "build-master"),
    Row("kubelet_image.version", VERSION_TAG, "v1.36.2;id", "v1.36.2 ", As("v1.36.2\n", r"'v1.36.2\n'")),
    Row("kubelet_image.build", BUILD, "", "build-master", "main", "0123ab", "0123ABC", "1.36.2", "master;id"),
    Row("kubelet_image.build", "is a build of a tag, which only docker.io/psdn/kubelet publishes", "master", "v1.36.2"),
    _choice(f"version: 'v1.36.2' {ONE_WAY.format('tag')}", tag="v1.36.2", version="v1.36.2"),
    _choice(f"build: 'master' {ONE_WAY.format('tag')}", tag="v1.36.2", version="v1.36.2", build="master"),
    _choice(f"build: '0123abc' {ONE_WAY.format('version')}", version="v1.36.2", build="0123abc"),
    _choice(f"arch: 'arm64' {OWN_ARCH}", tag="v1.36.2", arch="arm64"),
    _choice(
        "arch: 'arm64' must be amd64: automated builds are for no other architecture", build="a1b2c3d", arch="arm64"
    ),
    _choice(f"build: '0123abc' {OF_QUAY}", registry="docker.io/psdn/kubelet", build="0123abc"),
    Row(
        "kubernetes_version",
        VERSION,
        "",
        "1.36.2",
        "v1.36",
        "V1.36.2",
        "v1.36.2 ",
        "v1.36.2-rc.1",
        "v1.36.2+build",
        "latest",
    ),
    Row(
        "kubernetes_version",
        VERSION,
        "v1.0.0",
        "v01.36.2",
        "v1.36.02",
        "v1.36.2-arm64",
        None,
        1.36,
        1,
        As(["v1.36.2"], "<list>"),
    ),
    Row(
        "kubernetes_version",
        VERSION,
        As("v1.36.2\n", r"'v1.36.2\n'"),
        As("v1.36.\uff12", r"'v1.36.\uff12'"),
        As("v1\u202436\u20242", r"'v1\u202436\u20242'"),  # one dot leaders
        As("\u2174" + "1.36.2", r"'\u21741.36.2'"),  # roman numeral five, which folds to v
    ),
    Row(
        "images.etcd",
        IMAGE,
        "",
        "etcd",
        "etcd:v3",
        "coreos/etcd:v3",
        "quay.io/coreos/etcd",
        "quay.io/etcd:",
        "quay.io/:v3",
    ),
    Row(
        "images.etcd", IMAGE, "https://quay.io/coreos/etcd:v3", "quay.io//etcd:v3", "quay.io/Coreos/etcd:v3", "/etcd:v3"
    ),
    Row(
        "images.etcd",
        IMAGE,
        "quay.io/coreos/etcd:v3 ",
        " quay.io/etcd:v3",
        "quay.io/a b:v3",
        "quay.io/etcd:v 3",
        "-v/etc:v3",
    ),
    Row("images.etcd", IMAGE, "quay.io/etcd:v3@sha256:0", "quay.io/etcd@sha256:" + _HEX[:58], "quay.io/etcd:-v3"),
    Row(
        "images.etcd",
        IMAGE,
        "quay.io:0/etcd:v3",
        "quay.io:65536/etcd:v3",
        "quay.io:x/etcd:v3",
        "quay..io/etcd:v3",
        "-q.io/etcd:v3",
    ),
    Row(
        "images.etcd", IMAGE, "quay.io/a..b:v3", "quay.io/a___b:v3", "quay.io/a.-b:v3", "quay.io/a-:v3", "quay.io/.a:v3"
    ),
    Row(
        "images.etcd",
        IMAGE,
        "quay.io/etcd:$(id)",
        "quay.io/`id`:v3",
        "quay.io/etcd:%n",
        'quay.io/etcd:v3"',
        "quay.io/etcd:v3;id",
    ),
    Row(
        "images.etcd",
        IMAGE,
        As(
            f"quay.io/etcd:v3@sha256:{_HEX.upper()}", f"'quay.io/etcd:v3@sha256:{_HEX.upper()[:57]}'... (87 characters)"
        ),
        As(f"quay.io/etcd:v3@sha512:{_HEX}", f"'quay.io/etcd:v3@sha512:{_HEX[:57]}'... (87 characters)"),
        As("quay.io/etcd:" + "a" * 129, f"'quay.io/etcd:{'a' * 67}'... (142 characters)"),
        As("quay.io/" + "a" * 248 + ":v3", f"'quay.io/{'a' * 72}'... (259 characters)"),
        As("quay.io/" + "a/" * 5_000_000, f"'quay.io/{'a/' * 36}'... (10000008 characters)"),
        As("quay.io/etcd:v3\n", r"'quay.io/etcd:v3\n'"),
        As("quay.io/etcd:v3\r\nUser=root", r"'quay.io/etcd:v3\r\nUser=root'"),
        As("qu\u0430y.io/etcd:v3", r"'qu\u0430y.io/etcd:v3'"),  # Cyrillic a
        As("quay.io/etcd:v\uff13", r"'quay.io/etcd:v\uff13'"),
        None,
        3,
        True,
        As(["quay.io/coreos/etcd:v3"], "<list>"),
    ),
    Row("images.pause", IMAGE, "", None),
    Row(
        "kubelet_image.registry",
        REGISTRY,
        "",
        "quay.io",
        "quay.io/poseidon/kubelet:v1.36.2",
        "quay.io/poseidon/kubelet/",
    ),
    Row(
        "kubelet_image.registry",
        REGISTRY,
        "QUAY.io/poseidon/kubelet",
        "quay.io/poseidon/kubelet ",
        "ghcr.io/poseidon/kubelet",
    ),
    Row(
        "kubelet_image.registry",
        REGISTRY,
        As("quay.io/poseidon/kubelet\n", r"'quay.io/poseidon/kubelet\n'"),
        As("qu\u0430y.io/poseidon/kubelet", r"'qu\u0430y.io/poseidon/kubelet'"),
    ),
    Row("kubelet_image.registry", TEXT, None, 1, As(["quay.io/poseidon/kubelet"], "<list>")),
    Row(
        "kubelet_image.tag",
        TAG,
        "",
        "latest",
        "1.36.2",
        "v1.36",
        "v1.36.2.1",
        "v1.036.2",
        "v1.36.2-",
        "V1.36.2",
        "v1.36.2 ",
    ),
    Row(
        "kubelet_image.tag",
        TAG,
        "v1.36.2-s390x",
        "v1.36.2-ARM64",
        "v1.36.2-arm64-amd64",
        "v1.36.2-x86_64",
        "v1.36.2-aarch64",
    ),
    Row(
        "kubelet_image.tag", TAG, "build-", "build-0123ab", "build-0123ABC", "build-0123abc-arm64", "build-" + "a" * 41
    ),
    Row(
        "kubelet_image.tag",
        TAG,
        "build-main",
        "build-v1.36",
        "build-v1.36.2-arm64",
        "v1.36.2-3-0123abc",
        "v1.36.2-3-g0123ab",
    ),
    Row("kubelet_image.tag", TAG, "v1.36.2;id", "$(id)", "v1.36.2@sha256:0", "v1.36.2:v1", "%n", "-v/etc"),
    Row(
        "kubelet_image.tag",
        TAG,
        As("v1.36.2\n", r"'v1.36.2\n'"),
        As("v1.36.2\r\n", r"'v1.36.2\r\n'"),
        As("v1.36.\uff12", r"'v1.36.\uff12'"),
        As("v1.36.2-\u0663-g0123abc", r"'v1.36.2-\u0663-g0123abc'"),
        As("v1.36." + "1" * 10_000_000 + "x", f"'v1.36.{'1' * 74}'... (10000007 characters)"),
    ),
    Row(
        "kubelet_image.tag",
        "is a build of a tag, which only docker.io/psdn/kubelet publishes",
        "build-master",
        "build-v1.36.2",
    ),
    Row("kubelet_image.tag", TEXT, None, 1.36, True),
    Row("kubelet_image.digest", DIGEST, "", _HEX, "sha256:", f"sha512:{_HEX}", f"sha256:{_HEX[1:]}", f"sha256:{_HEX}0"),
    Row(
        "kubelet_image.digest",
        DIGEST,
        f"sha256:{_HEX.upper()}",
        f"SHA256:{_HEX}",
        f"sha256:{_HEX[1:]}g",
        f"@sha256:{_HEX}",
    ),
    Row("kubelet_image.digest", DIGEST, As(f"sha256:{_HEX}\n", rf"'sha256:{_HEX}\n'")),
    Row("kubelet_image.digest", TEXT, None, 0, As(b"sha256:", "<bytes>")),
    Row("kubelet_image.unsupported", "must be true or false", None, 0, 1, "true", "", As([], "<list>")),
    _unsupported(
        "registry",
        REPOSITORY,
        "",
        "kubelet",
        "team/kubelet",
        "registry.example.com/kubelet:v1",
        "-v/etc",
        "--privileged/a",
    ),
    _unsupported(
        "registry", REPOSITORY, "registry.example.com/a b", "registry.example.com/$(id)", "REGISTRY.example.com/a"
    ),
    _unsupported("tag", ANY_TAG, "", "-v1", ".v1", "v 1", "v1;reboot", "v1@sha256", "$(id)", As("v1\n", r"'v1\n'")),
    _unsupported("tag", ANY_TAG, As("a" * 129, f"'{'a' * 80}'... (129 characters)"), As("v\u00b9", r"'v\xb9'")),
    [
        Case(
            "any",
            "kubelet_image",
            {"registry": "docker.io/psdn/kubelet", "tag": "build-0123abc"},
            (f"kubelet_image.tag: 'build-0123abc' {OF_QUAY}",),
        )
    ],
]
