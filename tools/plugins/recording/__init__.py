"""A plugin that records: it accepts what a provider's Python package declares, and deploys nothing.

It takes the place of a cloud's plugin, under its name and version, where previews and updates of a platform run without
a cloud: `install.install_recording` puts it into a PULUMI_HOME.

Reads: TRADEWIND_RECORDED (name of the plugin), TRADEWIND_SDKS (folder of installed packages with the plugin's own),
TRADEWIND_DESCRIPTIONS (folder where what was read from the package is kept).
Makes: `provider()`.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from tools.plugins.base.errors import CheckFailure, UnknownTokenError
from tools.plugins.base.resource import CheckCall, Checked, Function, Provider, Resource
from tools.plugins.base.values import Props, Secret, Value, reveal, unwrap
from tools.plugins.recording import functions
from tools.plugins.recording.checking import problems
from tools.plugins.recording.describe import Describer
from tools.plugins.recording.resources import Recorded
from tools.plugins.recording.sources import Sources, UndeclaredError
from tools.plugins.recording.types import FREE, Description, Kind
from tools.plugins.versions import CLOUD_VERSIONS, VERSIONS

NAME, SDKS, DESCRIPTIONS = "TRADEWIND_RECORDED", "TRADEWIND_SDKS", "TRADEWIND_DESCRIPTIONS"


class RecordingProvider(Provider):
    """One provider's package as a plugin."""

    def __init__(self, name: str, describer: Describer) -> None:
        self.name = name
        self.version = (VERSIONS | CLOUD_VERSIONS)[name]
        self._describer = describer
        self._config: Props = {}

    def resources(self) -> Mapping[str, Resource]:
        """None by itself: `resource` describes a type when it is asked for."""
        return {}

    def resource(self, token: str) -> Resource:
        """A resource type of the package."""
        return Recorded(self.name, token, self._described(token), self._config)

    def function(self, token: str) -> Function:
        """A function of the package."""
        try:
            description = self._describer.function(token)
        except UndeclaredError as error:
            raise UnknownTokenError(str(error)) from error
        return lambda given: functions.call(self.name, token, description, given, self._config)

    def check_config(self, call: CheckCall) -> Checked:
        """Compare the provider's inputs with what the package declares."""
        declared = self._describer.provider()
        own = {name: each for name, each in call.news.items() if name not in _EVERY_PROVIDER}
        failures: list[CheckFailure] = problems(f"provider {self.name}", declared, _parsed(declared, own))
        return Checked(call.news, failures)

    def configure(self, config: Props) -> None:
        """Keep the configuration, which says the region of resources."""
        self._config.update(reveal(config))

    def _described(self, token: str) -> Description:
        try:
            return self._describer.resource(token)
        except UndeclaredError as error:
            if self.name == "kubernetes" and not self._describer.sources.folder(token.split(":")[1]).is_dir():
                return FREE
            raise UnknownTokenError(str(error)) from error


_EVERY_PROVIDER = ("version", "pluginDownloadURL", "pluginChecksums", "__internal")


def _parsed(declared: Description, config: Props) -> Props:
    """Configuration travels as texts: anything but a text is JSON."""
    return {name: _parse(declared, name, value) for name, value in config.items()}


def _parse(declared: Description, name: str, value: Value) -> Value:
    plain, known = unwrap(value), declared.inputs.get(name)
    if not isinstance(plain, str) or known is None or known.type.kind in (Kind.STRING, Kind.ANY, Kind.UNION):
        return value
    try:
        parsed = json.loads(plain)
    except ValueError:
        return value
    return Secret(parsed) if isinstance(value, Secret) else parsed


def provider() -> Provider:
    """Return the plugin that the environment names."""
    name = os.environ[NAME]
    sources = Sources(Path(os.environ[SDKS]), name)
    return RecordingProvider(name, Describer(sources, Path(os.environ[DESCRIPTIONS]) / name))
