"""RandomId, RandomBytes and the UUIDs: random bytes in several spellings.

Reads: `base.bridged`.
Makes: the five resource types.
"""

import base64
import binascii
import os
import time
import uuid

from tools.plugins.base.attributes import Attribute, table
from tools.plugins.base.bridged import TableResource
from tools.plugins.base.errors import PluginError
from tools.plugins.base.values import Props
from tools.plugins.random.shared import HIDDEN, KEEPERS, MADE


class RandomId(TableResource):
    """Random bytes as an identifier; the id is their URL-safe base64 without padding."""

    attributes = table(
        keepers=KEEPERS,
        byteLength=Attribute("integer", required=True),
        prefix=Attribute(),
        b64Url=MADE,
        b64Std=MADE,
        hex=MADE,
        dec=MADE,
        id=MADE,
    )

    def make(self, values: Props) -> Props:
        """Draw the bytes."""
        return _spellings(os.urandom(values["byteLength"]), values.get("prefix") or "")

    def restore(self, identity: str) -> Props:
        """Take `[prefix,]id`."""
        prefix, comma, encoded = identity.rpartition(",")
        try:
            content = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
        except binascii.Error as error:
            raise PluginError(f"Import Random ID Error: {identity!r} is not URL-safe base64: {error}") from error
        return {"byteLength": len(content), "prefix": prefix if comma else None} | _spellings(content, prefix)


def _spellings(content: bytes, prefix: str) -> Props:
    encoded = base64.urlsafe_b64encode(content).decode().rstrip("=")
    return {
        "id": encoded,
        "b64Url": prefix + encoded,
        "b64Std": prefix + base64.b64encode(content).decode(),
        "hex": prefix + content.hex(),
        "dec": prefix + str(int.from_bytes(content, "big")),
    }


class RandomBytes(TableResource):
    """Random bytes as a key; they are secret, but the id is their base64, as it is with the official plugin."""

    attributes = table(
        keepers=KEEPERS,
        length=Attribute("integer", required=True, minimum=1),
        base64=HIDDEN,
        hex=HIDDEN,
        id=MADE,
    )

    def make(self, values: Props) -> Props:
        """Draw the bytes."""
        content = os.urandom(values["length"])
        return {"base64": base64.b64encode(content).decode(), "hex": content.hex(), "id": "none"}

    def restore(self, identity: str) -> Props:
        """Take the base64 of the bytes."""
        try:
            content = base64.b64decode(identity, validate=True)
        except binascii.Error as error:
            raise PluginError(f"Import Random bytes Error: the id is not base64: {error}") from error
        return {"length": len(content), "base64": identity, "hex": content.hex(), "id": "none"}

    def identity(self, outputs: Props) -> str:
        """The base64 text."""
        return str(outputs["base64"])


class RandomUuid(TableResource):
    """Sixteen random bytes in the form of a UUID, without a version."""

    attributes = table(keepers=KEEPERS, result=MADE, id=MADE)

    def make(self, values: Props) -> Props:
        """Draw the bytes."""
        del values
        result = str(self.draw())
        return {"result": result, "id": result}

    def draw(self) -> uuid.UUID:
        """Return a new value."""
        return uuid.UUID(bytes=os.urandom(16))

    def restore(self, identity: str) -> Props:
        """Take the UUID."""
        try:
            result = str(uuid.UUID(identity))
        except ValueError as error:
            raise PluginError(f"Import Random UUID Error: {error}") from error
        return {"result": result, "id": result}


class RandomUuid4(RandomUuid):
    """A UUID of version 4."""

    def draw(self) -> uuid.UUID:
        """Return a new value."""
        return uuid.uuid4()


class RandomUuid7(RandomUuid):
    """A UUID of version 7: the time in milliseconds, then random bits (RFC 9562)."""

    def draw(self) -> uuid.UUID:
        """Return a new value."""
        milliseconds = time.time_ns() // 1_000_000
        content = bytearray(milliseconds.to_bytes(6, "big") + os.urandom(10))
        content[6] = 0x70 | content[6] & 0x0F
        content[8] = 0x80 | content[8] & 0x3F
        return uuid.UUID(bytes=bytes(content))
