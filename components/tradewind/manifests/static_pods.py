"""Static pods of the control plane: API server, controller manager, scheduler.

Pure. Reads: `ClusterSpec`. Makes: Pod manifests as plain dicts, one public function each over a shared shell.

Flags: https://kubernetes.io/docs/reference/command-line-tools-reference/. Hardening: CIS Kubernetes Benchmark 1.12,
sections 1.2 to 1.4.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tradewind import constants
from tradewind.constants import AUDIT_LOG_DIR, CONFIG_DIR, KUBERNETES_CA, PKI_DIR
from tradewind.kubelet import TLS_CIPHER_SUITES, TLS_MIN_VERSION
from tradewind.manifests import api_config, objects
from tradewind.serialize import Object
from tradewind.spec import ClusterSpec
from tradewind.spec.flags import with_flags

FILES_DIGEST = "@FILES_DIGEST@"
"""Replaced on the host by a digest of the pod and the files that it reads, so that a changed one restarts the pod."""

_LOOPBACK = "127.0.0.1"
_SHUTDOWN_DELAY = "10s"
"""For load balancers: an API server that is asked to end is not ready at once, but serves for this long."""
_SIGNING_DURATION = "72h"
"""Lifetime of kubelet certificates."""


@dataclass(frozen=True, kw_only=True)
class _Mount:
    """A folder or file of the host inside the pod, under the same path."""

    name: str
    path: str
    read_only: bool = True
    type: str = "DirectoryOrCreate"


_PKI = _Mount(name="pki", path=PKI_DIR)
_CONFIG = _Mount(name="config", path=CONFIG_DIR)
_AUDIT_LOG = _Mount(name="audit-log", path=AUDIT_LOG_DIR, read_only=False)
# Fedora's bundle in /etc/ssl/certs is a link into /etc/pki.
_CA_BUNDLES = (_Mount(name="etc-ssl-certs", path="/etc/ssl/certs"), _Mount(name="etc-pki", path="/etc/pki"))

_SCHEDULER_CONFIG = _Mount(name="config", path=constants.SCHEDULER_CONFIG, type="File")


def _kubeconfig(path: str) -> _Mount:
    return _Mount(name="kubeconfig", path=path, type="File")


@dataclass(frozen=True, kw_only=True)
class _StaticPod:
    """The shell that the static pods share: host network, no root, one container named as the pod."""

    name: str
    image: str
    groups: Sequence[int]
    """What it may read of the host's secrets: a group of its own, and those that it shares."""
    flags: Mapping[str, str]
    cpu: str
    mounts: Sequence[_Mount]
    probes: Mapping[str, Object]
    env: Sequence[Object] = ()
    capabilities: Sequence[str] = ()
    selinux: Mapping[str, str] = field(default_factory=dict)

    def manifest(self) -> Object:
        own, *shared = self.groups
        return {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": self.name,
                "namespace": "kube-system",
                "labels": {"k8s-app": self.name, "tier": "control-plane"},
                "annotations": {"tradewind/files-digest": FILES_DIGEST},
            },
            "spec": {
                "hostNetwork": True,
                # Of critical pods, the kernel spares those of a node alone when memory is short.
                "priorityClassName": objects.NODE_CRITICAL,
                "securityContext": {
                    "runAsNonRoot": True,
                    "runAsUser": constants.NOBODY_UID,
                    "runAsGroup": own,
                    **({"supplementalGroups": shared} if shared else {}),
                    "seccompProfile": {"type": "RuntimeDefault"},
                },
                "containers": [self._container()],
                "volumes": [
                    {"name": mount.name, "hostPath": {"path": mount.path, "type": mount.type}} for mount in self.mounts
                ],
            },
        }

    def _container(self) -> dict[str, Any]:
        added = {"add": list(self.capabilities)} if self.capabilities else {}
        return {
            "name": self.name,
            "image": self.image,
            "command": [self.name, *(f"--{flag}={value}" for flag, value in sorted(self.flags.items()))],
            **({"env": list(self.env)} if self.env else {}),
            **self.probes,
            "resources": {"requests": {"cpu": self.cpu}},
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"], **added},
                "readOnlyRootFilesystem": True,
                **({"seLinuxOptions": dict(self.selinux)} if self.selinux else {}),
            },
            "volumeMounts": [
                {"name": mount.name, "mountPath": mount.path, "readOnly": mount.read_only} for mount in self.mounts
            ],
        }


def static_pods(spec: ClusterSpec) -> Mapping[str, Object]:
    """Every static pod by asset path."""
    pods = (kube_apiserver(spec), kube_controller_manager(spec), kube_scheduler(spec))
    return {f"static-manifests/{pod['metadata']['name']}.yaml": pod for pod in pods}


