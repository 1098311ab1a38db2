"""Every rule of the arguments: what it refuses, where it says so, and in which words."""

import pytest

from tests.unit.arguments import CONTROLLER, arguments, controllers
from tradewind.args import (
    BootstrapTokenArgs,
    CertificateAuthorityArgs,
    CertificatesArgs,
    ClusterArgs,
    ControllerArgs,
    KubeletImageArgs,
)
from tradewind.args.authentication import OidcIssuerArgs, OidcRuleArgs
from tradewind.args.control_plane import ControlPlaneFlagsArgs, EtcdArgs, ProgramFlagsArgs
from tradewind.args.kubelet import KubeletArgs
from tradewind.args.machines import MirrorEndpointArgs, OsUpdatesArgs, ProxyArgs, RegistryMirrorArgs
from tradewind.choices import KeyAlgorithm, Networking
from tradewind.errors import SpecError
from tradewind.spec import (
    checks,
    cluster_spec,
    etcd,
    flags,
    kubelet,
    kubelet_images,
    mirrors,
    oidc,
    proxy,
    updates,
    validate,
)
from tradewind.spec.fields import mapping_of
from tradewind.spec.validate import problems_of
from tradewind.versions import RELEASES, Images

LABEL = "must be a DNS label: lower-case letters, digits and -, at most {}, not starting or ending with -"
DNS_NAME = "must be a lower-case DNS name, such as node1.example.com"
NUMBER_AT_END = "must not end in a number, as only addresses do"
NAME_OR_IP = "must be a lower-case DNS name or an IP address"
BOOLEAN = "must be true or false"
URL = "must be an https URL of a lower-case host, with a port and a plain path if wanted, of at most 1024 characters"
IMAGE = "must be a full image reference with a tag, such as registry.example.com/team/image:v1.2.3"
TWICE = "must not be in the list twice"
MAPPING = "must be a mapping of fields"
TAGS = (
    "must be vX.Y.Z, vX.Y.Z-ARCH, vX.Y.Z-N-gSHA, vX.Y.Z-N-gSHA-ARCH, build-SHA (Quay) or "
    "build-vX.Y.Z or build-master (Docker Hub), with ARCH amd64 or arm64"
)
CENTURY = 876000


def whole(low: int, high: int) -> str:
    return f"must be a whole number from {low} to {high}"


def entries(low: int, high: int) -> str:
    return f"must be a list of {low} to {high} entries"


def range_of(shortest: int, longest: int) -> str:
    return f"must be an IPv4 range from /{shortest} to /{longest} given by its first address, such as 10.2.0.0/16"


def found(args: object) -> list[tuple[str, str]]:
    return [(problem.path, problem.rule) for problem in problems_of(args)]


