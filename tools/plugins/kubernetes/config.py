"""The provider's own configuration: what it may hold, and what a change of it means.

Reads: `kubeconfig`; the provider's inputs and the environment variables of the official plugin.
Makes: `Settings` and `parse`; `failures` for CheckConfig; `difference` for DiffConfig.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tools.plugins.base.diff import Change, Difference, Kind, Path
from tools.plugins.base.errors import CheckFailure, PluginError
from tools.plugins.base.values import Props, Value, reveal, same
from tools.plugins.kubernetes import kubeconfig
from tools.plugins.kubernetes.kubeconfig import Overrides
from tools.plugins.kubernetes.objects import is_unknown
from tools.plugins.kubernetes.replacement import Mutability
from tools.plugins.kubernetes.transport import DEFAULT_TIMEOUT

_ENGINE_KEYS = frozenset({"version", "pluginDownloadURL", "pluginChecksums", "__internal"})
KEYS = frozenset(
    {
        "cluster",
        "clusterIdentifier",
        "context",
        "deleteUnreachable",
        "enableConfigMapMutable",
        "enableSecretMutable",
        "enableServerSideApply",
        "kubeClientSettings",
        "kubeconfig",
        "namespace",
        "renderYamlToDirectory",
        "skipUpdateUnreachable",
        "strictMode",
        "suppressDeprecationWarnings",
        "suppressHelmHookWarnings",
    }
)
UNSUPPORTED = {
    "alwaysRender": "rendering unchanged resources is not supported by this Kubernetes plugin",
    "helmReleaseSettings": "Helm releases are not supported by this Kubernetes plugin",
}
# Where the cluster's identity comes from; a change of one of these may mean another cluster.
CLUSTER_KEYS = ("kubeconfig", "context", "cluster")


@dataclass(frozen=True)
class Settings:
    """The parsed configuration."""

    kubeconfig: str = ""
    unknown: bool = False
    """Whether a later step of the same update decides which cluster this is."""
    overrides: Overrides = field(default_factory=Overrides)
    render_to: str = ""
    delete_unreachable: bool = False
    skip_update_unreachable: bool = False
    suppress_helm_hook_warnings: bool = False
    mutability: Mutability = field(default_factory=Mutability)
    timeout: float = DEFAULT_TIMEOUT


def parse(config: Props) -> Settings:
    """Read the configuration as Configure gets it; booleans may be strings."""
    values: dict[str, Any] = reveal(config)
    return Settings(
        kubeconfig=_kubeconfig_text(values.get("kubeconfig")),
        unknown=any(is_unknown(values.get(key)) for key in CLUSTER_KEYS),
        overrides=_overrides(values),
        render_to=_text(values, "renderYamlToDirectory"),
        delete_unreachable=_switch(values, "deleteUnreachable", "PULUMI_K8S_DELETE_UNREACHABLE"),
        skip_update_unreachable=_switch(values, "skipUpdateUnreachable", "PULUMI_K8S_SKIP_UPDATE_UNREACHABLE"),
        suppress_helm_hook_warnings=_switch(
            values, "suppressHelmHookWarnings", "PULUMI_K8S_SUPPRESS_HELM_HOOK_WARNINGS"
        ),
        mutability=Mutability(
            config_maps=_switch(values, "enableConfigMapMutable", "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE"),
            secrets=_switch(values, "enableSecretMutable", "PULUMI_K8S_ENABLE_SECRET_MUTABLE"),
        ),
        timeout=float(_client_settings(values).get("timeout") or DEFAULT_TIMEOUT),
    )


def failures(news: Props, urn: str) -> list[CheckFailure]:
    """Say what is wrong with the provider's inputs; an unknown value is never wrong."""
    values: dict[str, Any] = reveal(news)
    found = [
        CheckFailure(f"`{key}` is not a valid configuration key for the kubernetes provider", key)
        for key in sorted(values.keys() - KEYS - UNSUPPORTED.keys() - _ENGINE_KEYS)
    ]
    found += [
        CheckFailure(f"{key}: {UNSUPPORTED[key]}", key) for key in UNSUPPORTED if values.get(key) not in (None, "")
    ]
    if not _switch(values, "enableServerSideApply", "PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY", default=True):
        reason = "enableServerSideApply: client-side apply is not supported by this Kubernetes plugin"
        found.append(CheckFailure(reason, "enableServerSideApply"))
    if _text(values, "renderYamlToDirectory"):
        found += [
            CheckFailure(f'"{key}" arg is not compatible with "renderYamlToDirectory" arg', key)
            for key in CLUSTER_KEYS
            if values.get(key)
        ]
    if _text(values, "strictMode") == "true":
        found += _strict_failures(values, urn)
    return found + _client_setting_failures(values)


