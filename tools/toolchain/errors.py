"""What can go wrong.

ToolchainError   the run ends; its text says what was tried and what to do
Unavailable      one way to get a tool did not work; another one may
"""


class ToolchainError(Exception):
    """A tool or package can't be had; the text is for the user."""


class Unavailable(Exception):  # noqa: N818  (not an error yet: the next source is tried)
    """One source can't give the tool; the text is the reason."""
