"""What holds for every host: who may have which secret, who may read it, and that no variable is left unset."""

import re

import pytest

from tests.unit.host.cases import CASES, COREOS_WORKER, WORKER
from tests.unit.manifests.specs import DEFAULT
from tradewind import constants
from tradewind.assets import plain_assets, secret_asset_paths
from tradewind.errors import TradewindError
from tradewind.host.assets import AssetNotAllowedError, directories_of, install_order, place
from tradewind.host.options import HostOptions, JoinFiles
from tradewind.host.roles import worker
from tradewind.kubelet import Role

EVERY_ASSET = (*plain_assets(DEFAULT), *secret_asset_paths(DEFAULT))
WORKER_ASSETS = {"auth/kubeconfig", "tls/k8s/ca.crt"}
MAY_BE_READ = re.compile(r".*\.(crt|pub)")

cases = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


@pytest.mark.parametrize("path", sorted(set(EVERY_ASSET) - WORKER_ASSETS))
def test_a_worker_is_refused_everything_but_what_it_joins_with(path):
    with pytest.raises(AssetNotAllowedError, match=f"^a worker may not hold: {re.escape(path)}$"):
        place(Role.WORKER, {path: "a secret"})


def test_every_asset_of_a_control_plane_has_one_place():
    placed = place(Role.CONTROLLER, dict.fromkeys(EVERY_ASSET, "text"))
    targets = [file.path for file in placed]
    # The authority's certificate has two: one for the kubelet, one for the static pods.
    assert len(targets) == len(set(targets)) == len(EVERY_ASSET) + 1


@pytest.mark.parametrize(
    "path",
    [
        "",
        "unknown",
        "tls/k8s/ca.key.bak",
        "tls/etcd/server-ca.key",
        "tls/etcd/peer-ca.key",
        "tls/etcd/etcd-client-ca.key",
        "tls/k8s/aggregation-ca.key",
        "tls/k8s/admin.key",
        "manifests/../../../etc/passwd.yaml",
        "manifests/a.yaml\nx",
        "manifests/.hidden.yaml",
        "manifests/a.sh",
        "static-manifests/other.yaml",
        "config/other.yaml",
        "/auth/kubeconfig",
    ],
)
@pytest.mark.parametrize("role", Role)
def test_an_unknown_asset_is_refused(role, path):
    with pytest.raises(AssetNotAllowedError):
        place(role, {path: "text"})


def test_a_refusal_names_every_path_and_no_content():
    with pytest.raises(TradewindError) as error:
        place(Role.WORKER, {"tls/k8s/ca.key": "SECRET-1", "auth/admin.conf": "SECRET-2", "auth/kubeconfig": "SECRET-3"})
    assert str(error.value) == "a worker may not hold: auth/admin.conf, tls/k8s/ca.key"
    assert "SECRET" not in repr(error.value)


def test_a_worker_holds_no_key_and_no_kubeconfig_but_its_own():
    paths = {file.path for file in (*WORKER.config.files, *WORKER.delivery)}
    assert not [path for path in paths if path.endswith(".key")]
    assert not [path for path in paths if path.startswith((constants.PKI_DIR, constants.CONFIG_DIR, "/etc/ssl"))]
    assert [file.path for file in WORKER.delivery if file.secret] == [constants.BOOTSTRAP_KUBECONFIG]
    assert {"/etc/kubernetes/kubeconfig", "/etc/kubernetes/ca.crt"} <= paths


@cases
def test_no_secret_can_be_read_by_others(case):
    for file in (*case.config.files, *case.delivery):
        assert file.mode & 0o022 == 0, f"others may write {file.path}"
        if file.secret:
            assert file.mode & 0o007 == 0, f"others may read {file.path}"
            assert file.mode & 0o040 == 0 or file.gid == constants.CONTROL_PLANE_GID, f"root's group reads {file.path}"


@cases
def test_keys_and_kubeconfigs_are_secret(case):
    sensitive = [
        file
        for file in case.delivery
        if re.search(r"\.key$|/pki/.*\.conf$|/kubeconfig$|bootstrap-token|encryption", file.path)
    ]
    assert sensitive
    assert [file.path for file in sensitive if not file.secret] == []


