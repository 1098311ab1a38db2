"""A pool beside a cloud's cluster: names and problems of its arguments."""

from typing import Any

import pytest

from tests.unit.test_cloud_spec import ARGS, Machine, rules
from tradewind.choices import Architecture
from tradewind.errors import SpecError
from tradewind.kubelet import Role
from tradewind.spec.cloud import Pool
from tradewind.spec.cloud_pool import pool_spec

TAINT = {"key": "example.com/gpu", "effect": "NoSchedule"}


def args(cluster: Any = None, **pool: Any) -> dict[str, Any]:
    return {"cluster": {**ARGS, **(cluster or {})}, "pool": {"name": "gpu", **pool}, "worker_access": {}}


def made(cluster: Any = None, **pool: Any) -> Pool[Machine]:
    return pool_spec(args(cluster, **pool), rules())[1]


def problems(given: Any) -> list[str]:
    with pytest.raises(SpecError, match="test cluster pool arguments") as caught:
        pool_spec(given, rules())
    return [f"{problem.path}: {problem.rule}" for problem in caught.value.problems]


def test_it_is_named_like_a_pool_of_the_cluster() -> None:
    pool = made(workers=3, machine={"type": "large"}, labels={"tier": "gold"})
    assert (pool.name, pool.node.name, pool.workers, pool.node.labels) == ("gpu", "test-gpu", 3, {"tier": "gold"})
    assert pool.machine == Machine("large", Role.WORKER, Architecture.AMD64)


def test_the_clusters_own_pools_are_none_of_its_business() -> None:
    spec, pool = pool_spec(args({"worker_pools": [{"name": "big", "machine": {"type": "large"}}]}), rules())
    assert spec.pools == (pool,)
    assert pool.machine.type == "small"


def test_problems_tell_whether_cluster_or_pool_is_wrong() -> None:
    found = problems(args({"controllers": 2, "worker_pools": [{"name": "big", "workers": -1}]}, workers="two"))
    assert [each.partition(":")[0] for each in found] == [
        "cluster.controllers",
        "cluster.worker_pools[0].workers",
        "pool.workers",
    ]


def test_a_name_that_the_cluster_has_is_refused() -> None:
    (found,) = problems(args({"worker_pools": [{"name": "gpu"}]}))
    assert "must differ" in found or "must be" in found


@pytest.mark.parametrize("missing", ["cluster", "pool", "worker_access"])
def test_each_part_must_be_given(missing: str) -> None:
    given = {key: value for key, value in args().items() if key != missing}
    assert problems(given) == [f"{missing}: must be given"]


def test_taints_that_daemonsets_of_the_cluster_do_not_tolerate_are_refused() -> None:
    rule = "must be among the cluster's daemonset_tolerations, or nodes of the pool get no pod network"
    assert problems(args(taints=[TAINT])) == [f"pool.taints[0].key: {rule}"]
    assert made({"daemonset_tolerations": [TAINT["key"]]}, taints=[TAINT]).node.taints
    assert made(taints=[{**TAINT, "effect": "PreferNoSchedule"}]).node.taints