def difference(olds: Props, news: Props) -> Difference:
    """Say what a change of the provider's inputs means: an update, or with another cluster a replacement."""
    old, new = reveal(olds), reveal(news)
    changed = [key for key in sorted(old.keys() | new.keys()) if not same(old.get(key), new.get(key))]
    if not changed:
        return Difference()
    unknown = next((key for key in CLUSTER_KEYS if is_unknown(new.get(key))), None)
    if unknown is not None:
        changed, replaced = [unknown], {unknown}
    else:
        replaced = {key for key in changed if key == "renderYamlToDirectory"} | _replaced_clusters(old, new, changed)
    identifier = (old.get("clusterIdentifier"), new.get("clusterIdentifier"))
    if identifier[0] and identifier[1]:
        replaced = {"clusterIdentifier"} if identifier[0] != identifier[1] else set()
    changes: dict[Path, Change] = {
        (key,): Change(_change_kind(old, new, key), replace=key in replaced, inputs=True)
        for key in {*changed, *replaced}
    }
    return Difference(changes)


def _replaced_clusters(old: Mapping[str, Any], new: Mapping[str, Any], changed: list[str]) -> set[str]:
    before, after = (
        kubeconfig.active_cluster(kubeconfig.load(content), _overrides(values)) if content else None
        for values, content in (
            (old, _kubeconfig_text(old.get("kubeconfig"))),
            (new, _kubeconfig_text(new.get("kubeconfig"))),
        )
    )
    if before is None or after is None or before == after:
        return set()
    return {key for key in CLUSTER_KEYS if key in changed}


def _change_kind(old: Mapping[str, Any], new: Mapping[str, Any], key: str) -> Kind:
    if key not in new:
        return Kind.DELETE
    return Kind.UPDATE if key in old else Kind.ADD


def _overrides(values: Mapping[str, Any]) -> Overrides:
    return Overrides(_text(values, "context"), _text(values, "cluster"), _text(values, "namespace"))


def _text(values: Mapping[str, Any], key: str) -> str:
    value = values.get(key)
    return value if isinstance(value, str) else ""


def _kubeconfig_text(value: Value) -> str:
    """Return the kubeconfig as text; a program may give it as an object too."""
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, dict) else ""


def _switch(values: Mapping[str, Any], key: str, variable: str, *, default: bool = False) -> bool:
    value = values.get(key, os.environ.get(variable))
    if value is None or is_unknown(value):
        return default
    return value is True or value == "true"


def _client_settings(values: Mapping[str, Any]) -> dict[str, Any]:
    value = values.get("kubeClientSettings")
    if isinstance(value, str) and value:
        try:
            value = json.loads(value)
        except ValueError:
            raise PluginError("kubeClientSettings is not JSON") from None
    return value if isinstance(value, dict) else {}


def _client_setting_failures(values: Mapping[str, Any]) -> list[CheckFailure]:
    return [
        CheckFailure(f"kubeClientSettings.{key}: this Kubernetes plugin supports `timeout` only", "kubeClientSettings")
        for key, value in sorted(_client_settings(values).items())
        if key != "timeout" and value is not None
    ]


def _strict_failures(values: Mapping[str, Any], urn: str) -> list[CheckFailure]:
    found = [
        CheckFailure(f'strict mode requires Provider "{key}" argument', key)
        for key in ("kubeconfig", "context")
        if not values.get(key)
    ]
    name = urn.rpartition("::")[2]
    default = name == "default" or name.startswith("default_")
    return ([CheckFailure("strict mode prohibits default provider")] if default else []) + found
