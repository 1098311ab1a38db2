"""The control plane's pods: as stored, hardened, and with every file they name in place and readable."""

import re

import pytest

from tests.support.control_plane import controller_assets
from tests.support.golden import assert_golden, assert_no_stale
from tests.unit.manifests.specs import BARE, DEFAULT, HIGHLY_AVAILABLE, OPTIONS, SPECS
from tradewind.constants import AUDIT_LOG_DIR, NOBODY_UID, SCHEDULER_CONFIG, SERVICE_ACCOUNT_GID
from tradewind.host.assets import directories, place
from tradewind.kubelet import Role
from tradewind.manifests import static_pods
from tradewind.manifests.scheduler_config import scheduler_config
from tradewind.serialize import to_yaml

PODS = {(case, path.split("/")[1]): pod for case, spec in SPECS.items() for path, pod in static_pods(spec).items()}
GOLDEN = {f"static-pods/{case}/{file}": to_yaml(pod) for (case, file), pod in PODS.items()}
GOLDEN |= {f"static-pods/options/{path.split('/')[1]}": to_yaml(pod) for path, pod in static_pods(OPTIONS).items()}
OTHER_READS, GROUP_READS = 0o004, 0o040
SECRETS = {
    "kube-apiserver": {
        "config/encryption.yaml",
        "pki/aggregation-client.key",
        "pki/apiserver-kubelet-client.key",
        "pki/apiserver.key",
        "pki/etcd-client.key",
        "pki/service-account.key",
    },
    "kube-controller-manager": {"controller-manager.conf", "pki/ca.key", "pki/service-account.key"},
    "kube-scheduler": {"scheduler.conf"},
}
"""What each component may read of a controller's secrets, below /etc/kubernetes."""


@pytest.fixture(params=PODS, ids="/".join, name="pod")
def fixture_pod(request):
    return PODS[request.param]


def flags_of(pod):
    program, *flags = pod["spec"]["containers"][0]["command"]
    assert program == pod["metadata"]["name"]
    pairs = [flag.removeprefix("--").split("=", 1) for flag in flags]
    assert len({name for name, _ in pairs}) == len(pairs)
    return dict(pairs)


def groups_of(pod):
    context = pod["spec"]["securityContext"]
    return {context["runAsGroup"], *context.get("supplementalGroups", [])}


def readable(pod, entry):
    """Whether the pod's user may read a file or enter a folder."""
    return entry.mode & OTHER_READS or (entry.gid in groups_of(pod) and entry.mode & GROUP_READS)


def api_server(spec):
    return flags_of(static_pods(spec)["static-manifests/kube-apiserver.yaml"])


def controller_manager(spec):
    return flags_of(static_pods(spec)["static-manifests/kube-controller-manager.yaml"])


def test_level_s0_where_a_pod_writes_files_of_the_node(pod):
    """The next pod has other categories, and could not touch what this one wrote with its own."""
    (container,) = pod["spec"]["containers"]
    writes = [mount for mount in container["volumeMounts"] if not mount["readOnly"]]
    assert bool(writes) is (pod["metadata"]["name"] == "kube-apiserver")
    assert container["securityContext"].get("seLinuxOptions") == ({"level": "s0"} if writes else None)


@pytest.mark.parametrize("case", sorted(GOLDEN))
def test_rendered_pod(case):
    assert_golden(case, GOLDEN[case])


def test_no_stale_file():
    assert_no_stale("static-pods", GOLDEN)


@pytest.mark.parametrize("case", SPECS)
def test_every_file_in_a_flag_is_on_the_host_mounted_and_readable_by_the_pod(case):
    files = {file.path: file for file in place(Role.CONTROLLER, controller_assets(SPECS[case]))}
    for pod in static_pods(SPECS[case]).values():
        (container,) = pod["spec"]["containers"]
        mounts = {mount["mountPath"]: mount["readOnly"] for mount in container["volumeMounts"]}
        paths = {name: value for name, value in flags_of(pod).items() if value.startswith("/")}
        assert paths
        for name, path in paths.items():
            mounted = [mount for mount in mounts if path == mount or path.startswith(f"{mount}/")]
            assert mounted, f"{name}: no mount holds {path}"
            if path.startswith(AUDIT_LOG_DIR):
                assert mounts[mounted[0]] is False
                continue
            assert readable(pod, files[path]), f"{name}: {path} is not the pod's to read"


