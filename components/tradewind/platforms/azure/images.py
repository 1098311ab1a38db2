"""Images of machines: the user's own, or Flatcar's of the marketplace.

Pure. Reads: `AzureSpec`, an architecture. Makes: `Image`. Of the marketplace it is the newest at the time a machine is
made, by a name that never changes.
Source: https://www.flatcar.org/docs/latest/installing/cloud/azure/
"""

from dataclasses import dataclass
from typing import Any

from tradewind.choices import Architecture
from tradewind.platforms.azure.spec import AzureMachineSpec, AzureSpec

_PUBLISHER = "kinvolk"
_OFFERS = {
    Architecture.AMD64: "flatcar-container-linux-free",
    Architecture.ARM64: "flatcar-container-linux-corevm",
}


@dataclass(frozen=True)
class Image:
    """What a machine boots."""

    reference: Any
    """In the SDK's names."""
    plan: Any
    """The offer of the marketplace whose terms have to be accepted; None if there are none."""

    @property
    def kind(self) -> list[object]:
        """What a scale set keeps for good: publisher, offer, SKU and plan, or that the image is the user's own.

        Source: https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-upgrade-scale-set
        """
        return ["own"] if "id" in self.reference else [self.reference, self.plan]


def image(spec: AzureSpec, machine: AzureMachineSpec, architecture: Architecture) -> Image:
    """The image of machines with these settings."""
    own = machine.image_id if machine.image_id is not None else spec.image_id
    if own is not None:
        return Image({"id": own}, None)
    offer, stream = _OFFERS[architecture], spec.cloud.os_stream.value
    sku = f"{stream}-gen2" if architecture is Architecture.AMD64 else stream
    plan = {"publisher": _PUBLISHER, "product": offer, "name": sku}
    return Image(
        {"publisher": _PUBLISHER, "offer": offer, "sku": sku, "version": "latest"},
        plan if architecture is Architecture.AMD64 else None,
    )
