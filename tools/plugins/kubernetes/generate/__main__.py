"""Writes `schema.json` from the installed SDK and `shapes.json`: python3 -m tools.plugins.kubernetes.generate.

Reads: the Python package `pulumi_kubernetes`; `shapes.json`. Makes: `../schema.json`.
"""

from tools.plugins.kubernetes.generate.table import SCHEMA, table_text

SCHEMA.write_text(table_text())
print(f"wrote {SCHEMA}")
