"""The machine images of operating systems.

Reads: operating system, stream, architecture. Makes: the id of the newest image. Machines that run keep theirs.
Sources: https://fedoraproject.org/coreos/download and https://www.flatcar.org/docs/latest/installing/cloud/aws-ec2/.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws.ec2 as ec2

from tradewind.choices import Architecture, OperatingSystem, OsStream


@dataclass(frozen=True)
class _Publisher:
    account: str
    described_by: str
    """Attribute of an image that tells its stream."""
    pattern: str


_PUBLISHERS = {
    OperatingSystem.FEDORA_COREOS: _Publisher("125523088429", "description", "Fedora CoreOS {} *"),
    OperatingSystem.FLATCAR: _Publisher("075585003325", "name", "Flatcar-{}-*"),
}
_ARCHITECTURES = {Architecture.AMD64: "x86_64", Architecture.ARM64: "arm64"}


def image_filters(system: OperatingSystem, stream: OsStream, architecture: Architecture) -> Mapping[str, str]:
    """What the images of a stream have in common, by attribute."""
    publisher = _PUBLISHERS[system]
    return {
        publisher.described_by: publisher.pattern.format(stream.value),
        "architecture": _ARCHITECTURES[architecture],
        "virtualization-type": "hvm",
        "state": "available",
    }


def image_id(
    system: OperatingSystem, stream: OsStream, architecture: Architecture, opts: pulumi.ResourceOptions
) -> pulumi.Output[str]:
    """The newest image of a stream; `opts` are those of resources, whose provider is asked."""
    filters = image_filters(system, stream, architecture)
    found = ec2.get_ami_output(
        most_recent=True,
        owners=[_PUBLISHERS[system].account],
        filters=[ec2.GetAmiFilterArgs(name=name, values=[value]) for name, value in filters.items()],
        opts=pulumi.InvokeOutputOptions(parent=opts.parent),
    )
    return found.id
