"""What becomes of a machine whose first boot would be another today.

Reads: the snippets of a node, and what the state keeps of them. Makes: options of a machine's resource, and warnings.

A machine boots its config once. Later changes of the library's own files are delivered, so they are no reason to
replace it; those of snippets are not delivered, which is told. A machine that TRADEWIND_REPLACE names is made anew if
its first boot would be another: the engine keeps what is ignored in replacements, too.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from typing import Any

import pulumi

from tradewind.spec.platform import Node

REPLACE = "TRADEWIND_REPLACE"
"""Variable of the program that names the machines, with commas between them, whose first boot is taken anew."""


def first_boot(name: str, inputs: Sequence[str]) -> dict[str, Any]:
    """Options of the resource of machine `name`, for `inputs` that matter before its first boot only."""
    chosen = name in os.environ.get(REPLACE, "").split(",")
    return {"replace_on_changes": list(inputs)} if chosen else {"ignore_changes": list(inputs)}


def snippets_digest(node: Node) -> str | None:
    """What the state keeps of the snippets that a machine boots with, 64 hexadecimal digits; None if it has none."""
    texts = json.dumps([snippet.text for snippet in node.snippets])
    return hashlib.sha256(texts.encode()).hexdigest() if node.snippets else None


def stale_snippets(node: Node, booted: str | None) -> str | None:
    """What to tell of a machine that booted with other snippets than it has now; None if with the same.

    Args:
        node: the machine.
        booted: what its resource kept of `snippets_digest`, its first characters at least.
    """
    digest = snippets_digest(node)
    if digest == booted or (digest and booted and digest.startswith(booted)):
        return None
    return (
        f"{node.name} runs with the snippets of its first boot, which are not those of the arguments; "
        f"it gets them when it is made anew: {REPLACE}={node.name} (docs/snippets.md)"
    )


def tell(message: str | None, resource: pulumi.Resource) -> None:
    """Warn of a resource, if there is something to tell."""
    if message:
        pulumi.log.warn(message, resource)
