"""One table: Kubernetes version to the images and versions that go with it.

Pure. Adding a release is one row here; nothing else in the library names a version.
"""

from dataclasses import dataclass, fields, replace


@dataclass(frozen=True, kw_only=True)
class Images:
    """Container image of each part of a cluster, as full references with a tag."""

    kube_apiserver: str
    kube_controller_manager: str
    kube_scheduler: str
    kube_proxy: str
    etcd: str
    coredns: str
    pause: str
    cni_plugins: str
    flannel: str
    flannel_cni: str
    calico_cni: str
    calico_node: str
    calico_kube_controllers: str
    kubelet_csr_approver: str

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The components whose image can be replaced by a reference of the user's own."""
        return tuple(field.name for field in fields(cls))

    def override(self, references: dict[str, str]) -> "Images":
        """The same images with some replaced, for a mirror. Keys are `names()`."""
        return replace(self, **references)


@dataclass(frozen=True, kw_only=True)
class Release:
    """What one Kubernetes version is made of."""

    kubernetes: str
    """Version with its leading v, such as `v1.36.2`; also the kubelet image's tag."""
    images: Images

    @property
    def minor(self) -> str:
        """The minor version, such as `v1.36`: what upgrades and skew are counted in."""
        return self.kubernetes.rpartition(".")[0]


def _release(kubernetes: str) -> Release:
    def upstream(component: str) -> str:
        return f"registry.k8s.io/{component}:{kubernetes}"

    def calico(component: str) -> str:
        return f"quay.io/calico/{component}:v3.32.2"

    return Release(
        kubernetes=kubernetes,
        images=Images(
            kube_apiserver=upstream("kube-apiserver"),
            kube_controller_manager=upstream("kube-controller-manager"),
            kube_scheduler=upstream("kube-scheduler"),
            kube_proxy=upstream("kube-proxy"),
            etcd="quay.io/coreos/etcd:v3.7.3",
            coredns="registry.k8s.io/coredns/coredns:v1.14.2",
            pause="registry.k8s.io/pause:3.10.1",
            cni_plugins="quay.io/poseidon/flannel-cni:v0.4.4",
            flannel="ghcr.io/flannel-io/flannel:v0.26.7",
            flannel_cni="ghcr.io/flannel-io/flannel-cni-plugin:v1.6.2-flannel1",
            calico_cni=calico("cni"),
            calico_node=calico("node"),
            calico_kube_controllers=calico("kube-controllers"),
            kubelet_csr_approver="ghcr.io/postfinance/kubelet-csr-approver:v1.2.14",
        ),
    )


RELEASES = {version: _release(version) for version in ("v1.35.4", "v1.36.1", "v1.36.2", "v1.37.2")}
"""Every release this library can build, oldest first."""

DEFAULT_VERSION = "v1.36.2"


def newest_of_each_minor() -> dict[str, Release]:
    """The newest release of every supported minor, by minor. What is tested and stored for a minor is of this one."""
    return {release.minor: release for release in RELEASES.values()}
