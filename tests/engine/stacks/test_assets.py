"""The `assets` stack with the real CLI: up, unchanged, one change, renewal, destroy, and what its state shows."""

import json
import stat
from datetime import UTC, datetime, timedelta

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.engine.stacks.program import CLUSTER, PLUGINS, checkout_stack, configure, files_in
from tests.support.pulumi_stack import Stack, StackRunner
from tradewind.assets import WORKER_ASSET_PATHS, plain_assets, secret_asset_paths
from tradewind.pki import catalog
from tradewind.spec import cluster_spec

SPEC = cluster_spec(CLUSTER)
AUTHORITIES = [f"example-pki-{record.name}-cert" for record in catalog.authorities(SPEC)]
CERTIFICATES = [f"example-pki-{record.name}-cert" for record in catalog.certificates(SPEC)]
FILES = "example-files"


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> StackRunner:
    return StackRunner(tmp_path_factory.mktemp("pulumi"), PLUGINS)


@pytest.fixture(scope="module")
def stack(runner: StackRunner) -> Stack:
    """One stack that is up; tests preview changes of its configuration."""
    stack = checkout_stack(runner, "assets", **settings(runner))
    stack.up()
    return stack


@pytest.fixture(name="folder")
def fixture_folder(runner, stack):
    return runner.folder / "files"


def settings(runner, **changes):
    return {"platform": "assets", "folder": str(runner.folder / "files"), "cluster": {**CLUSTER, **changes}}


@pytest.fixture
def changed(stack, runner):
    """Changes of a preview with other arguments: operation and changed properties by name."""

    def preview(**changes):
        configure(stack, **settings(runner, **changes))
        return {step.name: (step.op, set(step.reasons)) for step in stack.changes()}

    yield preview
    configure(stack, **settings(runner))


def certificate(folder, path):
    return x509.load_pem_x509_certificate((folder / path).read_bytes())


def test_nothing_changed(stack):
    assert stack.changes() == []


def test_every_file_is_in_the_folder_and_private(folder):
    paths = {f"controllers/example-controller-0/{path}" for path in (*plain_assets(SPEC), *secret_asset_paths(SPEC))}
    paths |= {f"worker/{path}" for path in WORKER_ASSET_PATHS}
    assert files_in(folder) == paths | {".written"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*") if path.is_file()} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*") if path.is_dir()} == {0o700}


def test_the_api_servers_certificate(folder):
    tls = folder / "controllers/example-controller-0/tls/k8s"
    leaf, ca = certificate(tls, "apiserver.crt"), certificate(tls, "ca.crt")
    leaf.verify_directly_issued_by(ca)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "api.example.com" in names.get_values_for_type(x509.DNSName)
    assert {"127.0.0.1", "10.3.0.1"} == {str(each) for each in names.get_values_for_type(x509.IPAddress)}
    usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc == timedelta(hours=8760)
    assert ca.not_valid_after_utc - ca.not_valid_before_utc == timedelta(hours=87600)
    assert leaf.subject.rfc4514_string() == "CN=kube-apiserver"


def test_each_certificate_belongs_to_its_key(folder):
    pairs = [path for path in (folder / "controllers").rglob("*.crt") if path.with_suffix(".key").exists()]
    assert len(pairs) == 7
    for path in pairs:
        from_certificate = x509.load_pem_x509_certificate(path.read_bytes()).public_key()
        key = load_pem_private_key(path.with_suffix(".key").read_bytes(), None)
        assert key.public_key().public_numbers() == from_certificate.public_numbers(), path


def test_another_version_changes_the_files_only(changed):
    assert changed(kubernetes_version="v1.36.1") == {FILES: ("update", {"stdin"})}


def test_another_api_server_name_changes_its_certificate_and_the_files(changed):
    assert changed(api_servers=["api.example.com", "other.example.com"]) == {
        "example-pki-apiserver-csr": ("replace", {"dnsNames"}),
        "example-pki-apiserver-cert": ("replace", {"certRequestPem"}),
        FILES: ("update", {"stdin"}),
    }


