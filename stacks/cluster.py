"""What the stack programs of all platforms do: config in, component, exports.

Reads: `tradewind:cluster`, the fields of the platform's arguments. Makes: the cluster; exports all its outputs.
"""

from collections.abc import Callable
from typing import Any

import pulumi

from tradewind.platforms.component import ClusterComponent


def run(component: Callable[[str, Any], ClusterComponent]) -> None:
    """Make the cluster and export its outputs under their names in camel case."""
    args = pulumi.Config("tradewind").require_object("cluster")
    cluster = component(args["name"] if isinstance(args, dict) and "name" in args else "cluster", args)
    for each in type(cluster).__mro__:
        for name in getattr(each, "__annotations__", {}) if issubclass(each, ClusterComponent) else ():
            pulumi.export(_camel(name), getattr(cluster, name))


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)
