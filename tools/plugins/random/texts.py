"""RandomString and RandomPassword: text of given length and kinds of characters.

Reads: `base.bridged`.
Makes: the two resource types.
"""

import secrets
import string

from tools.plugins.base.attributes import Attribute, table
from tools.plugins.base.bridged import TableResource
from tools.plugins.base.errors import PluginError
from tools.plugins.base.values import Props, Value
from tools.plugins.random.shared import HIDDEN, KEEPERS, MADE

SPECIAL = "!@#$%&*()-_=+[]{}<>:?"
MINIMA = ("minUpper", "minLower", "minNumeric", "minSpecial")
BCRYPT_LIMIT = 72
"""bcrypt reads no more bytes than these; longer passwords are cut for the hash, as the official plugin does."""


def _override_changed(old: Value, new: Value) -> bool:
    """A change from the empty string to nothing keeps the resource: both mean the built-in characters."""
    return not (old == "" and new is None)


RULES = table(
    keepers=KEEPERS,
    length=Attribute("integer", required=True, minimum=1),
    upper=Attribute("boolean", default=True),
    lower=Attribute("boolean", default=True),
    number=Attribute("boolean"),
    numeric=Attribute("boolean"),
    special=Attribute("boolean", default=True),
    minUpper=Attribute("integer", default=0),
    minLower=Attribute("integer", default=0),
    minNumeric=Attribute("integer", default=0),
    minSpecial=Attribute("integer", default=0),
    overrideSpecial=Attribute(replace=_override_changed),
)


class _Text(TableResource):
    def problems(self, values: Props) -> list[str]:
        """The minima must fit into the length."""
        total = sum(values.get(name, 0) for name in MINIMA)
        if "length" in values and values["length"] < total:
            return [
                "Invalid Attribute Value. Attribute length value must be at least sum of"
                f" min_upper + min_lower + min_numeric + min_special, got: {values['length']}."
            ]
        return []

    def plan(self, state: Props, news: Props) -> tuple[Props, set[str]]:
        """`number` is the old name of `numeric`: either stands for both."""
        number, numeric = news.get("number"), news.get("numeric")
        if number is not None and numeric is not None and number != numeric:
            raise PluginError(
                "Number and numeric are both configured with different values:"
                " Number is deprecated, use numeric instead"
            )
        chosen = numeric if numeric is not None else number
        chosen = True if chosen is None else chosen
        return super().plan(state, news | {"number": chosen, "numeric": chosen})


class RandomString(_Text):
    """Text; its id is the text."""

    attributes = table(**RULES, result=MADE, id=MADE)
    state_version = 2

    def make(self, values: Props) -> Props:
        """Draw the text."""
        result = draw(values)
        return {"result": result, "id": result}

    def restore(self, identity: str) -> Props:
        """An existing text with the default rules."""
        return _imported(identity) | {"result": identity, "id": identity}


class RandomPassword(_Text):
    """Text that is secret, with a hash of it."""

    attributes = table(**RULES, result=HIDDEN, bcryptHash=HIDDEN, id=MADE)
    state_version = 3

    def make(self, values: Props) -> Props:
        """Draw the password and hash it."""
        result = draw(values)
        return {"result": result, "bcryptHash": bcrypt_hash(result), "id": "none"}

    def restore(self, identity: str) -> Props:
        """An existing password (given as the id) with the default rules."""
        return _imported(identity) | {"result": identity, "bcryptHash": bcrypt_hash(identity), "id": "none"}


def draw(rules: Props) -> str:
    """Draw text by the rules: the minima first, the rest from all allowed characters, then shuffled."""
    special = rules.get("overrideSpecial") or SPECIAL
    kinds = (
        ("upper", "minUpper", string.ascii_uppercase),
        ("lower", "minLower", string.ascii_lowercase),
        ("numeric", "minNumeric", string.digits),
        ("special", "minSpecial", special),
    )
    drawn = [secrets.choice(characters) for _, minimum, characters in kinds for _ in range(rules[minimum])]
    allowed = "".join(characters for name, _, characters in kinds if rules[name])
    rest = rules["length"] - len(drawn)
    if rest and not allowed:
        raise PluginError("Random Read Error: no kind of character is allowed")
    drawn += [secrets.choice(allowed) for _ in range(rest)]
    secrets.SystemRandom().shuffle(drawn)
    return "".join(drawn)


def bcrypt_hash(password: str) -> str:
    """Hash the password the way the official plugin does: version 2a, cost 10."""
    import bcrypt  # noqa: PLC0415  only passwords need it

    hashed: bytes = bcrypt.hashpw(password.encode()[:BCRYPT_LIMIT], bcrypt.gensalt(10, b"2a"))
    return hashed.decode()


def _imported(text: str) -> Props:
    defaults = {name: item.default for name, item in RULES.items()}
    return defaults | {"length": len(text.encode()), "number": True, "numeric": True}