def kube_apiserver(spec: ClusterSpec) -> Object:
    """The API server, with audit log, encryption at rest and anonymous access to its health paths only."""
    return _StaticPod(
        name="kube-apiserver",
        image=spec.images.kube_apiserver,
        groups=(constants.KUBE_APISERVER_GID, constants.SERVICE_ACCOUNT_GID),
        flags=_flags(spec, "kube-apiserver", _apiserver_flags(spec)),
        cpu="150m",
        mounts=(_PKI, _CONFIG, _AUDIT_LOG, *_CA_BUNDLES),
        probes={
            # Time for etcd to elect a leader and for the first boot's image imports: 3 minutes.
            "startupProbe": _probe("/livez", constants.API_PORT, failures=36, period=5),
            "livenessProbe": _probe("/livez", constants.API_PORT, failures=8, period=10),
            "readinessProbe": _probe("/readyz", constants.API_PORT, failures=3, period=2),
        },
        env=[
            {"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
            # By which a delivery sees that the process runs from the manifest that it brought.
            {"name": "FILES_DIGEST", "value": FILES_DIGEST},
        ],
        # The upstream binary carries this file capability and cannot be executed without it.
        capabilities=("NET_BIND_SERVICE",),
        # The next pod has other categories, and could not append to the audit log that this one wrote with its own.
        selinux={"level": "s0"},
    ).manifest()


def kube_controller_manager(spec: ClusterSpec) -> Object:
    """The controller manager, which also signs kubelet certificates."""
    return _StaticPod(
        name="kube-controller-manager",
        image=spec.images.kube_controller_manager,
        groups=(constants.KUBE_CONTROLLER_MANAGER_GID, constants.SERVICE_ACCOUNT_GID),
        flags=_flags(spec, "kube-controller-manager", _controller_manager_flags(spec)),
        cpu="150m",
        mounts=(_kubeconfig(constants.CONTROLLER_MANAGER_KUBECONFIG), _PKI, *_CA_BUNDLES),
        probes={"livenessProbe": _probe("/healthz", constants.CONTROLLER_MANAGER_PORT, failures=8, period=10)},
    ).manifest()


def kube_scheduler(spec: ClusterSpec) -> Object:
    """The scheduler. What is deprecated as a flag is in its configuration file (`scheduler_config`)."""
    kubeconfig = constants.SCHEDULER_KUBECONFIG
    return _StaticPod(
        name="kube-scheduler",
        image=spec.images.kube_scheduler,
        groups=(constants.KUBE_SCHEDULER_GID,),
        flags=_flags(spec, "kube-scheduler", _scheduler_flags(spec)),
        cpu="100m",
        mounts=(_kubeconfig(kubeconfig), _SCHEDULER_CONFIG, _PKI),
        probes={"livenessProbe": _probe("/healthz", constants.SCHEDULER_PORT, failures=8, period=10)},
    ).manifest()


def _apiserver_flags(spec: ClusterSpec) -> dict[str, str]:
    flags = {
        "advertise-address": "$(POD_IP)",
        "allow-privileged": "true",
        "authorization-mode": "Node,RBAC",
        "client-ca-file": KUBERNETES_CA,
        "enable-bootstrap-token-auth": "true",
        "etcd-cafile": f"{PKI_DIR}/etcd-client-ca.crt",
        "etcd-certfile": f"{PKI_DIR}/etcd-client.crt",
        "etcd-keyfile": f"{PKI_DIR}/etcd-client.key",
        "etcd-servers": ",".join(spec.etcd_urls),
        "kubelet-certificate-authority": KUBERNETES_CA,
        "kubelet-client-certificate": f"{PKI_DIR}/apiserver-kubelet-client.crt",
        "kubelet-client-key": f"{PKI_DIR}/apiserver-kubelet-client.key",
        "kubelet-preferred-address-types": "InternalIP,ExternalIP,Hostname",
        "profiling": "false",
        "secure-port": str(constants.API_PORT),
        "service-account-extend-token-expiration": "false",
        "service-account-issuer": spec.service_account_issuer,
        "service-account-jwks-uri": f"{spec.service_account_issuer.rstrip('/')}/openid/v1/jwks",
        "service-account-key-file": f"{PKI_DIR}/service-account.pub",
        "service-account-lookup": "true",
        "service-account-signing-key-file": f"{PKI_DIR}/service-account.key",
        "service-cluster-ip-range": str(spec.network.service_cidr),
        # Without it a server that is told to end waits a minute for its clients' watches, and is killed before.
        "shutdown-watch-termination-grace-period": "10s",
        "tls-cert-file": f"{PKI_DIR}/apiserver.crt",
        "tls-cipher-suites": ",".join(TLS_CIPHER_SUITES),
        "tls-min-version": TLS_MIN_VERSION,
        "tls-private-key-file": f"{PKI_DIR}/apiserver.key",
    }
    balanced = {"shutdown-delay-duration": _SHUTDOWN_DELAY} if spec.highly_available else {}
    return {**flags, **balanced, **_policy_flags(), **(_aggregation_flags() if spec.aggregation else {})}


def _policy_flags() -> dict[str, str]:
    """Files of `api_config`: who may come in, what is refused, logged and encrypted. Log limits are CIS 1.2.16-19."""
    return {
        "admission-control-config-file": f"{CONFIG_DIR}/{api_config.ADMISSION}",
        "audit-log-maxage": "30",
        "audit-log-maxbackup": "10",
        "audit-log-maxsize": "100",
        "audit-log-path": f"{AUDIT_LOG_DIR}/audit.log",
        "audit-policy-file": f"{CONFIG_DIR}/{api_config.AUDIT_POLICY}",
        "authentication-config": f"{CONFIG_DIR}/{api_config.AUTHENTICATION}",
        "enable-admission-plugins": "NodeRestriction,EventRateLimit,DenyServiceExternalIPs",
        "encryption-provider-config": f"{CONFIG_DIR}/{api_config.ENCRYPTION}",
        "encryption-provider-config-automatic-reload": "true",
    }


def _aggregation_flags() -> dict[str, str]:
    """Source: https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/."""
    return {
        "proxy-client-cert-file": f"{PKI_DIR}/aggregation-client.crt",
        "proxy-client-key-file": f"{PKI_DIR}/aggregation-client.key",
        "requestheader-allowed-names": constants.FRONT_PROXY_USER,
        "requestheader-client-ca-file": f"{PKI_DIR}/aggregation-ca.crt",
        "requestheader-extra-headers-prefix": "X-Remote-Extra-",
        "requestheader-group-headers": "X-Remote-Group",
        "requestheader-username-headers": "X-Remote-User",
    }


def _controller_manager_flags(spec: ClusterSpec) -> dict[str, str]:
    config = constants.CONTROLLER_MANAGER_KUBECONFIG
    flags = {
        "allocate-node-cidrs": "true",
        "authentication-kubeconfig": config,
        # On first boot its RBAC does not exist yet; without this it exits and waits out a back-off.
        "authentication-tolerate-lookup-failure": "true",
        "authorization-kubeconfig": config,
        "bind-address": _LOOPBACK,
        "client-ca-file": KUBERNETES_CA,
        "cluster-cidr": str(spec.network.pod_cidr),
        "cluster-signing-cert-file": KUBERNETES_CA,
        "cluster-signing-duration": _SIGNING_DURATION,
        "cluster-signing-key-file": f"{PKI_DIR}/ca.key",
        "configure-cloud-routes": "false",
        "controllers": "*,token-cleaner-controller",
        # The default of 20 a second stretches its own start to five seconds.
        "kube-api-burst": "400",
        "kube-api-qps": "400",
        "kubeconfig": config,
        "leader-elect": _flag(spec.highly_available),
        "profiling": "false",
        "root-ca-file": KUBERNETES_CA,
        "service-account-private-key-file": f"{PKI_DIR}/service-account.key",
        "service-cluster-ip-range": str(spec.network.service_cidr),
        "terminated-pod-gc-threshold": "1000",
        "use-service-account-credentials": "true",
    }
    return {**flags, "cloud-provider": "external"} if spec.external_cloud_provider else flags


def _scheduler_flags(spec: ClusterSpec) -> dict[str, str]:
    kubeconfig = constants.SCHEDULER_KUBECONFIG
    return {
        "authentication-kubeconfig": kubeconfig,
        "authorization-kubeconfig": kubeconfig,
        "bind-address": _LOOPBACK,
        "config": constants.SCHEDULER_CONFIG,
        "leader-elect": _flag(spec.highly_available),
    }


def _flags(spec: ClusterSpec, program: str, own: Mapping[str, str]) -> dict[str, str]:
    return with_flags(own, spec.control_plane_flags.get(program, {}))


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _probe(path: str, port: int, *, failures: int, period: int) -> Object:
    return {
        "httpGet": {"scheme": "HTTPS", "host": _LOOPBACK, "path": path, "port": port},
        "failureThreshold": failures,
        "periodSeconds": period,
        "timeoutSeconds": 15,
    }
