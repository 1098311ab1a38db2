"""Images of machines: families, of which Google Cloud takes the newest image for each new machine.

Pure. Makes: the name of a family. A family is no image: a new image of it is no change of a machine or a template.
Sources: https://docs.fedoraproject.org/en-US/fedora-coreos/provisioning-gcp/,
https://github.com/coreos/fedora-coreos-tracker/issues/1377 (arm64) and
https://www.flatcar.org/docs/latest/installing/cloud/gcp/
"""

from tradewind.choices import Architecture, OperatingSystem, OsStream

_FAMILIES = {
    (OperatingSystem.FEDORA_COREOS, Architecture.AMD64): ("fedora-coreos-cloud", "fedora-coreos-{}"),
    (OperatingSystem.FEDORA_COREOS, Architecture.ARM64): ("fedora-coreos-cloud", "fedora-coreos-{}-arm64"),
    (OperatingSystem.FLATCAR, Architecture.AMD64): ("kinvolk-public", "flatcar-{}"),
}
"""Project and name."""


def image_family(system: OperatingSystem, stream: OsStream, architecture: Architecture) -> str:
    """The family of an operating system's images; `spec` refuses what has none."""
    project, family = _FAMILIES[system, architecture]
    return f"projects/{project}/global/images/family/{family.format(stream.value)}"