# One field that may have any of these values; each gives exactly this one rule.
SCALARS = [
    ("name", ["", "Test", "-a", "a-", "a.b", "a" * 41, 1, None, ["a"]], LABEL.format(40)),
    ("kubernetes_version", ["1.36.2", "v1.0.0", None, 1], "must be one of v1.35.4, v1.36.1, v1.36.2, v1.37.2"),
    ("api_port", [0, 65536, "6443", True, 1.5, None], whole(1, 65535)),
    ("architecture", ["x86_64", "", None, 64], "must be one of amd64, arm64"),
    ("networking", ["cilium", "", None, 3], "must be one of flannel, calico, none"),
    (
        "pod_cidr",
        ["10.20.0.1/14", "10.20.0.0", "64.0.0.0/7", "10.20.0.0/23", "fd00::/8", 10, None, "x"],
        range_of(8, 22),
    ),
    ("service_cidr", ["10.3.0.0/27", "10.3.0.1/24", "10.3.0.0/255.255.255.0", 7, None], range_of(12, 26)),
    ("host_cidr", ["192.0.2.0/30", "192.0.2.1/24", "192.0.2.0", None], range_of(8, 29)),
    ("cluster_domain", ["Cluster.local", "a..b", ".local", "local.", "a b", "x" * 254, 1, None], DNS_NAME),
    ("cluster_domain", ["10.0.0.1", "cluster.1"], NUMBER_AT_END),
    (
        "service_account_issuer",
        [
            "http://a.example.com",
            "https://",
            "https://u:p@a.example.com",
            "https://a.example.com/?q=1",
            "https://a.example.com/#f",
            "https://a.example.com/a b",
            "https://a.example.com:99999",
            "https://ä.example.com",
            'https://a.example.com/"',
            "a.example.com",
            1,
            None,
        ],
        URL,
    ),
    ("oidc", ["https://a.example", None, 1, {}], entries(0, 16)),
    ("control_plane_flags", ["v=2", None, 1, []], MAPPING),
    ("etcd", ["v=2", None, 1, []], MAPPING),
    ("registry_mirrors", ["quay.io", None, 1, {}], entries(0, 32)),
    ("proxy", ["http://a", None, 1, []], MAPPING),
    ("os_updates", ["off", None, 1, []], MAPPING),
    ("kubelet", ["maxPods: 9", None, 1, []], MAPPING),
    ("aggregation", ["true", 1, None], BOOLEAN),
    ("coredns", ["yes", 0], BOOLEAN),
    ("coredns_replicas", [0, 101, "2", False], whole(1, 100)),
    ("kube_proxy", ["false"], BOOLEAN),
    ("kube_proxy_conntrack", [None, "on"], BOOLEAN),
    ("external_cloud_provider", [1], BOOLEAN),
    ("api_servers", [[], "a.example.com", None, {"a": 1}, [f"a{n}.example.com" for n in range(17)]], entries(1, 16)),
    ("controllers", [[], "c", None, 3, controllers(8)], entries(1, 7)),
    ("daemonset_tolerations", ["example.com/a", None], entries(0, 32)),
    ("certificates", [[], "ecdsa", None], MAPPING),
    ("bootstrap_token", [[], 3], MAPPING),
    ("kubelet_image", ["quay.io/poseidon/kubelet:v1.36.2"], MAPPING),
    ("images", [["a"]], MAPPING),
]


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [(field, value, rule) for field, values, rule in SCALARS for value in values],
    ids=lambda each: repr(each)[:40],
)
def test_a_field_refuses_bad_values(field, value, rule):
    assert found(arguments(**{field: value})) == [(field, rule)]


PARTS = [
    ({"api_servers": ["A.example.com"]}, "api_servers[0]", NAME_OR_IP),
    ({"api_servers": ["a.example.com", "10.0.0.256"]}, "api_servers[1]", NAME_OR_IP),
    ({"api_servers": ["a.example.com", "a.example.com"]}, "api_servers[1]", TWICE),
    ({"api_servers": ["a.example.com:443"]}, "api_servers[0]", NAME_OR_IP),
    ({"controllers": ["a"]}, "controllers[0]", MAPPING),
    ({"controllers": [{**CONTROLLER, "name": "A"}]}, "controllers[0].name", LABEL.format(63)),
    ({"controllers": [{**CONTROLLER, "etcd_name": "10.0.0.1"}]}, "controllers[0].etcd_name", NUMBER_AT_END),
    (
        {"controllers": [{**CONTROLLER, "addresses": ["10.0.0.01"]}]},
        "controllers[0].addresses[0]",
        "must be an IP address of a host in its usual form, such as 10.0.0.1 or fd00::1",
    ),
    ({"controllers": [{**CONTROLLER, "addresses": "10.0.0.1"}]}, "controllers[0].addresses", entries(0, 8)),
    ({"daemonset_tolerations": ["a/b/c"]}, "daemonset_tolerations[0]", "must be a label key, such as example.com/role"),
    (
        {"certificates": {"key_algorithm": "rsa-1024"}},
        "certificates.key_algorithm",
        "must be one of ecdsa-p256, rsa-2048, rsa-3072, rsa-4096",
    ),
    ({"certificates": {"ca_validity_hours": 87600.0}}, "certificates.ca_validity_hours", whole(24, CENTURY)),
    ({"certificates": {"validity_hours": "1"}}, "certificates.validity_hours", whole(1, CENTURY)),
    ({"certificates": {"early_renewal_hours": None}}, "certificates.early_renewal_hours", whole(0, CENTURY)),
    (
        {"certificates": {"validity_hours": 2160}},
        "certificates.early_renewal_hours",
        "must be less than validity_hours (2160)",
    ),
    (
        {"certificates": {"validity_hours": 87601}},
        "certificates.validity_hours",
        "must be at most ca_validity_hours (87600)",
    ),
    ({"certificates": {"etcd_ca": "pem"}}, "certificates.etcd_ca", MAPPING),
    (
        {"bootstrap_token": {"validity_hours": 720}},
        "bootstrap_token.early_renewal_hours",
        "must be less than validity_hours (720)",
    ),
    ({"bootstrap_token": {"validity_hours": True}}, "bootstrap_token.validity_hours", whole(1, CENTURY)),
    ({"bootstrap_token": {"early_renewal_hours": -1}}, "bootstrap_token.early_renewal_hours", whole(0, CENTURY)),
    ({"images": {"etcd": "quay.io/coreos/etcd"}}, "images.etcd", IMAGE),
    ({"images": {"etcd": None}}, "images.etcd", IMAGE),
    ({"kubelet_image": {"tag": 1}}, "kubelet_image.tag", "must be text"),
    ({"kubelet_image": {"registry": None}}, "kubelet_image.registry", "must be text"),
    ({"kubelet_image": {"unsupported": "yes"}}, "kubelet_image.unsupported", BOOLEAN),
    ({"kubelet_image": {"tag": "latest"}}, "kubelet_image.tag", TAGS),
    ({"kubelet_image": {"digest": "sha256:0"}}, "kubelet_image.digest", "must be sha256: and 64 hexadecimal digits"),
    ({"pod_cidr": "10.0.0.0/8"}, "service_cidr", "must not overlap pod_cidr (10.0.0.0/8)"),
    ({"host_cidr": "10.20.0.0/24"}, "host_cidr", "must not overlap pod_cidr (10.20.0.0/14)"),
    ({"host_cidr": "10.3.0.0/16"}, "host_cidr", "must not overlap service_cidr (10.3.0.0/24)"),
]


