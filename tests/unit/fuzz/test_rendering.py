"""Every good spec renders: totally, the same twice, and to files that their readers take as what was meant.

No text that arguments may hold changes the shape of a file: the keys, lines, words and documents that it has.
"""

import base64
import copy
import io
import json
import re
import tarfile
import tomllib
from urllib.parse import unquote

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.support.control_plane import controller_assets, settled_secrets
from tests.support.fuzzing import INJECTIONS, YAML_TRAPS, fuzz
from tests.support.systemd_units import parsed, words_of
from tests.unit.fuzz.test_spec import CLUSTER, LOCAL, places
from tradewind.assets import WORKER_ASSET_PATHS, worker_assets
from tradewind.errors import SpecError
from tradewind.host import roles
from tradewind.host.archive import archive
from tradewind.host.options import HostOptions
from tradewind.kubelet import Role
from tradewind.manifests import cluster_objects, static_pods
from tradewind.platforms.local import deltas
from tradewind.platforms.local.spec import local_spec
from tradewind.spec import cluster_spec, kubelet

LABEL = r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?"
labels = st.from_regex(LABEL, fullmatch=True) | st.sampled_from(
    ["y", "no", "null", "true", "1e3", "0o7", "007", "0x1f", "on"]
)
NUMBER_AT_END = re.compile(r"(.*\.)?([0-9]+|0x[0-9a-f]*)")
names = st.lists(labels, min_size=1, max_size=3).map(".".join).filter(lambda name: not NUMBER_AT_END.fullmatch(name))
tags = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,20}", fullmatch=True)
digests = st.just("") | st.just("@sha256:" + "0a" * 32)
references = st.builds("registry.example.com:5000/{}:{}{}".format, labels, tags, digests)
addresses = st.ip_addresses(v=4, network="192.168.0.0/16").map(str) | st.ip_addresses(v=6, network="fd00::/8").map(str)

claims = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=20)
values = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)


@st.composite
def clusters(draw) -> dict:
    """Good arguments of every shape. What breaks a rule between fields is left out."""
    count = draw(st.sampled_from([1, 3]))
    member_names = draw(st.lists(labels, min_size=count, max_size=count, unique=True))
    etcd_names = draw(st.lists(names, min_size=count, max_size=count, unique=True))
    optional = {
        "api_port": st.integers(1, 65535),
        "networking": st.sampled_from(["flannel", "calico", "none"]),
        "pod_cidr": st.sampled_from(["10.20.0.0/14", "100.64.0.0/10", "172.16.0.0/16"]),
        "service_cidr": st.sampled_from(["10.3.0.0/24", "10.96.0.0/12", "192.0.2.0/26"]),
        "cluster_domain": names,
        "service_account_issuer": names.map("https://{}/a%20b/~c".format),
        "certificates": st.fixed_dictionaries({"key_algorithm": st.sampled_from(["ecdsa-p256", "rsa-2048"])}),
        "oidc": st.lists(
            st.fixed_dictionaries(
                {"issuer_url": names.map("https://{}".format), "audiences": st.lists(claims, min_size=1, unique=True)},
                optional={
                    "username_claim": claims,
                    "groups_claim": claims,
                    "username_prefix": claims.map("x{}".format),
                    "claim_rules": st.lists(st.fixed_dictionaries({"expression": claims}), max_size=2),
                },
            ),
            max_size=2,
            unique_by=lambda each: each["issuer_url"],
        ),
        "control_plane_flags": st.dictionaries(
            st.sampled_from(["kube_apiserver", "kube_controller_manager", "kube_scheduler"]),
            st.fixed_dictionaries(
                {
                    "flags": st.dictionaries(
                        st.sampled_from(["v", "vmodule", "http2-max-streams-per-connection"]), values
                    )
                }
            ),
        ),
        "etcd": st.sampled_from([{}, {"quota_backend_bytes": 4294967296}, {"heartbeat_interval": 50}]),
        "registry_mirrors": st.lists(
            st.fixed_dictionaries(
                {
                    "registry": names.map("{}.example:5000".format),
                    "endpoints": st.lists(
                        st.fixed_dictionaries({"url": names.map("https://{}/a-b/c".format)}),
                        min_size=1,
                        max_size=2,
                        unique_by=lambda each: each["url"],
                    ),
                }
            ),
            max_size=2,
            unique_by=lambda each: each["registry"],
        ),
        "proxy": st.fixed_dictionaries(
            {},
            optional={
                "http_proxy": names.map("http://{}:3128".format),
                "https_proxy": names.map("http://{}".format),
                "no_proxy": st.lists(names | addresses, max_size=2, unique=True),
            },
        ),
        "os_updates": st.sampled_from(
            [{"strategy": "off"}, {"window_start": "23:59"}, {"strategy": "fleet-lock", "fleet_lock_url": "http://a.b"}]
        ),
        "kubelet": st.fixed_dictionaries(
            {},
            optional={
                "max_pods": st.integers(1, 250),
                "kube_reserved": st.dictionaries(st.sampled_from(["cpu", "memory"]), st.sampled_from(["1", "1.5Gi"])),
                "eviction_hard": st.dictionaries(
                    st.sampled_from(kubelet._SIGNALS), st.sampled_from(["5%", "1Gi", "0"])
                ),
                "allowed_unsafe_sysctls": st.lists(st.sampled_from(["net.*", "kernel.sem"]), unique=True),
                "shutdown_grace_period": st.sampled_from(["0s", "10s", "1h"]),
                "logging_format": st.sampled_from(["text", "json"]),
            },
        ),
        "images": st.dictionaries(
            st.sampled_from(["etcd", "pause", "coredns", "kube_proxy", "flannel", "calico_cni"]), references
        ),
        "aggregation": st.booleans(),
        "coredns": st.booleans(),
        "coredns_replicas": st.integers(1, 100),
        "kube_proxy": st.booleans(),
        "daemonset_tolerations": st.lists(names.map("{}/a_B.c".format), max_size=3, unique=True),
        "external_cloud_provider": st.booleans(),
        "kube_proxy_conntrack": st.booleans(),
        "kubelet_image": st.fixed_dictionaries(
            {"registry": labels.map("localhost/{}".format), "tag": tags, "unsupported": st.just(True)}
        )
        | st.fixed_dictionaries({}, optional={"arch": st.sampled_from(["amd64", "arm64"])})
        | st.fixed_dictionaries({"build": st.from_regex("[0-9a-f]{7,40}", fullmatch=True)}),
    }
    args = draw(st.fixed_dictionaries({}, optional=optional))
    args["name"] = draw(labels)
    args["api_servers"] = draw(st.lists(names | addresses, min_size=1, max_size=3, unique=True))
    args["controllers"] = [
        {"name": name, "etcd_name": etcd, "addresses": draw(st.lists(addresses, max_size=2, unique=True))}
        for name, etcd in zip(member_names, etcd_names, strict=True)
    ]
    return args


