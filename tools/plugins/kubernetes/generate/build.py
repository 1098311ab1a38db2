"""Merges what the SDK declares with how Go serialises it into the table that the plugin reads.

Reads: `sdk.Sdk`; `shapes.json` (the output of `shapes/main.go`).
Makes: `build`: {"kinds": {token: [apiVersion, kind, type, flags]}, "types": {type: {property: letters}}}.

Flags of a kind: "c" for cluster-scoped, "n" for one whose inputs are normalised the way Go would write them. Letters
are those of `sdk`, and from Go: a leading "-" for a property left out when zero, "~" for one that Go does not have, q
for a quantity, t and u for a time (seconds, microseconds), d for a duration, y for base64.
"""

from typing import Any

from tools.plugins.kubernetes.generate.sdk import Sdk

# Kubernetes' discovery is the source; tests/tools/plugins/kubernetes compares this list with a real API server.
CLUSTER_SCOPED = frozenset(
    """APIService AuditSink CSIDriver CSINode CertificateSigningRequest ClusterCIDR ClusterRole ClusterRoleBinding
    ClusterTrustBundle CustomResourceDefinition DeviceClass DeviceTaintRule FlowSchema IPAddress IngressClass
    MutatingAdmissionPolicy MutatingAdmissionPolicyBinding MutatingWebhookConfiguration Namespace Node PersistentVolume
    PodSecurityPolicy PriorityClass PriorityLevelConfiguration ResourceClass ResourceSlice RuntimeClass ServiceCIDR
    StorageClass StorageVersionMigration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding
    ValidatingWebhookConfiguration VolumeAttachment VolumeAttributesClass""".split()  # noqa: SIM905  a list of 40 is shorter so
)


class _Merger:
    """Carries the tables while types are walked from the kinds down."""

    def __init__(self, sdk: Sdk, shapes: dict[str, Any]) -> None:
        self.sdk = sdk
        self.shapes: dict[str, dict[str, str]] = shapes["types"]
        self.types: dict[str, dict[str, str]] = {}

    def add(self, name: str, go: str | None) -> None:
        """Add an SDK type, with the Go type that holds the same object where there is one."""
        if name in self.types:
            return
        fields = self.types[name] = {}
        shape = self.shapes.get(go or "")
        for field, letters in sorted(self.sdk.types[name].items()):
            if shape is None:
                fields[field] = self.merge(letters, None)
            elif field in shape:
                omit = "-" if shape[field].startswith("-") else ""
                fields[field] = omit + self.merge(letters, shape[field].removeprefix("-"))
            else:
                fields[field] = "~" + self.merge(letters, None)

    def merge(self, letters: str, go: str | None) -> str:
        """Return one property's type with Go's knowledge of it."""
        if letters.startswith("("):
            return self.alternatives(letters, go)
        if letters[0] in "[{":
            inner = go[1:-1] if go is not None and go[0] == letters[0] else None
            return letters[0] + self.merge(letters[1:-1], inner) + letters[-1]
        if letters.startswith("@"):
            self.add(letters[1:], go[1:] if go is not None and go.startswith("@") else None)
            return letters
        if letters == "s" and go in {"q", "t", "u", "d", "y"}:
            return go
        return letters

    def alternatives(self, letters: str, go: str | None) -> str:
        """Merge each alternative; an enum's class has no fields, so that only its string remains."""
        known = [part for part in letters[1:-1].split("|") if not part.startswith("@") or part[1:] in self.sdk.types]
        merged = [self.merge(part, go) for part in known]
        return merged[0] if len(merged) == 1 else f"({'|'.join(merged)})"


def build(sdk: Sdk, shapes: dict[str, Any]) -> dict[str, Any]:
    """Make the table from an SDK and the output of the Go program."""
    merger = _Merger(sdk, shapes)
    kinds: dict[str, list[str]] = {}
    roots: dict[str, str | None] = {}
    for token, (type_name, api_version, kind) in sorted(sdk.resources.items()):
        short = token.removeprefix("kubernetes:")
        if short.endswith(("List", "Patch")) or short.startswith("meta/"):
            continue
        roots[type_name] = go = shapes["kinds"].get(f"{api_version}/{kind}")
        flags = ("c" if kind in CLUSTER_SCOPED else "") + ("n" if go else "")
        kinds[short] = [api_version, kind, type_name, flags]
    # Those that Go knows come first, so that a type shared with one that it does not know keeps Go's letters.
    for type_name in sorted(roots, key=lambda name: roots[name] is None):
        merger.add(type_name, roots[type_name])
    return {"kinds": kinds, "types": dict(sorted(merger.types.items()))}