@pytest.mark.parametrize(("changes", "path", "rule"), PARTS, ids=[f"{path}: {rule[:30]}" for _, path, rule in PARTS])
def test_a_part_refuses_bad_values(changes, path, rule):
    assert found(arguments(**changes)) == [(path, rule)]


@pytest.mark.parametrize(
    "changes",
    [
        {"api_port": 1},
        {"api_port": 65535},
        {"api_servers": ["10.0.0.1", "fd00::1", "localhost"]},
        {"pod_cidr": "10.0.0.0/22", "service_cidr": "10.96.0.0/12"},
        {"host_cidr": "192.0.2.0/29"},
        {"networking": "none"},
        {"networking": Networking.FLANNEL},
        {"service_account_issuer": "https://issuer.example.com:8443/cluster/test"},
        {"certificates": {"key_algorithm": KeyAlgorithm.RSA_4096, "validity_hours": 2, "early_renewal_hours": 1}},
        {"certificates": {"ca_validity_hours": 24, "validity_hours": 24, "early_renewal_hours": 0}},
        {"bootstrap_token": {"validity_hours": 2, "early_renewal_hours": 1}},
        {"images": {"pause": "localhost:5000/pause:3@sha256:" + "0" * 64}},
        {"daemonset_tolerations": ["gpu", "example.com/GPU_1"]},
        {"controllers": controllers(7), "coredns_replicas": 100},
    ],
    ids=repr,
)
def test_good_values_at_the_edges_are_taken(changes):
    assert found(arguments(**changes)) == []


@pytest.mark.parametrize("count", [2, 4, 6])
def test_an_even_number_of_controllers_is_refused(count):
    rule = "must be a list of 1, 3, 5, 7 controllers, so that etcd has a majority"
    assert found(arguments(controllers=controllers(count))) == [("controllers", rule)]


def test_controllers_differ_in_name_and_etcd_name():
    three = controllers(3)
    three[1]["name"], three[2]["etcd_name"] = three[0]["name"], three[0]["etcd_name"]
    rule = "must differ from the other controllers'"
    assert found(arguments(controllers=three)) == [("controllers[1].name", rule), ("controllers[2].etcd_name", rule)]


@pytest.mark.parametrize("args", [None, [], "name", 3])
def test_arguments_that_are_no_mapping(args):
    assert found(args) == [("args", MAPPING)]


def test_missing_fields_are_named():
    missing = "must be given"
    assert found({}) == [("name", missing), ("api_servers", missing), ("controllers", missing)]
    assert found(arguments(controllers=[{}])) == [
        ("controllers[0].name", missing),
        ("controllers[0].etcd_name", missing),
    ]
    assert found(arguments(certificates={"etcd_ca": {}})) == [
        ("certificates.etcd_ca.cert_pem", missing),
        ("certificates.etcd_ca.private_key_pem", missing),
    ]