def rendered(spec, options: HostOptions):
    """Everything that one controller and one worker get: host configs, deliveries."""
    member = spec.controllers[0]
    secrets = settled_secrets(spec)
    worker = worker_assets(spec, "certificate\n", secrets.token)
    assert tuple(worker) == WORKER_ASSET_PATHS
    return {
        Role.CONTROLLER: (
            roles.controller(spec, member, options),
            roles.later_controller_files(spec, member, options, controller_assets(spec)),
        ),
        Role.WORKER: (roles.worker(spec, options), roles.later_worker_files(spec, options, worker)),
    }


def read(path: str, content: str) -> object:
    """A file as its reader takes it; fails for one that its reader would refuse."""
    if path.endswith(".yaml") or (path.endswith(("kubeconfig", ".conf")) and "\nkind: Config\n" in f"\n{content}"):
        return read_yaml(content)
    if path.endswith(".toml"):
        return tomllib.loads(content)
    if path.startswith("/etc/systemd/") or path.endswith(".link"):
        return unit(content)
    if path == "/etc/etcd/etcd.conf":
        return dict(re.fullmatch(r"([A-Z_]+)=(\S+)", line).groups() for line in content.splitlines())
    if path == "/etc/hosts":
        return [re.fullmatch(r"([0-9a-f.:]+)(( [a-z0-9.-]+)+)", line).groups() for line in content.splitlines()]
    return content


def read_yaml(text: str) -> object:
    """The only document of a text; by the same reader as `safe_load`, in C."""
    (document,) = yaml.load_all(text, Loader=yaml.CSafeLoader)
    return document


def unit(text: str) -> object:
    """Sections, keys and the words of commands; everything else as it is."""
    return {
        section: [(key, raw_words(value) if key.startswith("Exec") else value) for key, value in settings]
        for section, settings in parsed(text).items()
    }


def raw_words(line: str) -> list[str]:
    """Words of a command; of variables and specifiers only the library's own are taken."""
    own = re.compile(r"%%|%H|\$\$|\$\{(?:KUBELET|ETCD)_IMAGE\}")
    return words_of(own.sub(lambda found: found[0] if found[0] in ("%%", "$$") else f"@{found[0][1:]}@", line))


