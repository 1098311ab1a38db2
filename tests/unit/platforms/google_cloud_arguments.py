"""Arguments of a cluster on Google Cloud, the fewest that it takes."""

from typing import Any

ARGS: dict[str, Any] = {
    "name": "test",
    "dns_zone": "example.com",
    "dns_managed_zone": "example",
    "region": "europe-west1",
    "ssh_allowed_cidrs": ["203.0.113.7/32"],
}

OWN_NETWORK = {"network": {"network": "networks/own", "subnetwork": "subnetworks/own"}}
"""Changes that put a cluster into an existing network."""
