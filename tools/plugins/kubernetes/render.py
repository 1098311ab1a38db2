"""Render mode: objects become YAML files in a folder instead of objects in a cluster.

Reads: `objects`.
Makes: `path_of`, `write`, `delete`.
"""

import os
from pathlib import Path

from tools.plugins.base.errors import PluginError
from tools.plugins.kubernetes.objects import Object, is_definition, name_of, namespace_of, text

# Definitions must be applied before what they define.
DEFINITIONS, MANIFESTS = "0-crd", "1-manifest"


def path_of(obj: Object, folder: Path) -> Path:
    """Return the file of an object: `<apiVersion>-<kind>-<namespace>-<name>.yaml`."""
    version = text(obj, "apiVersion").replace("/", "_").replace(":", "_")
    # A name is one path component to Kubernetes as well, so a separator in it is an error, not a folder.
    name = name_of(obj)
    if not name or "/" in name or "/" in namespace_of(obj):
        raise PluginError(f"cannot render an object with the name {name!r}")
    file = f"{version}-{text(obj, 'kind').lower()}-{namespace_of(obj) or 'default'}-{name}.yaml"
    return folder / (DEFINITIONS if is_definition(obj) else MANIFESTS) / file


def write(obj: Object, folder: Path) -> Path:
    """Write an object's file; folders are for their owner only, because a Secret's file is plain text."""
    import yaml  # noqa: PLC0415  render mode is rare, and the import costs start-up time

    for part in (DEFINITIONS, MANIFESTS):
        (folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)
    path = path_of(obj, folder)
    content = yaml.safe_dump(obj, sort_keys=True, default_flow_style=False, allow_unicode=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        os.fchmod(file.fileno(), 0o600)  # of a file that was there before, too
        file.write(content)
    return path


def delete(obj: Object, folder: Path) -> Path:
    """Remove an object's file; one that is gone already is not an error."""
    path = path_of(obj, folder)
    path.unlink(missing_ok=True)
    return path
