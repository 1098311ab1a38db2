"""What a user says about a cluster of machines of their own. `spec` holds the rules and the defaults."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from tradewind.args import KubeletImageArgs
from tradewind.args.kubelet import KubeletArgs
from tradewind.args.machines import TaintArgs
from tradewind.args.platform import PlatformArgs
from tradewind.args.snippets import SnippetArgs
from tradewind.choices import Architecture
from tradewind.platforms.bare_metal.choices import DownloadProtocol


class MatchboxArgs(TypedDict):
    """How this program reaches Matchbox to write to it.

    Source: https://matchbox.psdn.io/deployment/#generate-tls-certificates
    """

    endpoint: pulumi.Input[str]
    """Host and port of its gRPC service, such as matchbox.example.com:8081."""
    ca_pem: pulumi.Input[str]
    """Certificate of the authority that signed its certificate, PEM."""
    client_cert_pem: pulumi.Input[str]
    """Certificate of this program, PEM."""
    client_key_pem: pulumi.Input[str]
    """Its private key, PEM. Kept secret."""


class BareMetalMachineArgs(TypedDict):
    """One machine. What is left out is the cluster's."""

    name: str
    """Host name, which is also its node name: a DNS label that no other machine of the cluster has, and that does not
    end in -install. It names the machine in Matchbox as `<cluster>-<name>`."""
    mac: str
    """Address of the interface from which it boots, in lower case with colons: 52:54:00:a1:9c:ae."""
    domain: str
    """DNS name at which SSH and, of a controller, etcd reach it. The site's DNS has it before the machine is there."""
    generation: NotRequired[int]
    """How often the machine was installed anew, 0 to 1000000. Raise it by one once that is done, not before: nothing
    else tells this program that its files are gone. Default: 0."""
    architecture: NotRequired[Architecture]
    """Architecture, which its kubelet image has to run on. Default: the cluster's."""
    install_disk: NotRequired[str]
    """Disk that the operating system is written to, whole: a path in /dev. Default: the cluster's."""
    kernel_args: NotRequired[Sequence[str]]
    """Kernel arguments of the installation, after the cluster's, at most 32. Default: none."""
    oem_type: NotRequired[str]
    """Flatcar: OEM type of its image, such as vmware_raw. Default: the cluster's."""
    labels: NotRequired[Mapping[str, str]]
    """Labels that it gives its node when it first registers, over those of its role, at most 32. Default: none."""
    taints: NotRequired[Sequence[TaintArgs]]
    """Taints that it gives its node when it first registers, besides those of its role, at most 32. Default: none."""
    kubelet: NotRequired[KubeletArgs]
    """Settings of its kubelet; each that is given replaces the cluster's. Default: the cluster's."""
    kubelet_image: NotRequired[KubeletImageArgs]
    """Its kubelet image, in place of the whole of the cluster's. Default: the cluster's."""


class BareMetalClusterArgs(PlatformArgs):
    """A cluster of machines that boot from the network. Its site provides DHCP with iPXE, DNS, Matchbox and power."""

    matchbox_http_endpoint: str
    """URL at which machines read from Matchbox 0.11 or later, such as http://matchbox.example.com:8080; an older one
    serves an empty config in the place of Ignition 3.4. Nothing there is secret."""
    matchbox: NotRequired[MatchboxArgs]
    """How this program writes to Matchbox. Default: the provider `matchbox` of the component's options, or else the
    stack's configuration `matchbox:endpoint`, `matchbox:ca`, `matchbox:clientCert` and `matchbox:clientKey`."""
    os_version: str
    """Exact version of the operating system that is installed, of its stream: 42.20250901.3.0 of Fedora CoreOS (42 or
    later), 4459.2.3 of Flatcar (4459 or later). Machines update themselves afterwards: another one is for later
    installations."""
    controllers: Sequence[BareMetalMachineArgs]
    """Control plane machines: 1, 3 or 5. Their number cannot be changed later."""
    workers: NotRequired[Sequence[BareMetalMachineArgs]]
    """Workers, 0 to 100. Default: none."""
    k8s_domain_name: NotRequired[str]
    """DNS name of the API server: the site's DNS has the addresses of the controllers for it, or that of a load
    balancer before them. Required with several controllers. Default: the domain of the only controller."""
    host_cidr: NotRequired[str]
    """IPv4 range of the machines, /8 to /29, to check that no other range overlaps it; no proxy is asked for what is in
    it. Default: not told."""
    architecture: NotRequired[Architecture]
    """Architecture of machines that name none of their own. Default: amd64."""
    install_disk: NotRequired[str]
    """Disk of machines that name none of their own, a path in /dev. Default: /dev/sda."""
    kernel_args: NotRequired[Sequence[str]]
    """Kernel arguments of every machine's installation, such as console=ttyS0, at most 32; the installed system does
    not have them. Each is a word that begins with a letter or digit. Default: none."""
    cached_install: NotRequired[bool]
    """Whether machines read the operating system from Matchbox's assets, where the operator has put the files that the
    tutorial lists, and not from the internet. Default: false."""
    download_protocol: NotRequired[DownloadProtocol]
    """Flatcar: how firmware reads kernel and initrd from the internet; http is for iPXE without TLS, and lets whoever
    is on the way put in another system. Default: https."""
    oem_type: NotRequired[str]
    """Flatcar: OEM type of the image, such as vmware_raw. Default: none."""


class BareMetalPoolArgs(TypedDict):
    """Workers beside those that a cluster's own arguments list."""

    workers: Sequence[BareMetalMachineArgs]
    """The machines, 1 to 100; names, domains and interfaces are those of no machine of the cluster."""
    machine_snippets: NotRequired[Mapping[str, Sequence[SnippetArgs]]]
    """Additions to single machines of the pool by name, over `worker_snippets`; at most 32 for each.
    Default: none."""


class BareMetalWorkerPoolArgs(TypedDict):
    """Workers as a component of their own."""

    cluster: BareMetalClusterArgs
    """The arguments of the cluster, as it has them."""
    pool: BareMetalPoolArgs
    """The machines."""
    worker_access: pulumi.Input[Mapping[str, str]]
    """The cluster's output of that name. Kept secret."""
