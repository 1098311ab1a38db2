"""Hosts on Azure: pods and the metadata service."""

from typing import Any

import pytest

from tests.unit.platforms.azure_args import ARGS
from tradewind.choices import OperatingSystem
from tradewind.host.metadata import UNIT_NAME
from tradewind.platforms.azure.spec import azure_pool_spec, azure_spec
from tradewind.platforms.hosts import cloud_hosts, pool_hosts


@pytest.mark.parametrize("system", OperatingSystem)
@pytest.mark.parametrize("changes", [{}, {"pods_read_metadata": False}, {"pods_read_metadata": True}])
def test_pods_are_kept_from_the_metadata_service_unless_asked_for(
    system: OperatingSystem, changes: dict[str, Any]
) -> None:
    args = {**ARGS, "operating_system": system, **changes}
    cluster = azure_spec(args)
    spec, pool = azure_pool_spec({"cluster": args, "pool": {"name": "beside"}, "worker_access": {}})
    made = cloud_hosts(cluster.cloud, cluster.delta)
    every = [*made.controllers, *made.workers, *pool_hosts(pool, spec.delta)]
    assert len(every) == 3
    for host in every:
        config = host.config(cluster.cloud.cluster)
        assert (UNIT_NAME in {unit.name for unit in config.units}) is not changes.get("pods_read_metadata", False)
        rules = "".join(file.content for file in config.files if file.path.endswith("pod-metadata.nft"))
        assert ("ip daddr { 169.254.169.254, 168.63.129.16 } tcp dport 80 reject" in rules) is bool(rules)
