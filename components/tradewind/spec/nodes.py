"""Machines as the spec knows them."""

from dataclasses import dataclass

from tradewind.constants import ETCD_CLIENT_PORT, ETCD_PEER_PORT


@dataclass(frozen=True, kw_only=True)
class ControllerSpec:
    """One control plane machine with its etcd member."""

    name: str
    """Host name, node name and etcd member name."""
    etcd_name: str
    """DNS name of its etcd member."""
    addresses: tuple[str, ...] = ()
    """IP addresses that belong in its certificates."""

    @property
    def etcd_client_url(self) -> str:
        """URL at which API servers reach the member."""
        return f"https://{self.etcd_name}:{ETCD_CLIENT_PORT}"

    @property
    def etcd_peer_url(self) -> str:
        """URL at which other members reach the member."""
        return f"https://{self.etcd_name}:{ETCD_PEER_PORT}"


@dataclass(frozen=True, kw_only=True)
class Taint:
    """A taint that a node has from its registration on."""

    key: str
    effect: str
    """NoSchedule, PreferNoSchedule or NoExecute."""
    value: str = ""

    def document(self) -> dict[str, str]:
        """The taint as Kubernetes writes it."""
        value = {"value": self.value} if self.value else {}
        return {"key": self.key, **value, "effect": self.effect}
