"""Arguments of clusters on Azure."""

from typing import Any

from tests.unit.test_cloud_spec import ARGS as CLOUD_ARGS
from tradewind.platforms.azure.spec import AzureSpec, azure_spec

SUBSCRIPTION = "/subscriptions/11111111-2222-3333-4444-555555555555"
IMAGE = f"{SUBSCRIPTION}/resourceGroups/images/providers/Microsoft.Compute/images/fedora-coreos"
VERSION = IMAGE.replace("/images/fedora-coreos", "/galleries/own/images/fedora-coreos/versions/1.0.0")
NETWORK = f"{SUBSCRIPTION}/resourceGroups/shared/providers/Microsoft.Network/virtualNetworks/office"
ENCRYPTION = f"{SUBSCRIPTION}/resourceGroups/keys/providers/Microsoft.Compute/diskEncryptionSets/own"
IDENTITY = f"{SUBSCRIPTION}/resourceGroups/ids/providers/Microsoft.ManagedIdentity/userAssignedIdentities/cloud"
RSA_KEY = f"ssh-rsa {'A' * 372}== azure@example.com"
ARGS = {**CLOUD_ARGS, "location": "westeurope", "dns_zone_group": "names", "image_id": IMAGE}
FLATCAR = {**{key: value for key, value in ARGS.items() if key != "image_id"}, "operating_system": "flatcar"}


def spec(given: dict[str, Any] | None = None, **changes: Any) -> AzureSpec:
    return azure_spec({**(given or ARGS), **changes})
