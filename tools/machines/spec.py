"""What a machine is asked to be: the one JSON document that create, update and delete get.

Pure. Reads: JSON text.
Makes: a validated MachineSpec, or one error that lists every problem.
"""

import hashlib
import json
import re
from dataclasses import asdict, dataclass, fields
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from tools.machines.errors import MachineError

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_LINK = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,14}")
_LINK_LENGTH = 15
_REQUIRED = ("name", "cluster", "address", "network")
FLATCAR = "flatcar"
SYSTEMS = ("fedora-coreos", FLATCAR)
"""Operating systems whose form a machine can have."""


@dataclass(frozen=True, kw_only=True)
class MachineSpec:
    """A machine as its user names it. All machines of a cluster share its network and bridge."""

    name: str
    """DNS label, unique in the cluster; also the host name before first boot."""
    cluster: str
    """DNS label."""
    address: str
    """IPv4 address inside `network`; the first host address belongs to this host."""
    network: str
    """IPv4 network in CIDR form, such as 10.78.0.0/24."""
    bridge: str
    """Link on this host that joins the machines; derived from the cluster's name when not given."""
    system: str = SYSTEMS[0]
    """Operating system whose form it has: one of `SYSTEMS`."""

    @property
    def gateway(self) -> str:
        """This host's address in the network: its first one."""
        return str(IPv4Network(self.network)[1])

    @property
    def prefix(self) -> int:
        """Bits of the network."""
        return IPv4Network(self.network).prefixlen

    @property
    def link(self) -> str:
        """This host's end of the machine's network cable."""
        return f"tw{_digest(f'{self.cluster}/{self.name}')[:10]}"

    @property
    def mac(self) -> str:
        """A fixed hardware address, so that neighbours need not learn a new one after a reboot."""
        return mac_of(self.address)

    def to_dict(self) -> dict[str, str]:
        """The form that `parse` reads."""
        return asdict(self)


def mac_of(address: str) -> str:
    """A locally administered hardware address made of an IPv4 address."""
    return "02:54:" + ":".join(f"{byte:02x}" for byte in IPv4Address(address).packed)


def default_bridge(cluster: str) -> str:
    """`tw-` and the cluster's name, shortened with a digest where a link's 15 characters are too few."""
    name = f"tw-{cluster}"
    return name if len(name) <= _LINK_LENGTH else f"{name[:8]}-{_digest(cluster)[:6]}"


def parse(text: str | None) -> MachineSpec:
    """The machine that a JSON object describes: name, cluster, address, network and, if wanted, bridge and system.

    Raises:
        MachineError: it is not such an object; every problem is listed.
    """
    if not text:
        raise MachineError("TRADEWIND_MACHINE is not set: it holds the machine as a JSON object")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise MachineError(f"TRADEWIND_MACHINE is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise MachineError("TRADEWIND_MACHINE is not a JSON object")
    problems = _problems(value)
    if problems:
        raise MachineError("TRADEWIND_MACHINE:\n" + "\n".join(f"  {problem}" for problem in problems))
    return MachineSpec(**{"bridge": default_bridge(value["cluster"]), **value})


def is_label(text: str) -> bool:
    """Whether the text can name a machine or a cluster."""
    return _LABEL.fullmatch(text) is not None


def _problems(value: dict[str, Any]) -> list[str]:
    known = {field.name for field in fields(MachineSpec)}
    problems = [f"{key}: unknown; known are {', '.join(sorted(known))}" for key in sorted(value.keys() - known)]
    problems += [f"{key}: missing" for key in _REQUIRED if key not in value]
    problems += [f"{key}: must be text" for key in sorted(known & value.keys()) if not isinstance(value[key], str)]
    if problems:
        return problems
    for key in ("name", "cluster"):
        if not is_label(value[key]):
            problems.append(f"{key}: must be a DNS label (a-z, 0-9, -; at most 63 characters), not {value[key]!r}")
    if "bridge" in value and not _LINK.fullmatch(value["bridge"]):
        problems.append(f"bridge: must be a link name of at most {_LINK_LENGTH} characters, not {value['bridge']!r}")
    if value.get("system", SYSTEMS[0]) not in SYSTEMS:
        problems.append(f"system: must be one of {', '.join(SYSTEMS)}, not {value['system']!r}")
    return problems + _address_problems(value["address"], value["network"])


def _address_problems(address_text: str, network_text: str) -> list[str]:
    problems = []
    address = network = None
    try:
        address = IPv4Address(address_text)
    except ValueError:
        problems.append(f"address: must be an IPv4 address, not {address_text!r}")
    try:
        network = IPv4Network(network_text)
    except ValueError:
        problems.append(f"network: must be an IPv4 network such as 10.78.0.0/24, not {network_text!r}")
    if network and network.num_addresses < 4:  # noqa: PLR2004
        return [*problems, "network: must have room for this host and a machine (/30 or larger)"]
    if address and network:
        if address not in network:
            problems.append(f"address: {address} is outside of the network {network}")
        elif address in (network[0], network[-1]):
            problems.append(f"address: {address} is not a host address of {network}")
        elif address == network[1]:
            problems.append(f"address: {address} belongs to this host")
    return problems


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