@pytest.mark.parametrize("component", SECRETS)
def test_a_component_reads_its_own_secrets_and_no_other(component):
    pod = static_pods(DEFAULT)[f"static-manifests/{component}.yaml"]
    secrets = [file for file in place(Role.CONTROLLER, controller_assets(DEFAULT)) if file.secret]
    # Whatever is mounted: a pod that gets out of its container is still no more than its groups.
    mine = {file.path for file in secrets if readable(pod, file)}
    assert mine == {f"/etc/kubernetes/{path}" for path in SECRETS[component]}
    named = set(flags_of(pod).values())
    assert mine <= named


def test_what_no_component_reads_is_roots_or_etcds_alone():
    pods = list(static_pods(DEFAULT).values())
    others = [
        file
        for file in place(Role.CONTROLLER, controller_assets(DEFAULT))
        if file.secret and not any(readable(pod, file) for pod in pods)
    ]
    assert {(file.uid, file.gid, oct(file.mode)) for file in others} == {(0, 0, "0o600"), (232, 232, "0o400")}


def test_no_component_has_the_group_of_another_or_of_root():
    groups = [groups_of(pod) for pod in static_pods(DEFAULT).values()]
    assert all(0 not in each for each in groups)
    shared = {gid for each in groups for gid in each if sum(gid in other for other in groups) > 1}
    assert shared == {SERVICE_ACCOUNT_GID}


@pytest.mark.parametrize("case", SPECS)
def test_folders_of_those_files_can_be_entered_by_the_pods_and_the_log_folder_written(case):
    folders = {folder.path: folder for folder in directories(Role.CONTROLLER)}
    for pod in static_pods(SPECS[case]).values():
        for mount in pod["spec"]["containers"][0]["volumeMounts"]:
            folder = folders.get(mount["mountPath"])
            if folder is None:  # the host's own certificate authorities, and single files
                assert re.fullmatch(r"/etc/ssl/certs|/etc/pki|/etc/kubernetes/[a-z-]+\.(conf|yaml)", mount["mountPath"])
                continue
            assert readable(pod, folder)
            if not mount["readOnly"]:
                assert folder.mode & 0o077 == 0o070


