"""The real programs of each release know every flag, value and configuration file that they are given.

What a program's --help does not list is unknown, hidden flags among it, and what it calls deprecated is not rendered.
"""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.support.program_help import Flag, flags, parse, problems
from tests.support.programs import program
from tests.support.releases import programs
from tests.unit.host.cases import cases, container_flags
from tests.unit.manifests.reading import containers_of, find, pod_of, workloads
from tests.unit.manifests.specs import DEFAULT, OPTIONS, SHARED_KERNEL, SPECS, released
from tradewind.host.roles import HostConfig
from tradewind.kubelet import Role, kubelet_config
from tradewind.manifests import static_pods
from tradewind.spec import ClusterSpec, known
from tradewind.versions import Release

CONTROL_PLANE = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
WORKLOADS = ("coredns", "flanneld", "kube-proxy", "kubelet-csr-approver")
SYSTEM = ("etcd", "kubelet")

LISTED = {
    "kube-apiserver": {"authorization-mode", "enable-admission-plugins", "tls-cipher-suites", "tls-min-version"},
    "kube-controller-manager": {"controllers"},
    "etcd": {"tls-min-version"},
}
"""Rendered flags whose values help lists, so that a changed help text does not end the check unseen."""


def flags_of(name: str, release: Release) -> set[str]:
    """Every flag that a program has on any host and in any pod of any cluster that tests render."""
    specs = [released(spec, release.kubernetes) for spec in (*SPECS.values(), OPTIONS)]
    if name in CONTROL_PLANE:
        commands = [
            list(pod["spec"]["containers"][0]["command"]) for spec in specs for pod in static_pods(spec).values()
        ]
        return {word for command in commands if command[0] == name for word in command[1:]}
    if name in WORKLOADS:
        return {word for spec in specs for word in pod_flags(name, spec)}
    hosts = [case.config for case in cases(release.kubernetes).values()]
    found = {word for host in hosts for word in container_flags(name, host)}
    return found | {word for host in hosts for word in etcd_settings(host)} if name == "etcd" else found


def pod_flags(name: str, spec: ClusterSpec) -> Iterator[str]:
    """Flags in every container of a cluster that runs the program."""
    for container in (each for entry in workloads(spec) for each in containers_of(pod_of(entry))):
        words = [*container.get("command", ()), *container.get("args", ())]
        if words and words[0].rpartition("/")[2] == name:
            yield from (word for word in words[1:] if word.startswith("-"))


def etcd_settings(host: HostConfig) -> Iterator[str]:
    """etcd's environment as the flags that it stands for (https://etcd.io/docs/v3.7/op-guide/configuration/)."""
    for file in host.files:
        for name, value in re.findall(r"^ETCD_([A-Z_]+)=(.*)$", file.content, re.MULTILINE):
            yield f"--{name.lower().replace('_', '-')}={value}"


def found_in(name: str, release: Release) -> Path:
    """The program of the release, or where the release has none, the one that every release runs."""
    path = programs(release) / name
    return path if path.exists() else program(name)


@pytest.mark.parametrize("name", [*CONTROL_PLANE, *WORKLOADS, *SYSTEM])
def test_every_flag_is_known_not_deprecated_and_of_a_known_value(name: str, release: Release) -> None:
    known, rendered = flags(found_in(name, release)), flags_of(name, release)
    assert rendered
    assert problems(known, rendered) == []
    listed = {word.lstrip("-").partition("=")[0] for word in rendered}
    assert {each for each in listed if known[each].values} >= LISTED.get(name, set())


@pytest.mark.parametrize("name", CONTROL_PLANE)
def test_the_flags_that_a_user_may_add_are_those_that_the_program_knows(name: str, release: Release) -> None:
    shown = flags(programs(release) / name)
    expected = {flag for flag, each in shown.items() if not each.deprecated} - {"help", "version", "write-config-to"}
    assert known.flags(name, release.minor) == expected


def test_the_names_that_a_user_may_choose_are_those_that_help_lists(release: Release) -> None:
    plugins = flags(programs(release) / "kube-apiserver")["enable-admission-plugins"]
    assert known.admission_plugins(release.minor) == plugins.values
    gates = flags(programs(release) / "kubelet")["feature-gates"]
    assert known.kubelet_feature_gates(release.minor) == set(re.findall(r"(\w+)=true\|false", gates.text))


def test_what_the_kubelets_file_names_is_what_its_flags_would_take(release: Release) -> None:
    """The file's counterparts of flags that list their values; the other fields are in test_kubelet.py."""
    known = flags(programs(release) / "kubelet")
    config = kubelet_config(released(DEFAULT, release.kubernetes), Role.CONTROLLER)
    for flag, field in (("tls-cipher-suites", "tlsCipherSuites"), ("tls-min-version", "tlsMinVersion")):
        value = config[field] if isinstance(config[field], str) else ",".join(config[field])
        assert known[flag].values
        assert known[flag].wrong(value) == []
    assert set(config.get("featureGates", {})) <= known["feature-gates"].values


