"""What a user can choose between. Pure, so that specs and builders can use it."""

from enum import Enum


class Networking(str, Enum):
    """Pod network."""

    FLANNEL = "flannel"
    """VXLAN between nodes."""
    NONE = "none"
    """No pod network: nodes stay NotReady until the user installs one."""


class KeyAlgorithm(str, Enum):
    """Algorithm of every private key that this library makes."""

    ECDSA_P256 = "ecdsa-p256"
    RSA_2048 = "rsa-2048"
    RSA_3072 = "rsa-3072"
    RSA_4096 = "rsa-4096"
