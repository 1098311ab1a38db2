"""Pools of workers: the rules of `WorkerPoolArgs`, and what nodes get by them.

Pure. Shared by the platforms, which add what they limit themselves.
Sources: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/,
https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#noderestriction
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from tradewind.choices import Architecture, TaintEffect
from tradewind.errors import Problem
from tradewind.spec import checks, kubelet, kubelet_images
from tradewind.spec.fields import Field, Walk, entries, field, is_list, leaf, list_of, mapping_of, section
from tradewind.spec.nodes import Taint
from tradewind.spec.rules import number
from tradewind.spec.snippets import snippets_field

if TYPE_CHECKING:
    from tradewind.args import TaintArgs

DEFAULT_POOL = "worker"
"""Name of the pool without labels and taints that `workers` counts."""
MOST_WORKERS = 100
"""Workers of all pools together."""

_MOST_ENTRIES = 32
_LONGEST_NAME = 16
_NAMES_OF_OTHERS = (DEFAULT_POOL, "controller")
_CONTROL_PLANES_TAINTS = "node.kubernetes.io"


def node_taints(args: Sequence["TaintArgs"]) -> tuple[Taint, ...]:
    """The taints of validated arguments."""
    return tuple(
        Taint(key=taint["key"], value=taint.get("value", ""), effect=TaintEffect(taint["effect"]).value)
        for taint in args
    )


def labels_field() -> Field:
    """The rules of labels that machines give their nodes."""
    return Field(mapping_of(checks.node_label, checks.label_value, _MOST_ENTRIES))


def taints_field() -> Field:
    """The rules of taints that machines give their nodes."""
    return Field(_differing(list_of(section(_TAINT), 0, _MOST_ENTRIES, nested=True), ("key", "effect")))


def pools_field(most_pools: int, most_workers: int, more: Mapping[str, Field] | None = None) -> Field:
    """The rules of a list of pools, with a platform's own limits and its own fields of a pool."""
    fields = {
        "name": field(_pool_name, required=True),
        "workers": field(checks.integer(0, most_workers)),
        "labels": labels_field(),
        "taints": taints_field(),
        "kubelet": kubelet.kubelet_field(),
        "snippets": snippets_field(),
        "architecture": field(checks.member_of(Architecture)),
        "kubelet_image": Field(section(kubelet_images.FIELDS)),
        **(more or {}),
    }
    return Field(_differing(list_of(section(fields), 0, most_pools, nested=True), ("name",)))


def workers_of(args: Mapping[object, object]) -> int:
    """Number of workers in `workers` and `worker_pools` together; a count that breaks its own rule is left out."""
    listed = [entry.get("workers", 1) for _, entry in _mappings(args.get("worker_pools"))]
    return sum(number(count, 0, MOST_WORKERS) or 0 for count in (args.get("workers", 1), *listed))


def total_problems(args: Mapping[object, object]) -> Iterator[Problem]:
    """There are no more than `MOST_WORKERS` in `workers` and `worker_pools` together."""
    total = workers_of(args)
    if total > MOST_WORKERS:
        yield Problem(
            "worker_pools", f"{total} workers", f"must have at most {MOST_WORKERS} workers, `workers` included"
        )


def _pool_name(value: object) -> str | None:
    if value in _NAMES_OF_OTHERS:
        return f"must differ from {' and '.join(_NAMES_OF_OTHERS)}, which name other machines"
    return checks.dns_label(_LONGEST_NAME)(value)


def _taint_key(value: object) -> str | None:
    rule = checks.label_key(value)
    if rule is None and str(value).rpartition("/")[0] == _CONTROL_PLANES_TAINTS:
        return f"must not begin with {_CONTROL_PLANES_TAINTS}/: the control plane sets and removes those"
    return rule


_TAINT = {
    "key": field(_taint_key, required=True),
    "effect": field(checks.taint_effect, required=True),
    "value": field(checks.label_value),
}


def _differing(walk_entries: Walk, keys: Sequence[str]) -> Walk:
    """The entries' own rules, and that no two entries have the same values of `keys`."""

    def walk(value: object, path: str) -> Iterator[Problem]:
        problems = list(walk_entries(value, path))
        yield from problems
        seen: list[list[object]] = []
        # Of a list that is too long or entries that are none, nothing more is said.
        for index, entry in [] if problems else _mappings(value):
            identity = [leaf(entry.get(key)) for key in keys]
            if identity in seen:
                given = " ".join(map(str, identity))
                yield Problem(f"{path}[{index}]", given, f"must differ from the others in its {' or '.join(keys)}")
            seen.append(identity)

    return walk


def _mappings(value: object) -> list[tuple[int, Mapping[object, object]]]:
    """The entries of a list that are mappings at all, with their places; of a list that is too long, none."""
    listed = value if is_list(value) and len(value) <= MOST_WORKERS else ()
    return [(index, dict(entries(each))) for index, each in enumerate(listed) if isinstance(each, Mapping)]