UNKNOWN = [
    ({"colour": 1}, "colour", "is unknown; the fields are name, kubernetes_version, "),
    ({"certificates": {"key": 1}}, "certificates.key", "is unknown; the fields are key_algorithm, "),
    ({"bootstrap_token": {"ttl": 1}}, "bootstrap_token.ttl", "is unknown; the fields are validity_hours, "),
    ({"kubelet_image": {"arches": 1}}, "kubelet_image.arches", "is unknown; the fields are registry, tag, "),
    ({"images": {"calico": "a"}}, "images.calico", "is unknown; the fields are kube_apiserver, "),
    (
        {"controllers": [{**CONTROLLER, "zone": 1}]},
        "controllers[0].zone",
        "is unknown; the fields are name, etcd_name,",
    ),
    ({3: 1}, "[3]", "is unknown; the fields are name, "),
]


@pytest.mark.parametrize(("changes", "path", "start"), UNKNOWN, ids=[path for _, path, _ in UNKNOWN])
def test_unknown_keys_are_refused_with_the_known_ones(changes, path, start):
    ((where, rule),) = found({**arguments(), **changes})
    assert where == path
    assert rule.startswith(start)


def test_all_problems_come_in_one_error():
    bad = arguments(name="Bad", api_port=0, colour="red", pod_cidr="10.0.0.0/8", certificates={"key_algorithm": "dsa"})
    with pytest.raises(SpecError) as raised:
        cluster_spec(bad)
    lines = str(raised.value).split("\n")
    assert lines[0] == "5 problem(s) in the cluster arguments:"
    assert lines[1].startswith("  colour: <str> is unknown; the fields are ")
    assert lines[2:] == [
        f"  name: 'Bad' {LABEL.format(40)}",
        f"  api_port: 0 {whole(1, 65535)}",
        "  service_cidr: '10.3.0.0/24' must not overlap pod_cidr (10.0.0.0/8)",
        "  certificates.key_algorithm: 'dsa' must be one of ecdsa-p256, rsa-2048, rsa-3072, rsa-4096",
    ]
    assert [problem.path for problem in raised.value.problems] == [line.split(":")[0].strip() for line in lines[1:]]


def test_a_long_value_is_shortened():
    with pytest.raises(SpecError) as raised:
        cluster_spec(arguments(cluster_domain="x" * 1000))
    assert "(1000 characters)" in str(raised.value)
    assert len(str(raised.value)) < 300


SECRET = "hunter2-is-no-pem"


@pytest.mark.parametrize(
    "certificates",
    [
        {"kubernetes_ca": {"cert_pem": SECRET, "private_key_pem": SECRET}},
        {"etcd_ca": {"cert_pem": "-----BEGIN x", "private_key_pem": SECRET.encode()}},
        {"etcd_ca": {"cert_pem": "-----BEGIN x", "private_key_pem": "-----BEGIN x", "key_pem": SECRET}},
        {"aggregation_ca": SECRET},
        {"aggregation_ca": [SECRET]},
        {"aggregation_key": SECRET},
        {"key_algorithm": {"private_key_pem": SECRET}},
    ],
    ids=repr,
)
def test_secrets_are_never_shown(certificates):
    with pytest.raises(SpecError) as raised:
        cluster_spec(arguments(certificates=certificates))
    assert "hunter2" not in str(raised.value)
    assert "hunter2" not in repr(raised.value.problems)


def test_the_tables_hold_exactly_the_fields_of_the_arguments():
    tables = {
        ClusterArgs: validate._CLUSTER,
        ControllerArgs: validate._CONTROLLER,
        CertificatesArgs: validate._CERTIFICATES,
        CertificateAuthorityArgs: validate._AUTHORITY,
        BootstrapTokenArgs: validate._TOKEN,
        KubeletImageArgs: kubelet_images.FIELDS,
        KubeletArgs: kubelet.SETTINGS,
        ControlPlaneFlagsArgs: flags.FIELDS,
        ProgramFlagsArgs: flags.PROGRAM_FIELDS,
        EtcdArgs: etcd.FIELDS,
        OidcIssuerArgs: oidc.ISSUER_FIELDS,
        OidcRuleArgs: oidc.RULE_FIELDS,
        OsUpdatesArgs: updates.FIELDS,
        RegistryMirrorArgs: mirrors.MIRROR_FIELDS,
        MirrorEndpointArgs: mirrors.ENDPOINT_FIELDS,
        ProxyArgs: proxy.FIELDS,
    }
    for arguments_type, table in tables.items():
        assert set(table) == arguments_type.__required_keys__ | arguments_type.__optional_keys__, arguments_type
        required = {name for name, each in table.items() if each.required}
        assert required == arguments_type.__required_keys__, arguments_type