@cases
def test_only_what_is_public_in_the_pki_folders_can_be_read_by_others(case):
    for file in case.delivery:
        if file.path.startswith((constants.PKI_DIR, constants.CONFIG_DIR)) and file.mode & 0o004:
            assert MAY_BE_READ.fullmatch(file.path), file.path


@cases
def test_the_first_boot_holds_no_secret(case):
    assert not case.config.secret


def test_the_first_boot_of_a_worker_that_joins_alone_is_secret():
    join = JoinFiles(kubeconfig="SECRET", ca_pem="public")
    config = worker(DEFAULT, HostOptions(join=join))
    assert config.secret
    assert "SECRET" not in repr(config)
    assert "SECRET" not in repr(join)
    modes = {file.path: oct(file.mode) for file in config.files if file.content in {"SECRET", "public"}}
    assert modes == {"/etc/kubernetes/kubeconfig": "0o600", "/etc/kubernetes/ca.crt": "0o644"}


@cases
def test_every_variable_of_a_unit_is_set(case):
    files = {file.path: file.content for file in case.config.files}
    used_somewhere = set()
    for unit in case.config.units:
        text = (unit.contents or "") + "".join(
            content for path, content in files.items() if path.startswith(f"/etc/systemd/system/{unit.name}.d/")
        )
        used = set(re.findall(r"\$\{(\w+)\}", text))
        assert used <= set(re.findall(r'^Environment="?(\w+)=', text, re.MULTILINE)), unit.name
        used_somewhere |= used
    assert "KUBELET_IMAGE" in used_somewhere


@cases
def test_every_drop_in_belongs_to_a_unit(case):
    names = {unit.name for unit in case.config.units}
    drop_ins = [re.fullmatch(r"/etc/systemd/system/(.*)\.d/05-image\.conf", file.path) for file in case.config.files]
    found = {match[1] for match in drop_ins if match}
    assert found
    assert found <= names


@cases
def test_settings_of_the_first_boot_are_those_of_the_delivery(case):
    first = {file.path: file for file in case.config.files}
    both = [file for file in case.delivery if file.path in first]
    assert both == [first[file.path] for file in both]
    assert {"/etc/kubernetes/kubelet.yaml", "/etc/containerd/config.toml"} <= {file.path for file in both}


@cases
def test_the_kubelet_starts_last_and_static_pods_after_what_they_read(case):
    order = [file.path for file in sorted(case.delivery, key=install_order)]
    assert order[-1] == constants.BOOTSTRAP_KUBECONFIG
    manifests = [index for index, path in enumerate(order) if path.startswith(f"{constants.STATIC_POD_DIR}/")]
    read = [index for index, path in enumerate(order) if path.startswith((constants.PKI_DIR, constants.CONFIG_DIR))]
    assert (max(read) < min(manifests)) if case.role is Role.CONTROLLER else (manifests == read == [])


@cases
def test_a_delivery_makes_sure_of_the_directories_of_the_first_boot(case):
    assert directories_of(case.delivery) == case.config.directories
    paths = [directory.path for directory in case.config.directories]
    assert len(paths) == len(set(paths))
    for path in paths:
        parents = [other for other in paths if path.startswith(f"{other}/")]
        assert all(paths.index(parent) < paths.index(path) for parent in parents)


def test_an_asset_that_is_missing_is_not_made_up():
    assert place(Role.WORKER, {}) == ()


def test_the_user_data_of_a_host_is_below_the_smallest_limit():
    # AWS takes 16 KiB.
    for name, case in CASES.items():
        assert len(case.config.user_data()) < 16 * 1024, name


def test_a_pool_image_replaces_that_of_the_cluster():
    config = worker(DEFAULT, COREOS_WORKER)
    drop_in = next(file for file in config.files if file.path.endswith("05-image.conf"))
    assert drop_in.content == "[Service]\nEnvironment=KUBELET_IMAGE=docker.io/psdn/kubelet:v1.36.2\n"