def shape(value: object) -> object:
    """What a document is without its texts: keys, numbers of entries, kinds."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [shape(each) for each in value]
    return type(value).__name__ if not isinstance(value, str) or "\n" not in value else value.count("\n")


def documents(spec, options: HostOptions) -> dict[str, object]:
    """Every file of every host as its reader takes it, by role and path."""
    found = {}
    for role, (config, delivery) in rendered(spec, options).items():
        for file in (*config.files, *delivery):
            found[f"{role.value} {file.path}"] = read(file.path, file.content)
        for each in config.units:
            found[f"{role.value} {each.name}"] = unit(each.contents or "")
    return found


@fuzz(12)
@given(clusters())
def test_every_good_spec_renders_the_same_twice(args):
    try:
        spec = cluster_spec(args)
    except SpecError as error:
        assert "must not" in str(error)  # a rule between fields, such as ranges that overlap
        assume(False)
    assert rendered(spec, HostOptions()) == rendered(cluster_spec(copy.deepcopy(args)), HostOptions())
    for each in cluster_objects(spec):
        assert read_yaml(each.text) == json.loads(json.dumps(each.object))
    assets = controller_assets(spec)
    for path, pod in static_pods(spec).items():
        assert read_yaml(assets[path]) == json.loads(json.dumps(pod))
    for config, delivery in rendered(
        spec, HostOptions(hostname=spec.controllers[0].name, node_ip="192.0.2.1")
    ).values():
        check_ignition(config)
        check_archive(delivery)
    assert documents(spec, HostOptions())


def check_ignition(config: roles.HostConfig) -> None:
    document = json.loads(config.user_data())
    assert document["ignition"] == {"version": "3.4.0"}
    assert set(document) <= {"ignition", "passwd", "storage", "systemd"}
    sources = {each["path"]: each["contents"]["source"] for each in document["storage"]["files"]}
    texts = {each["name"]: each.get("contents") for each in document["systemd"]["units"]}
    assert len(sources) == len(document["storage"]["files"])
    assert len(texts) == len(document["systemd"]["units"])
    # A unit of another mode than Ignition gives is a file.
    written = {f"/etc/systemd/system/{each.name}": each.contents for each in config.units if each.name not in texts}
    assert {path: unquote(source.removeprefix("data:,")) for path, source in sources.items()} == {
        **{file.path: file.content for file in config.files},
        **written,
    }
    assert texts == {each.name: each.contents for each in config.units if each.name in texts}
    for source in sources.values():
        assert source.startswith("data:,")
        assert source.isascii()
        assert not set(source) & set(' \t\r\n"<>\\^`{}|#')


def check_archive(delivery) -> None:
    with tarfile.open(fileobj=io.BytesIO(base64.b64decode(archive(delivery)))) as tar:
        members = {each.name: tar.extractfile(each).read().decode() for each in tar.getmembers()}
    assert {path.removeprefix("root"): text for path, text in members.items() if path.startswith("root/")} == {
        file.path: file.content for file in delivery
    }
    assert sorted(members["FILES"].splitlines()) == sorted(
        f"{file.mode:o} {file.uid} {file.gid} {file.path}" for file in delivery
    )


GOOD = {key: value for key, value in CLUSTER.items() if key != "certificates"}


def at(document: object, place: tuple) -> object:
    for key in place:
        document = document[key]
    return document


def put(document: dict, place: tuple, value: object) -> dict:
    document = copy.deepcopy(document)
    at(document, place[:-1])[place[-1]] = value
    return document


def text_places(document: dict) -> list[tuple]:
    return [place for place in places(document) if isinstance(at(document, place), str)]


def cluster_documents(args: dict) -> dict[str, object]:
    return documents(cluster_spec(args), HostOptions())


def local_documents(args: dict) -> dict[str, object]:
    """The files of the first controller and the last worker, which is of the pool."""
    spec = local_spec(args)
    found = {}
    for role, host in ((Role.CONTROLLER, spec.controllers[0]), (Role.WORKER, spec.workers[-1])):
        options = HostOptions(
            delta=deltas.local_delta(host.operating_system),
            hostname=host.name,
            node_ip=str(host.address),
            labels=host.labels,
            taints=host.taints,
            kubelet=host.kubelet,
            hosts=deltas.hosts(spec, host),
        )
        of_host = documents(spec.cluster, options)
        found.update({path: each for path, each in of_host.items() if path.startswith(role.value)})
    return found


RENDER = {"cluster": (cluster_spec, cluster_documents, GOOD), "local": (local_spec, local_documents, LOCAL)}
OF_ONE = re.compile(r"controllers [12]|daemonset_tolerations 1")
CASES = [("cluster", place) for place in text_places(GOOD) if not OF_ONE.match(" ".join(map(str, place)))]
CASES += [("local", place) for place in text_places(LOCAL) if place[0] in ("name", "worker_pools")]
MOST_RENDERED = 5
OF_ANY_CHARACTERS = ("control_plane_flags", "oidc")
"""Arguments that may have quotes and dollar signs in their texts."""


def taken(make, args: dict) -> bool:
    try:
        make(args)
    except SpecError:
        return False
    return True


@pytest.mark.parametrize(("platform", "place"), CASES, ids=lambda each: str(each)[:60])
def test_no_text_changes_the_shape_of_a_file(platform, place):
    """What is dangerous is refused; what is taken changes nothing but a text."""
    make, render, good = RENDER[platform]
    texts = dict.fromkeys([*INJECTIONS, *(f"{at(good, place)}{each}" for each in INJECTIONS), *YAML_TRAPS])
    good_ones = [text for text in texts if taken(make, put(good, place, text))]
    odd = [text for text in good_ones if not re.fullmatch(r"[A-Za-z0-9._/:@~-]*\*?", text)]
    assert odd == [] or place[0] in OF_ANY_CHARACTERS or place[-1] == "unverified"
    # The ones that YAML could take for something else come last.
    base = shape(render(good))
    for text in good_ones[-MOST_RENDERED:]:
        found = shape(render(put(good, place, text)))
        assert len(found) == len(base), text
        assert found == base or place[0] == "registry_mirrors", text  # Its texts are names of files and keys as well.
    assert good_ones or place[-1] != "name"
