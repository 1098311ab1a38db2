"""What a user can choose between. Pure, so that specs and builders can use it."""

from enum import Enum


class Architecture(str, Enum):
    """Machine architecture, named as container images name it."""

    AMD64 = "amd64"
    ARM64 = "arm64"


class Networking(str, Enum):
    """Pod network."""

    FLANNEL = "flannel"
    """VXLAN between nodes. Network policies are not enforced."""
    CALICO = "calico"
    """VXLAN between nodes, with network policies."""
    NONE = "none"
    """No pod network: nodes stay NotReady until the user installs one."""


class OperatingSystem(str, Enum):
    """Operating system of a machine."""

    FEDORA_COREOS = "fedora-coreos"
    """System containers run with podman; SELinux is enforcing."""
    FLATCAR = "flatcar"
    """System containers run with docker."""


class OsStream(str, Enum):
    """Release stream of an operating system.

    What each is at: https://fedoraproject.org/coreos/release-notes, https://www.flatcar.org/releases.
    """

    STABLE = "stable"
    """Both systems."""
    TESTING = "testing"
    """Fedora CoreOS: what becomes stable in about two weeks."""
    NEXT = "next"
    """Fedora CoreOS: what comes after that."""
    BETA = "beta"
    """Flatcar: what becomes stable."""
    ALPHA = "alpha"
    """Flatcar: what comes after that."""


class TaintEffect(str, Enum):
    """What a taint does to pods that do not tolerate it."""

    NO_SCHEDULE = "NoSchedule"
    """New pods go elsewhere."""
    PREFER_NO_SCHEDULE = "PreferNoSchedule"
    """New pods go elsewhere where they can."""
    NO_EXECUTE = "NoExecute"
    """Running pods leave as well."""


class KeyAlgorithm(str, Enum):
    """Algorithm of every private key that this library makes."""

    ECDSA_P256 = "ecdsa-p256"
    RSA_2048 = "rsa-2048"
    RSA_3072 = "rsa-3072"
    RSA_4096 = "rsa-4096"


class CpuManagerPolicy(str, Enum):
    """Whether containers can have CPUs of their own."""

    NONE = "none"
    STATIC = "static"
    """Guaranteed pods that ask for whole CPUs have these to themselves."""


class TopologyManagerPolicy(str, Enum):
    """How CPUs and devices of a pod are placed on NUMA nodes."""

    NONE = "none"
    BEST_EFFORT = "best-effort"
    """Together where possible."""
    RESTRICTED = "restricted"
    """A pod whose resources can't be placed as they should is refused."""
    SINGLE_NUMA_NODE = "single-numa-node"
    """A pod whose resources don't fit into one NUMA node is refused."""


class LoggingFormat(str, Enum):
    """Form of log lines."""

    TEXT = "text"
    JSON = "json"


class OsUpdateStrategy(str, Enum):
    """Who decides when a machine reboots into an update of its operating system. No choice lets all do so at once."""

    STAGGERED = "staggered"
    """A day of the week for each controller, in a window of one hour; workers follow in the next four hours, each on
    the day of its number, or of one made of a name without. A machine whose name is the platform's to give is not
    updated: replace it."""
    OFF = "off"
    """Nobody: nothing is installed. Machines are updated by replacing them."""
    FLEET_LOCK = "fleet-lock"
    """A FleetLock server lets one machine after the other reboot. Fedora CoreOS only."""
    OPERATOR = "operator"
    """The Flatcar Linux Update Operator in the cluster: machines install updates and wait for it. Flatcar only."""