@pytest.mark.parametrize(
    ("name", "planted", "problem"),
    [
        ("kube-apiserver", "--planted=1", "planted is unknown"),
        ("kube-apiserver", "--cloud-config=/etc/cloud", "cloud-config is unknown"),
        ("kube-apiserver", "--admission-control=NodeRestriction", "admission-control is deprecated"),
        (
            "kube-apiserver",
            "--enable-admission-plugins=EventRateLimit,Planted",
            "enable-admission-plugins has no value Planted",
        ),
        ("kube-apiserver", "--authorization-mode=Node,Planted", "authorization-mode has no value Planted"),
        ("kube-apiserver", "--tls-min-version=TLS1.2", "tls-min-version has no value TLS1.2"),
        ("kube-apiserver", "--tls-cipher-suites=TLS_PLANTED", "tls-cipher-suites has no value TLS_PLANTED"),
        (
            "kube-apiserver",
            "--tls-cipher-suites=TLS_ECDHE_RSA_WITH_RC4_128_SHA",
            "tls-cipher-suites has no value TLS_ECDHE_RSA_WITH_RC4_128_SHA",
        ),
        ("kube-apiserver", "--feature-gates=Planted=true", "feature-gates has no value Planted"),
        ("kube-controller-manager", "--controllers=*,tokencleaner", "controllers has no value tokencleaner"),
        ("kube-scheduler", "--profiling=false", "profiling is deprecated"),
        ("kubelet", "--max-pods=10", "max-pods is deprecated"),
        ("kubelet", "--network-plugin=cni", "network-plugin is unknown"),
        ("kube-proxy", "--planted", "planted is unknown"),
        ("etcd", "--max-snapshots=10", "max-snapshots is deprecated"),
        ("etcd", "--enable-v2=true", "enable-v2 is unknown"),
        ("coredns", "-planted", "planted is unknown"),
        ("flanneld", "--planted", "planted is unknown"),
    ],
)  # fmt: skip
def test_a_wrong_flag_would_be_found(name: str, planted: str, problem: str, release: Release) -> None:
    assert problems(flags(found_in(name, release)), [planted]) == [problem]


def test_a_help_text_is_read_flag_by_flag() -> None:
    cobra = "Some flags:\n\n      --one string   Use.\n           More of it.\n  -t, --two   (DEPRECATED)\n\nOthers\n"
    assert parse(cobra) == {
        "one": Flag(" string   Use.\n           More of it.\n"),
        "two": Flag("   (DEPRECATED)\n\n"),
    }
    assert [name for name, flag in parse(cobra).items() if flag.deprecated] == ["two"]
    assert list(parse("Usage of x:\n  -one string\n    \tuse\n  -two\n    \tuse\n")) == ["one", "two"]
    assert list(parse("Member:\n  --one 'default'\n    Its use.\n  --two ''\n    Its use.\n")) == ["one", "two"]


@pytest.mark.parametrize("spec", [DEFAULT, SHARED_KERNEL], ids=["default", "shared-kernel"])
def test_kube_proxy_reads_its_configuration(tmp_path: Path, spec: ClusterSpec, release: Release) -> None:
    text = proxy_config(spec, release)
    ours, theirs = yaml.safe_load(text), as_kube_proxy_reads(text, tmp_path, release)
    own_conntrack, their_conntrack = ours.pop("conntrack", {}), theirs["conntrack"]
    # It writes every field, those of `clientConnection` too.
    assert theirs["clientConnection"]["kubeconfig"] == ours.pop("clientConnection")["kubeconfig"]
    assert ours.items() <= theirs.items()
    assert own_conntrack.items() <= their_conntrack.items()


def test_kube_proxy_would_notice_an_unknown_field(tmp_path: Path, release: Release) -> None:
    with pytest.raises(AssertionError, match="surprise"):
        as_kube_proxy_reads(f"{proxy_config(DEFAULT, release)}surprise: true\n", tmp_path, release)


def proxy_config(spec: ClusterSpec, release: Release) -> str:
    return str(find("kube-proxy/config.yaml", released(spec, release.kubernetes))["data"]["config.yaml"])


def as_kube_proxy_reads(text: str, folder: Path, release: Release) -> dict:
    """What kube-proxy makes of its file. A field that it does not know it leaves out, with a warning."""
    given, written = folder / "config.yaml", folder / "written.yaml"
    given.write_text(text)
    command = [programs(release) / "kube-proxy", f"--config={given}", f"--write-config-to={written}"]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert result.returncode == 0, result.stderr
    assert "unknown field" not in result.stderr, result.stderr
    return yaml.safe_load(written.read_text())
