"""The examples of the documentation, so that tests run what people read."""

import re

from tools.paths import CHECKOUT


def examples(page: str, language: str = "") -> list[str]:
    """Contents of the code blocks of a page below docs/, of one language (none: the blocks that name none)."""
    text = (CHECKOUT / "docs" / page).read_text()
    found = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return [content for name, content in found if name == language]
