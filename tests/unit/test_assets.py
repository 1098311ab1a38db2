"""The asset map: its paths are those of the reference, and each holds what its name says."""

from base64 import b64decode

import pytest
import yaml

from tests.support.control_plane import ENCRYPTION_KEY, TOKEN, controller_assets, pem, settled_secrets
from tests.unit.arguments import arguments, controllers
from tests.unit.manifests.specs import BARE, DEFAULT, HIGHLY_AVAILABLE, SPECS
from tradewind.assets import (
    WORKER_ASSET_PATHS,
    admin_kubeconfig,
    plain_assets,
    secret_asset_paths,
    secret_assets,
    worker_assets,
)
from tradewind.host.assets import AssetNotAllowedError, place
from tradewind.kubelet import Role
from tradewind.manifests import cluster_objects
from tradewind.spec import cluster_spec

REFERENCE = {
    *(f"tls/etcd/{name}" for name in ("etcd-client-ca.crt", "server-ca.crt", "peer-ca.crt")),
    *(f"tls/etcd/{name}.{end}" for name in ("etcd-client", "server", "peer") for end in ("crt", "key")),
    *(f"tls/k8s/{name}.{end}" for name in ("ca", "apiserver") for end in ("crt", "key")),
    *(f"tls/k8s/service-account.{end}" for end in ("pub", "key")),
    *(f"auth/{name}.conf" for name in ("admin", "controller-manager", "scheduler")),
    *(f"static-manifests/kube-{name}.yaml" for name in ("apiserver", "controller-manager", "scheduler")),
}
"""The paths of the system that this library is compared with."""

AGGREGATION = {f"tls/k8s/{name}" for name in ("aggregation-ca.crt", "aggregation-client.crt", "aggregation-client.key")}

IMPROVEMENTS = {
    # The API server does not show its serving certificate to kubelets.
    "tls/k8s/apiserver-kubelet-client.crt",
    "tls/k8s/apiserver-kubelet-client.key",
    # The administrator is not in a group that RBAC cannot limit; what applies the first objects is.
    "auth/super-admin.conf",
    # The way every node joins is an asset like any other.
    "auth/kubeconfig",
    # Who comes in, what is refused, logged and encrypted.
    "config/admission.yaml",
    "config/audit-policy.yaml",
    "config/authentication.yaml",
    "config/encryption.yaml",
    # What flags of the scheduler may no longer say.
    "config/scheduler.yaml",
}


@pytest.mark.parametrize("case", SPECS)
def test_paths_are_those_of_the_reference_and_the_named_improvements(case):
    spec = SPECS[case]
    aggregation = AGGREGATION if spec.aggregation else set()
    manifests = {file.path for file in cluster_objects(spec)} | {"manifests/bootstrap-token.yaml"}
    assert set(controller_assets(spec)) == REFERENCE | IMPROVEMENTS | aggregation | manifests


@pytest.mark.parametrize("case", SPECS)
def test_secret_and_plain_assets_share_no_path_and_are_known_before_anything_is_made(case):
    spec = SPECS[case]
    secret = secret_assets(spec, settled_secrets(spec))
    assert list(secret) == [controller.name for controller in spec.controllers]
    for assets in secret.values():
        assert not set(assets) & set(plain_assets(spec))
        assert set(assets) == set(secret_asset_paths(spec))


@pytest.mark.parametrize("case", SPECS)
def test_nothing_generated_is_among_the_plain_assets(case):
    for path, content in plain_assets(SPECS[case]).items():
        assert "key of" not in content, path
        assert "certificate of" not in content, path
        assert TOKEN.secret not in content, path


CONTENT = {
    "tls/etcd/etcd-client-ca.crt": pem("etcd-ca").cert_pem,
    "tls/etcd/server-ca.crt": pem("etcd-ca").cert_pem,
    "tls/etcd/peer-ca.crt": pem("etcd-ca").cert_pem,
    "tls/etcd/etcd-client.crt": pem("etcd-client").cert_pem,
    "tls/etcd/etcd-client.key": pem("etcd-client").private_key_pem,
    "tls/k8s/ca.crt": pem("kubernetes-ca").cert_pem,
    "tls/k8s/ca.key": pem("kubernetes-ca").private_key_pem,
    "tls/k8s/apiserver.crt": pem("apiserver").cert_pem,
    "tls/k8s/apiserver.key": pem("apiserver").private_key_pem,
    "tls/k8s/apiserver-kubelet-client.crt": pem("kubelet-client").cert_pem,
    "tls/k8s/apiserver-kubelet-client.key": pem("kubelet-client").private_key_pem,
    "tls/k8s/aggregation-ca.crt": pem("aggregation-ca").cert_pem,
    "tls/k8s/aggregation-client.crt": pem("aggregation-client").cert_pem,
    "tls/k8s/aggregation-client.key": pem("aggregation-client").private_key_pem,
    "tls/k8s/service-account.pub": pem("service-account").cert_pem,
    "tls/k8s/service-account.key": pem("service-account").private_key_pem,
}


