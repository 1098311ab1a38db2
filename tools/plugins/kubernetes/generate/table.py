"""The text of `schema.json`, made anew.

Reads: the Python package `pulumi_kubernetes`; `shapes.json`.
Makes: `table_text`.
"""

import importlib.util
import json
from pathlib import Path

from tools.plugins.kubernetes.generate.build import build
from tools.plugins.kubernetes.generate.sdk import read_sdk

SCHEMA = Path(__file__).parent.parent / "schema.json"
SHAPES = Path(__file__).parent / "shapes.json"


def table_text() -> str:
    """Return the table as compact JSON, one kind or type per line so that changes can be read."""
    spec = importlib.util.find_spec("pulumi_kubernetes")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("pulumi_kubernetes is not installed")
    table = build(read_sdk(Path(spec.origin).parent), json.loads(SHAPES.read_text()))
    sections = []
    for name, entries in table.items():
        lines = [f"{json.dumps(key)}:{json.dumps(entry, separators=(',', ':'))}" for key, entry in entries.items()]
        sections.append(f"{json.dumps(name)}:{{\n" + ",\n".join(lines) + "\n}")
    return "{" + ",\n".join(sections) + "}\n"
