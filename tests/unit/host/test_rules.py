"""What holds for every host: who may have which secret, who may read it, and that no variable is left unset."""

import re
from dataclasses import replace

import pytest

from tests.support.systemd_units import parsed
from tests.unit.host.cases import CASES, COREOS_CONTROLLER, COREOS_WORKER, WORKER
from tests.unit.manifests.specs import DEFAULT
from tradewind import constants
from tradewind.assets import plain_assets, secret_asset_paths
from tradewind.errors import TradewindError
from tradewind.host.assets import AssetNotAllowedError, directories_of, install_order, place
from tradewind.host.options import HostOptions, JoinFiles
from tradewind.host.roles import controller_settings, later_worker_files, worker
from tradewind.kubelet import Role

EVERY_ASSET = (*plain_assets(DEFAULT), *secret_asset_paths(DEFAULT))
WORKER_ASSETS = {"auth/kubeconfig", "tls/k8s/ca.crt"}
POD_GROUPS = {
    constants.KUBE_APISERVER_GID,
    constants.KUBE_CONTROLLER_MANAGER_GID,
    constants.KUBE_SCHEDULER_GID,
    constants.SERVICE_ACCOUNT_GID,
}
MAY_BE_READ = re.compile(r".*\.(crt|pub)")

cases = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


@pytest.mark.parametrize("path", sorted(set(EVERY_ASSET) - WORKER_ASSETS))
def test_a_worker_is_refused_everything_but_what_it_joins_with(path):
    with pytest.raises(AssetNotAllowedError, match=f"^a worker may not hold: {re.escape(path)}$"):
        place(Role.WORKER, {path: "a secret"})


def test_every_asset_of_a_control_plane_has_one_place():
    placed = place(Role.CONTROLLER, dict.fromkeys(EVERY_ASSET, "text"))
    targets = [file.path for file in placed]
    assert len(targets) == len(set(targets)) == len(EVERY_ASSET)


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
    private = (constants.PKI_DIR, constants.CONFIG_DIR, "/etc/ssl")
    assert [path for path in paths if path.startswith(private)] == [constants.KUBERNETES_CA]
    assert [file.path for file in WORKER.delivery if file.secret] == [constants.BOOTSTRAP_KUBECONFIG]
    assert constants.BOOTSTRAP_KUBECONFIG in paths


@cases
def test_no_secret_can_be_read_by_others(case):
    for file in (*case.config.files, *case.delivery):
        assert file.mode & 0o022 == 0, f"others may write {file.path}"
        if file.secret:
            assert file.mode & 0o007 == 0, f"others may read {file.path}"
            assert file.mode & 0o040 == 0 or file.gid in POD_GROUPS, f"root's group reads {file.path}"


@cases
def test_keys_and_kubeconfigs_are_secret(case):
    sensitive = [
        file
        for file in case.delivery
        if re.search(r"\.key$|/kubernetes/.*\.conf$|/kubeconfig$|bootstrap-token|encryption", file.path)
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
    assert modes == {constants.BOOTSTRAP_KUBECONFIG: "0o600", constants.KUBERNETES_CA: "0o644"}


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
    assert {constants.KUBELET_CONFIG, "/etc/containerd/config.toml"} <= {file.path for file in both}


@cases
def test_the_kubelet_starts_last_and_static_pods_after_what_they_read(case):
    order = [file.path for file in sorted(case.delivery, key=install_order)]
    assert order[-1] == constants.BOOTSTRAP_KUBECONFIG
    manifests = [index for index, path in enumerate(order) if path.startswith(f"{constants.STATIC_POD_DIR}/")]
    read = [index for index, path in enumerate(order) if re.match(r"/etc/kubernetes/(pki/|config/|[^/]*\.conf$)", path)]
    assert (max(read) < min(manifests)) if case.role is Role.CONTROLLER else manifests == []


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


def test_a_pool_image_replaces_that_of_the_cluster():
    config = worker(DEFAULT, COREOS_WORKER)
    # The first boot knows the release's; the first delivery, before which no kubelet runs, brings the pool's.
    first = [file.path for file in config.files if file.path.startswith("/etc/systemd/system/kubelet.service.d/")]
    assert first == ["/etc/systemd/system/kubelet.service.d/05-image.conf"]
    delivered = {file.path: file.content for file in later_worker_files(DEFAULT, COREOS_WORKER, {})}
    folder = "/etc/systemd/system/kubelet.service.d"
    line = "[Service]\nEnvironment=KUBELET_IMAGE={}:v1.36.2\n"
    assert delivered[f"{folder}/05-image.conf"] == line.format("quay.io/poseidon/kubelet")
    assert delivered[f"{folder}/10-image-override.conf"] == line.format("docker.io/psdn/kubelet")


def test_a_host_that_nothing_is_delivered_to_boots_with_its_own_image():
    options = replace(COREOS_WORKER, join=JoinFiles(kubeconfig="token\n", ca_pem="certificate\n"))
    paths = [file.path for file in worker(DEFAULT, options).files]
    assert "/etc/systemd/system/kubelet.service.d/10-image-override.conf" in paths


def test_each_unit_with_another_image_than_the_releases_has_one_override():
    etcd = "registry.example.com/etcd:v3.7.3"
    spec = replace(DEFAULT, images=DEFAULT.images.override({"etcd": etcd}), kubelet_image=COREOS_WORKER.kubelet_image)
    files = controller_settings(spec, spec.controllers[0], COREOS_CONTROLLER)
    overrides = {
        file.path.split("/")[4]: file.content for file in files if file.path.endswith("/10-image-override.conf")
    }
    kubelet = "[Service]\nEnvironment=KUBELET_IMAGE=docker.io/psdn/kubelet:v1.36.2\n"
    assert overrides == {
        "kubelet.service.d": kubelet,
        "bootstrap.service.d": kubelet,
        "etcd-member.service.d": f"[Service]\nEnvironment=ETCD_IMAGE={etcd}\n",
    }
    usual = controller_settings(DEFAULT, DEFAULT.controllers[0], COREOS_CONTROLLER)
    assert not [file.path for file in usual if "override" in file.path]


@cases
def test_what_needs_names_starts_after_the_gate_and_not_without_it(case):
    units = {unit.name: parsed(unit.contents) for unit in case.config.units if unit.contents}
    waiting = "wait-for-dns.service"
    if waiting not in units:
        assert case.config in [each.config for name, each in CASES.items() if name.startswith("local")]
        return
    gated = {"kubelet.service", *(["etcd-member.service"] if case.role is Role.CONTROLLER else [])}
    for section, key in (("Unit", "Before"), ("Install", "RequiredBy")):
        assert set(dict(units[waiting][section])[key].split()) == gated
    for key in ("Wants", "After"):
        assert "network-online.target" in dict(units[waiting]["Unit"])[key].split()


@cases
def test_no_mount_of_the_kubelet_relabels_the_volumes_of_pods(case):
    (kubelet,) = (parsed(unit.contents) for unit in case.config.units if unit.name == "kubelet.service")
    (mount,) = re.findall(
        r"--(?:volume|mount)=\S*/var/lib/kubelet(?:[:,]\S*)?(?= )", dict(kubelet["Service"])["ExecStart"]
    )
    assert re.split("[:,]", mount)[-1] in ("rshared", "bind-propagation=rshared")
