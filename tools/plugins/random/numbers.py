"""RandomInteger and RandomShuffle: a number of a range, an order of a list.

Reads: `base.bridged`.
Makes: the two resource types.
"""

import random

from tools.plugins.base.attributes import Attribute, table
from tools.plugins.base.bridged import TableResource
from tools.plugins.base.errors import PluginError
from tools.plugins.base.values import Props
from tools.plugins.random.shared import KEEPERS, MADE

IMPORT_PARTS = (3, 4)


class RandomInteger(TableResource):
    """A whole number between min and max, both included; the id is the number."""

    attributes = table(
        keepers=KEEPERS,
        min=Attribute("integer", required=True),
        max=Attribute("integer", required=True),
        seed=Attribute(),
        result=MADE,
        id=MADE,
    )

    def make(self, values: Props) -> Props:
        """Draw the number."""
        if values["max"] < values["min"]:
            raise PluginError(
                "Create Random Integer Error: The minimum (min) value needs to be smaller than or equal to maximum"
                " (max) value."
            )
        result = _generator(values.get("seed")).randint(values["min"], values["max"])
        return {"result": result, "id": str(result)}

    def restore(self, identity: str) -> Props:
        """Take `result,min,max[,seed]`."""
        parts = identity.split(",")
        try:
            if len(parts) not in IMPORT_PARTS:
                raise ValueError(identity)
            result, low, high = (int(part) for part in parts[:3])
        except ValueError as error:
            raise PluginError(
                "Import Random Integer Error: expecting {result},{min},{max} or {result},{min},{max},{seed}"
            ) from error
        seed = parts[3] if parts[3:] else None
        return {"result": result, "min": low, "max": high, "seed": seed, "id": str(result)}


class RandomShuffle(TableResource):
    """The strings of a list in random order, repeated or cut to `resultCount`."""

    attributes = table(
        keepers=KEEPERS,
        inputs=Attribute("list", required=True),
        resultCount=Attribute("integer"),
        seed=Attribute(),
        results=MADE,
        id=MADE,
    )

    def make(self, values: Props) -> Props:
        """Draw the order; a longer result starts over with a new order, so that no string comes twice too early."""
        inputs = values["inputs"]
        count = (values.get("resultCount") or len(inputs)) if inputs else 0
        generator = _generator(values.get("seed"))
        results: list[str] = []
        while len(results) < count:
            results += generator.sample(inputs, len(inputs))
        return {"results": results[:count], "id": "-"}


def _generator(seed: str | None) -> random.Random:
    return random.Random(seed) if seed else random.SystemRandom()  # noqa: S311  a seed asks for a repeatable draw
