"""How much is fuzzed: the same few examples in every run, or with TRADEWIND_FUZZ=NUMBER that many random ones.

A failure found at random prints the `reproduce_failure` line that repeats it.
"""

import os

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

_DEEP = int(os.environ.get("TRADEWIND_FUZZ", "0"))


def fuzz(examples: int) -> settings:
    """Settings of a test that runs `examples` of them by default."""
    return settings(
        max_examples=_DEEP or examples,
        derandomize=not _DEEP,
        database=None,
        deadline=None,
        print_blob=True,
        # A failure of the usual run is the same each time; only a deep one is worth the time of making it small.
        phases=tuple(Phase) if _DEEP else (Phase.explicit, Phase.generate),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


INJECTIONS = (
    'a"b',
    "a'b",
    "$(reboot)",
    "`reboot`",
    "${IFS}",
    "$HOME",
    "$$",
    "%n",
    "%%",
    "%h/%i",
    "a\nExecStart=/bin/false",
    "a\r\nb",
    "\n---\nkind: Secret",
    "--- a",
    "a: b",
    "a #b",
    "#a",
    "; reboot",
    ";",
    "&& reboot",
    "| reboot",
    "> /etc/passwd",
    "\\",
    "a\\",
    "a \\\n  b",
    "\x00",
    "\x1b[31m",
    "\x7f",
    "{{ .Values }}",
    "@FILES_DIGEST@",
    "-v/etc:/etc",
    "--privileged",
    "../../etc/passwd",
    "a,b=c",
    "*",
    "~",
)
"""What a shell, systemd, YAML, TOML or a container's arguments would take for more than text."""

YAML_TRAPS = (
    *("", " ", "a ", " a", "\t", "\ta", "a\t", "\n", "\n\n", "a\n", "\na", "a\n\n", " a\nb", "a\n b\n", "a \nb"),
    *(
        "\n a",
        "no",
        "No",
        "NO",
        "yes",
        "on",
        "off",
        "y",
        "n",
        "Y",
        "N",
        "true",
        "False",
        "null",
        "Null",
        "~",
        "=",
        "<<",
    ),
    *("0", "1", "-1", "+1", "1.5", ".5", "5.", "1e3", "1E3", "1e+3", "1.e3", "0x1f", "0o7", "007", "0b1", "1_000"),
    *(
        "<<",
        ".inf",
        "-.Inf",
        ".nan",
        "NaN",
        "inf",
        "12:30",
        "1:2:3",
        "2001-01-01",
        "2001-01-01T00:00:00Z",
        "1.2.3",
        "1_0",
    ),
    *("@a", "`a", "!a", "&a", "*a", "?a", "? a", "-", "- a", ":", ": a", "a:", "{", "}", "[", "]", "{a}", ",", "|"),
    *(">", "%a", "#a", "a #b", '"', "'", "'a'", '"a"', "\\n", "---", "...", "--- a", "a\n---\nb", "a\n...\nb\n"),
    *("a\n#b\n", "a\x85b", "a\x85", "a\u2028b", "a\u2029b\n", "\ufeffa", "a\ufeff\nb", "\u200b", "\u202ea"),
    *("\U0001f600", "é", "e\u0301", "a\rb", "a\r\nb", "a\x07", "\x00", "\x7f", "\xa0", "\ud7ff", "\ue000", "\uffff"),
)
"""Text that a YAML reader, of whichever version, could take for a number, a boolean, a break or structure."""

texts = st.text(max_size=60) | st.sampled_from(INJECTIONS) | st.sampled_from(YAML_TRAPS)
"""Any text but lone surrogates, with a liking for what is dangerous."""

scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts

values = st.recursive(scalars, lambda each: st.lists(each, max_size=4) | st.dictionaries(texts, each, max_size=4))
"""Any JSON-like value."""