@pytest.mark.parametrize("index", range(3))
def test_each_path_holds_what_its_name_says(index):
    name = HIGHLY_AVAILABLE.controllers[index].name
    members = {
        f"tls/etcd/{pair}.{end}": getattr(pem(f"etcd-{pair}-{name}"), value)
        for pair in ("server", "peer")
        for end, value in (("crt", "cert_pem"), ("key", "private_key_pem"))
    }
    assets = controller_assets(HIGHLY_AVAILABLE, index)
    assert {path: content for path, content in assets.items() if path.startswith("tls/")} == CONTENT | members


def test_no_key_of_the_etcd_and_aggregation_authorities_is_on_a_controller():
    text = "".join(controller_assets(DEFAULT).values())
    for name in ("etcd-ca", "aggregation-ca"):
        assert pem(name).cert_pem in text
        assert pem(name).private_key_pem not in text


@pytest.mark.parametrize(
    ("path", "user", "record", "server"),
    [
        ("auth/admin.conf", "kubernetes-admin", "admin", "https://api.example.com:443"),
        ("auth/super-admin.conf", "kubernetes-super-admin", "super-admin", "https://api.example.com:443"),
        # That of their own machine, as others may be older in an upgrade.
        (
            "auth/controller-manager.conf",
            "system:kube-controller-manager",
            "controller-manager",
            "https://127.0.0.1:6443",
        ),
        ("auth/scheduler.conf", "system:kube-scheduler", "scheduler", "https://127.0.0.1:6443"),
    ],
)
def test_kubeconfigs_of_clients(path, user, record, server):
    document = yaml.safe_load(controller_assets(HIGHLY_AVAILABLE)[path])
    (cluster,), (entry,) = document["clusters"], document["users"]
    assert cluster["cluster"]["server"] == server
    assert b64decode(cluster["cluster"]["certificate-authority-data"]).decode() == pem("kubernetes-ca").cert_pem
    assert entry["name"] == user
    assert b64decode(entry["user"]["client-certificate-data"]).decode() == pem(record).cert_pem
    assert b64decode(entry["user"]["client-key-data"]).decode() == pem(record).private_key_pem


def test_the_bootstrap_kubeconfig_has_the_token_and_no_certificate():
    document = yaml.safe_load(controller_assets(DEFAULT)["auth/kubeconfig"])
    assert document["users"][0]["user"] == {"token": "abc123.0123456789abcdef"}


def test_the_tokens_secret_and_the_encryption_key():
    assets = controller_assets(DEFAULT)
    secret = yaml.safe_load(assets["manifests/bootstrap-token.yaml"])
    assert b64decode(secret["data"]["token-secret"]).decode() == TOKEN.secret
    assert ENCRYPTION_KEY in assets["config/encryption.yaml"]


def test_a_worker_gets_only_what_it_needs_to_join():
    assets = worker_assets(DEFAULT, pem("kubernetes-ca").cert_pem, TOKEN)
    assert tuple(assets) == WORKER_ASSET_PATHS == ("tls/k8s/ca.crt", "auth/kubeconfig")
    assert assets["tls/k8s/ca.crt"] == pem("kubernetes-ca").cert_pem
    assert assets["auth/kubeconfig"] == controller_assets(DEFAULT)["auth/kubeconfig"]
    assert [file.path for file in place(Role.WORKER, assets)]


def test_a_worker_is_refused_every_other_asset():
    others = {path: text for path, text in controller_assets(DEFAULT).items() if path not in WORKER_ASSET_PATHS}
    for path, content in others.items():
        with pytest.raises(AssetNotAllowedError, match=path):
            place(Role.WORKER, {path: content})


def test_the_administrators_kubeconfig_for_another_url():
    text = admin_kubeconfig(DEFAULT, "ca\n", pem("admin"), "https://10.0.0.10:6443")
    assert yaml.safe_load(text)["clusters"][0]["cluster"]["server"] == "https://10.0.0.10:6443"


def test_secrets_that_are_settled_do_not_show_when_printed():
    text = repr(settled_secrets(DEFAULT))
    for secret in (TOKEN.secret, ENCRYPTION_KEY, "key of"):
        assert secret not in text


def test_equal_specs_are_equal_text():
    again = cluster_spec(arguments(controllers=controllers(1)))
    assert controller_assets(DEFAULT) == controller_assets(again)
    assert plain_assets(DEFAULT) != plain_assets(BARE)
