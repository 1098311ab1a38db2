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
    flannel: str
    flannel_cni: str
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


def _release(kubernetes: str) -> Release:
    def upstream(component: str) -> str:
        return f"registry.k8s.io/{component}:{kubernetes}"

    return Release(
        kubernetes=kubernetes,
        images=Images(
            kube_apiserver=upstream("kube-apiserver"),
            kube_controller_manager=upstream("kube-controller-manager"),
            kube_scheduler=upstream("kube-scheduler"),
            kube_proxy=upstream("kube-proxy"),
            etcd="quay.io/coreos/etcd:v3.6.5",
            coredns="registry.k8s.io/coredns/coredns:v1.14.2",
            pause="registry.k8s.io/pause:3.10.1",
            flannel="ghcr.io/flannel-io/flannel:v0.26.7",
            flannel_cni="ghcr.io/flannel-io/flannel-cni-plugin:v1.6.2-flannel1",
            kubelet_csr_approver="ghcr.io/postfinance/kubelet-csr-approver:v1.2.14",
        ),
    )


RELEASES = {version: _release(version) for version in ("v1.36.1", "v1.36.2")}
"""Every release this library can build, oldest first."""

DEFAULT_VERSION = "v1.36.2"
