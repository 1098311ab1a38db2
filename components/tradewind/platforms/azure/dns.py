"""The cluster's names: that of the API server, and one of every etcd member.

Reads: `AzureSpec`, addresses. Makes: records in the user's zone.
"""

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_azure_native.dns as dns

from tradewind import naming
from tradewind.platforms.azure.choices import Family
from tradewind.platforms.azure.spec import AzureSpec

Address = tuple[Family, pulumi.Output[str]]

_TTL = 300
"""Seconds."""


def records(
    spec: AzureSpec,
    api: Sequence[Address],
    etcd: Sequence[pulumi.Output[str]],
    opts: pulumi.ResourceOptions,
) -> Sequence[dns.RecordSet]:
    """Records of the API server's addresses and of controllers' private IPv4 addresses, in their order."""
    name, zone = spec.cloud.name, spec.cloud.dns_zone
    return [
        *(_record(spec, "apiserver", naming.api_host(name, zone), address, opts) for address in api),
        *(
            _record(spec, f"etcd{index}", naming.etcd_host(name, index, zone), (Family.IPV4, address), opts)
            for index, address in enumerate(etcd)
        ),
    ]


def _record(spec: AzureSpec, name: str, host: str, address: Address, opts: pulumi.ResourceOptions) -> dns.RecordSet:
    family, value = address
    records: dict[str, Any] = (
        {"record_type": "A", "a_records": [{"ipv4_address": value}]}
        if family is Family.IPV4
        else {"record_type": "AAAA", "aaaa_records": [{"ipv6_address": value}]}
    )
    return dns.RecordSet(
        naming.child(spec.cloud.name, name, family.value.lower()),
        resource_group_name=spec.dns_zone_group,
        zone_name=spec.cloud.dns_zone,
        relative_record_set_name=host.removesuffix(f".{spec.cloud.dns_zone}"),
        ttl=_TTL,
        # Two records of a name and type cannot be there at once.
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(delete_before_replace=True)),
        **records,
    )
