"""A pool of workers that is added to a cloud's cluster by a component of its own.

Pure. Reads: the arguments of a `WorkerPool`. Makes: the cluster's spec and the pool, or a `SpecError`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from tradewind.choices import TaintEffect
from tradewind.errors import Problem, SpecError
from tradewind.spec.cloud import CloudRules, CloudSpec, MachineT, Pool, cloud_spec
from tradewind.spec.fields import Field, plain, section
from tradewind.spec.platform import tolerated
from tradewind.spec.shown import kind
from tradewind.spec.snippets import Translate, no_translation

_POOLS = "worker_pools"


def pool_spec(
    args: Mapping[str, Any], rules: CloudRules[MachineT], translate: Translate = no_translation
) -> tuple[CloudSpec[MachineT], Pool[MachineT]]:
    """The spec of a cluster with one pool more, and the pool.

    The cluster knows nothing of the pool: what its DaemonSets tolerate has to be said in its own arguments.

    Raises:
        SpecError: listing every broken rule, before anything is made; paths begin with `cluster` or `pool`.
    """
    problems = tuple(section(_FIELDS)(args, ""))
    if problems:
        raise SpecError(f"{rules.title} pool", problems)
    cluster = args["cluster"]
    merged = {**cluster, _POOLS: [*_others(cluster), args["pool"]]}
    try:
        spec = cloud_spec(merged, rules, translate)
    except SpecError as error:
        raise SpecError(f"{rules.title} pool", [in_pool(args, problem) for problem in error.problems]) from None
    pool = spec.pools[-1]
    problems = tuple(_tolerated(cluster, pool))
    if problems:
        raise SpecError(f"{rules.title} pool", problems)
    return replace(spec, pools=(pool,)), pool


def in_pool(args: Mapping[str, Any], problem: Problem) -> Problem:
    """A problem of the cluster's arguments with the pool among them, as one of the pool's arguments."""
    own = f"{_POOLS}[{len(_others(args['cluster']))}]"
    path = problem.path
    return replace(problem, path=path.replace(own, "pool", 1) if path.startswith(own) else f"cluster.{path}")


def _others(cluster: Mapping[str, Any]) -> Sequence[Any]:
    others = cluster.get(_POOLS, ())
    return others if isinstance(others, Sequence) and not isinstance(others, str) else ()


def _tolerated(cluster: Mapping[str, Any], pool: Pool[Any]) -> Iterator[Problem]:
    known = tolerated(cast("dict[str, Any]", plain({**cluster})))
    for index, taint in enumerate(pool.node.taints):
        if taint.effect != TaintEffect.PREFER_NO_SCHEDULE.value and taint.key not in known:
            rule = "must be among the cluster's daemonset_tolerations, or nodes of the pool get no pod network"
            yield Problem(f"pool.taints[{index}].key", taint.key, rule)


def any_mapping(value: object, path: str) -> Iterator[Problem]:
    """A mapping whose fields are checked later."""
    if not isinstance(value, Mapping):
        yield Problem(path, kind(value), "must be a mapping of fields")


def access(value: object, path: str) -> Iterator[Problem]:
    """The output of a cluster, which comes later."""
    if value is None:
        yield Problem(path, "", "must be the output worker_access of the cluster")


_FIELDS: Mapping[str, Field] = {
    "cluster": Field(any_mapping, required=True),
    "pool": Field(any_mapping, required=True),
    "worker_access": Field(access, required=True),
}
