"""How `schema.json` is made: from the Python SDK and from Go's types. Nothing here runs in the plugin."""