def test_every_scalar_field_has_a_row_of_bad_values():
    rows = {field for field, _, _ in SCALARS}
    assert rows == set(validate._CLUSTER)


def test_every_release_has_its_images():
    for version, release in RELEASES.items():
        assert release.kubernetes == version
        given = {name: getattr(release.images, name) for name in Images.names()}
        assert found(arguments(kubernetes_version=version, images=given)) == []


LABEL_KEY = "must be a label key, such as example.com/role"
LABEL_VALUE = "must be a label value: at most 63 letters, digits, _, . and -, not starting or ending with _, . or -"
KUBERNETES_LABEL = "must not be of kubernetes.io or k8s.io, but for kubelet.kubernetes.io and node.kubernetes.io"
LABELS = [
    (checks.label_key, ["a", "A_1.b", "example.com/role", "x" * 63, f"{'a.' * 126}b/c"], None),
    (checks.label_key, ["", "/", "a/", "/a", "a/b/c", "-a", "a-", "A.com/b", "x" * 64, f"{'a.' * 127}b/c"], LABEL_KEY),
    (checks.label_key, ["a\n", "a b", "a,b", "a=b", "\u0430", "a\u200b", "\uff11", 1, None, True, ["a"]], LABEL_KEY),
    (checks.label_value, ["", "a", "A_1.b-c", "x" * 63], None),
    (checks.label_value, ["-", "a-", "_a", "x" * 64, "a/b", "a b", "a\n", "a,b", "\u00e9", 1, None, True], LABEL_VALUE),
    (
        checks.node_label,
        [
            "role",
            "example.com/role",
            "node.kubernetes.io/pool",
            "a.kubelet.kubernetes.io/b",
            "topology.kubernetes.io/zone",
        ],
        None,
    ),
    (checks.node_label, ["a/b/c", "", None], LABEL_KEY),
    (
        checks.node_label,
        ["node-role.kubernetes.io/worker", "kubernetes.io/hostname", "k8s.io/a", "a.k8s.io/b", "kubernetes.io/os"],
        KUBERNETES_LABEL,
    ),
    (checks.node_label, ["node-restriction.kubernetes.io/a", "topology.kubernetes.io/rack"], KUBERNETES_LABEL),
    (
        checks.node_label,
        ["node.kubernetes.io/controller", "node.kubernetes.io/node"],
        "must not be a label that every node of a role has",
    ),
    (checks.taint_effect, ["NoSchedule", "PreferNoSchedule", "NoExecute"], None),
    (
        checks.taint_effect,
        ["", "noschedule", "NoSchedule ", None, 1],
        "must be one of NoSchedule, PreferNoSchedule, NoExecute",
    ),
]


@pytest.mark.parametrize(
    ("check", "value", "rule"),
    [(check, value, rule) for check, values, rule in LABELS for value in values],
    ids=lambda each: getattr(each, "__name__", repr(each))[:40],
)
def test_labels_and_taints(check, value, rule):
    assert check(value) == rule


def test_a_mapping_of_labels_tells_which_key_or_value_is_wrong():
    labels = mapping_of(checks.node_label, checks.label_value, 3)
    bad = {"example.com/a": "b", "a b": "c", "k8s.io/a": "-"}
    assert [str(problem) for problem in labels(bad, "labels")] == [
        f"labels['a b']: the key {LABEL_KEY}",
        f"labels['k8s.io/a']: the key {KUBERNETES_LABEL}",
        f"labels['k8s.io/a']: '-' {LABEL_VALUE}",
    ]
    most = "must be a mapping of at most 3 entries"
    assert [str(each) for each in labels(dict.fromkeys("abcd", ""), "labels")] == [f"labels: <dict> {most}"]
    assert [str(each) for each in labels(["a"], "labels")] == [f"labels: <list> {most}"]
    assert list(labels({}, "labels")) == []