def test_a_pod_has_no_privileges(pod):
    context = {**pod["spec"]["securityContext"]}
    context.pop("runAsGroup")
    context.pop("supplementalGroups", None)
    assert context == {
        "runAsNonRoot": True,
        "runAsUser": NOBODY_UID,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    for container in pod["spec"]["containers"]:
        context = container["securityContext"]
        assert context["allowPrivilegeEscalation"] is False
        assert context["readOnlyRootFilesystem"] is True
        assert context["capabilities"]["drop"] == ["ALL"]
        added = context["capabilities"].get("add", [])
        assert added == (["NET_BIND_SERVICE"] if container["name"] == "kube-apiserver" else [])
        assert not context.get("privileged")


def test_a_pod_writes_nothing_on_the_host_but_the_audit_log(pod):
    for container in pod["spec"]["containers"]:
        written = {mount["mountPath"] for mount in container["volumeMounts"] if not mount["readOnly"]}
        assert written == ({AUDIT_LOG_DIR} if container["name"] == "kube-apiserver" else set())


def test_volumes_and_mounts_are_the_same(pod):
    volumes = {volume["name"]: volume["hostPath"]["path"] for volume in pod["spec"]["volumes"]}
    mounts = {mount["name"]: mount["mountPath"] for mount in pod["spec"]["containers"][0]["volumeMounts"]}
    assert volumes == mounts


def test_a_pod_is_critical_on_the_hosts_network_and_asks_for_cpu(pod):
    assert pod["spec"]["hostNetwork"] is True
    assert pod["spec"]["priorityClassName"] == "system-node-critical"
    requests = {"kube-apiserver": "150m", "kube-controller-manager": "150m", "kube-scheduler": "100m"}
    (container,) = pod["spec"]["containers"]
    assert container["resources"] == {"requests": {"cpu": requests[container["name"]]}}


def test_probes_reach_a_port_that_the_pod_serves_on_loopback(pod):
    (container,) = pod["spec"]["containers"]
    flags = flags_of(pod)
    served = {"kube-controller-manager": 10257, "kube-scheduler": 10259}.get(container["name"])
    port = served or int(flags["secure-port"])
    probes = [value["httpGet"] for key, value in container.items() if key.endswith("Probe")]
    assert probes
    assert {(probe["host"], probe["port"], probe["scheme"]) for probe in probes} == {("127.0.0.1", port, "HTTPS")}
    if served:
        assert flags["bind-address"] == "127.0.0.1"


def test_the_api_server_has_all_three_probes():
    (container,) = static_pods(DEFAULT)["static-manifests/kube-apiserver.yaml"]["spec"]["containers"]
    paths = {key: value["httpGet"]["path"] for key, value in container.items() if key.endswith("Probe")}
    assert paths == {"startupProbe": "/livez", "livenessProbe": "/livez", "readinessProbe": "/readyz"}


def test_no_pod_is_profiled(pod):
    flags = flags_of(pod)
    if "config" in flags:
        assert flags["config"] == SCHEDULER_CONFIG
        assert scheduler_config()["enableProfiling"] is False
    else:
        assert flags["profiling"] == "false"


def test_the_schedulers_file_names_the_kubeconfig_of_its_flags():
    flags = flags_of(static_pods(DEFAULT)["static-manifests/kube-scheduler.yaml"])
    assert scheduler_config()["clientConnection"] == {"kubeconfig": flags["authentication-kubeconfig"]}


def test_the_api_server_listens_on_its_own_port_whatever_clients_use():
    assert HIGHLY_AVAILABLE.api_port == 443
    assert api_server(HIGHLY_AVAILABLE)["secure-port"] == "6443"


def test_the_api_server_knows_every_etcd_member():
    urls = ",".join(f"https://test-etcd{index}.example.com:2379" for index in range(3))
    assert api_server(HIGHLY_AVAILABLE)["etcd-servers"] == urls


def test_only_the_health_paths_are_anonymous_and_nothing_contradicts_the_file():
    flags = api_server(DEFAULT)
    assert flags["authentication-config"] == "/etc/kubernetes/config/authentication.yaml"
    assert "anonymous-auth" not in flags
    assert flags["authorization-mode"] == "Node,RBAC"


def test_tls_is_at_least_1_2_with_strong_suites():
    flags = api_server(DEFAULT)
    assert flags["tls-min-version"] == "VersionTLS12"
    suites = flags["tls-cipher-suites"].split(",")
    assert all(re.fullmatch(r"TLS_ECDHE_(ECDSA|RSA)_WITH_(AES_\d+_GCM|CHACHA20)_\w+", suite) for suite in suites)


def test_the_service_account_issuer_and_its_keys():
    flags = api_server(HIGHLY_AVAILABLE)
    issuer = "https://kubernetes.default.svc.cluster.example.com"
    assert flags["service-account-issuer"] == issuer
    assert flags["service-account-jwks-uri"] == f"{issuer}/openid/v1/jwks"
    assert flags["service-account-lookup"] == "true"


def test_aggregation_is_a_choice():
    names = {"proxy-client-cert-file", "proxy-client-key-file"}
    with_it = {name for name in api_server(DEFAULT) if name in names or name.startswith("requestheader-")}
    assert len(with_it) == 7
    assert set(api_server(DEFAULT)) - set(api_server(BARE)) == with_it


def test_the_controller_manager_signs_for_72_hours_and_removes_expired_tokens():
    flags = controller_manager(DEFAULT)
    assert flags["cluster-signing-duration"] == "72h"
    assert flags["controllers"] == "*,token-cleaner-controller"
    assert flags["use-service-account-credentials"] == "true"
    assert (flags["cluster-cidr"], flags["service-cluster-ip-range"]) == ("10.20.0.0/14", "10.3.0.0/24")


def test_leaders_are_elected_only_where_there_are_several():
    for spec, elected in ((DEFAULT, "false"), (HIGHLY_AVAILABLE, "true")):
        pods = static_pods(spec)
        for name in ("kube-controller-manager", "kube-scheduler"):
            assert flags_of(pods[f"static-manifests/{name}.yaml"])["leader-elect"] == elected


def test_an_external_cloud_provider_is_a_choice():
    assert controller_manager(HIGHLY_AVAILABLE)["cloud-provider"] == "external"
    assert "cloud-provider" not in controller_manager(DEFAULT)