def test_another_renewal_window_changes_that_property_of_every_certificate(changed):
    assert changed(certificates={"early_renewal_hours": 1000}) == {
        name: ("update", {"earlyRenewalHours"}) for name in (*AUTHORITIES, *CERTIFICATES)
    }


def test_without_aggregation_its_resources_go(changed):
    steps = changed(aggregation=False)
    removed = {name for name, (op, _) in steps.items() if op == "delete"}
    parts = {
        "aggregation-ca-key",
        "aggregation-ca-cert",
        "aggregation-client-key",
        "aggregation-client-csr",
        "aggregation-client-cert",
    }
    assert removed == {f"example-pki-{part}" for part in parts}
    assert {name: step for name, step in steps.items() if name not in removed} == {FILES: ("update", {"stdin"})}


def test_the_state_holds_no_secret_in_plain_text(stack, folder):
    text = stack.state_text()
    assert "PRIVATE KEY" not in text
    controller = folder / "controllers/example-controller-0"
    for path in ("auth/admin.conf", "auth/super-admin.conf", "auth/scheduler.conf", "auth/controller-manager.conf"):
        (user,) = yaml.safe_load((controller / path).read_text())["users"]
        assert user["user"]["client-key-data"] not in text
    token = yaml.safe_load((controller / "auth/kubeconfig").read_text())["users"][0]["user"]["token"]
    identifier, _, secret = token.partition(".")
    assert identifier in text, "the token's id is public: if it is not found, the search finds nothing"
    assert secret not in text
    (provider, _) = yaml.safe_load((controller / "config/encryption.yaml").read_text())["resources"][0]["providers"]
    assert provider["secretbox"]["keys"][0]["secret"] not in text
    revealed = stack.resources(show_secrets=True)
    values = {
        json.loads(value["plaintext"])
        for each in revealed.values()
        for value in (*each.get("inputs", {}).values(), *each.get("outputs", {}).values())
        if isinstance(value, dict) and "plaintext" in value and isinstance(json.loads(value["plaintext"]), str)
    }
    assert len(values) > 30
    for value in values:
        assert json.dumps(value)[1:-1] not in text


def test_outputs_of_the_stack(stack):
    outputs = json.loads(stack.run("stack", "output", "--stack", "test", "--json"))
    assert outputs["kubeconfig"] == "[secret]"
    assert outputs["bootstrapTokenExpiration"].endswith("Z")
    dates = {datetime.fromisoformat(date) for date in outputs["certificatesNotAfter"].values()}
    assert min(dates) > datetime.now(UTC) + timedelta(days=364)
    assert len(outputs["certificatesNotAfter"]) == len(CERTIFICATES) + len(AUTHORITIES)


@pytest.fixture
def aged(stack):
    """Moves the end of a certificate, in the state, as time would move now towards it."""
    before = stack.state_text()

    def age(name, **left):
        document = json.loads(before)
        (resource,) = [each for each in document["deployment"]["resources"] if each["urn"].endswith(f"::{name}")]
        resource["outputs"]["validityEndTime"] = (datetime.now(UTC) + timedelta(**left)).isoformat(timespec="seconds")
        stack.run("stack", "import", "--stack", "test", stdin=json.dumps(document))
        return {step.name: (step.op, set(step.reasons)) for step in stack.changes()}

    yield age
    stack.run("stack", "import", "--stack", "test", stdin=before)


def test_a_certificate_inside_its_window_is_renewed_and_its_key_stays(aged):
    assert aged("example-pki-scheduler-cert", hours=2159) == {
        "example-pki-scheduler-cert": ("replace", {"readyForRenewal"}),
        FILES: ("update", {"stdin"}),
    }


def test_an_authority_inside_its_window_is_renewed_and_its_key_stays(aged):
    steps = aged("example-pki-etcd-ca-cert", hours=2159)
    assert steps.pop("example-pki-etcd-ca-cert") == ("replace", {"readyForRenewal"})
    assert steps.pop(FILES) == ("update", {"stdin"})
    assert steps == {name: ("replace", {"caCertPem"}) for name in CERTIFICATES if "-etcd-" in name}
    assert aged("example-pki-etcd-ca-cert", hours=2161) == {}


def test_a_certificate_before_its_window_stays(aged):
    assert "example-pki-scheduler-cert" not in aged("example-pki-scheduler-cert", hours=2161)


def test_a_token_inside_its_window_is_followed_by_the_next(aged):
    assert aged("example-bootstrap-token-validity-cert", hours=719) == {
        "example-bootstrap-token-validity-cert": ("replace", {"readyForRenewal"}),
        "example-bootstrap-token-id": ("replace", {"keepers"}),
        "example-bootstrap-token-secret": ("replace", {"keepers"}),
        FILES: ("update", {"stdin"}),
    }


def test_another_folder_moves_the_files_and_destroy_leaves_nothing(runner):
    first, second = runner.folder / "first", runner.folder / "second"
    config = settings(runner) | {"folder": str(first)}
    stack = checkout_stack(runner, "moving", **config)
    stack.up()
    (first / "mine").write_text("stays")
    configure(stack, **config | {"folder": str(second)})
    stack.up()
    assert files_in(first) == {"mine"}
    assert "worker/auth/kubeconfig" in files_in(second)
    stack.destroy()
    assert stack.resources() == {}
    assert not second.exists()


WRONG = [
    ({"platform": "assets"}, ["tradewind:cluster"]),
    ({}, ["tradewind:platform"]),
    ({"platform": "moon"}, ["tradewind:platform: 'moon' must be one of assets, aws, "]),
    ({"platform": "assets", "cluster": []}, ["1 problem(s)", "tradewind:cluster: <list> must be a mapping of fields"]),
    (
        {"platform": "assets", "cluster": {"name": "Bad", "api_servers": ["a"], "colour": 1}},
        [
            "3 problem(s)",
            "name: 'Bad' must be a DNS label",
            "colour: <int> is unknown",
            "controllers: must be given",
        ],
    ),
    (
        {"platform": "local", "cluster": {"name": "x", "workers": "two", "api_port": 443}},
        ["2 problem(s)", "workers: 'two' must be", "api_port: 443 must be"],
    ),
    (
        {
            "platform": "assets",
            "cluster": {
                "name": "te\u200bst\nerror: x",
                "pod_cidr": "\uff11\uff10.0.0.0/8",
                "kubelet_image": {"tag": "v1.36.2;reboot"},
                "certificates": {"etcd_ca": {"cert_pem": "hunter2", "private_key_pem": "hunter2"}},
                "images": {"etcd": "-v/etc:v1"},
                "api_servers": ["010.0.0.1"],
                "controllers": [{"name": "a", "etcd_name": "a.example.com"}] * 2,
            },
        },
        [
            "10 problem(s) in the cluster arguments:",
            r"name: 'te\u200bst\nerror: x' must be a DNS label",
            r"pod_cidr: '\uff11\uff10.0.0.0/8' must be an IPv4 range",
            "certificates.etcd_ca.cert_pem: <secret> must be one PEM certificate",
            "certificates.etcd_ca.private_key_pem: <secret> must be one PEM block",
            "kubelet_image.tag: 'v1.36.2;reboot' must be vX.Y.Z",
            "images.etcd: '-v/etc:v1' must be a full image reference",
            "api_servers[0]: '010.0.0.1' must be a lower-case DNS name or an IP address",
            "controllers: 2 entries must be a list of 1, 3, 5, 7 controllers",
            "controllers[1].name: 'a' must differ from the other controllers'",
            "controllers[1].etcd_name: 'a.example.com' must differ from the other controllers'",
        ],
    ),
    ({"platform": "local", "cluster": []}, ["tradewind:cluster: <list> must be a mapping of fields"]),
]


@pytest.fixture(scope="module")
def empty(runner: StackRunner) -> Stack:
    return checkout_stack(runner, "wrong")


@pytest.mark.parametrize(("config", "told"), WRONG, ids=range(len(WRONG)))
def test_a_wrong_configuration_is_one_error_and_makes_nothing(empty, config, told):
    configure(empty, **config)
    message = empty.fails("up", "--stack", "test", "--yes", "--skip-preview")
    for each in told:
        assert each in message
    assert "Traceback" not in message
    assert "hunter2" not in message
    assert empty.resources() == {}
