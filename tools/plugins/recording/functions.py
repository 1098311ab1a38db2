"""The results of functions: the arguments, and plausible values for the rest.

Reads: `checking`, `outputs`, `subject`; TRADEWIND_IMAGE_RELEASE.
Makes: `call`.
"""

import json
import os

from tools.plugins.base.errors import PluginError
from tools.plugins.base.values import Props, reveal
from tools.plugins.recording.checking import problems
from tools.plugins.recording.outputs import outputs
from tools.plugins.recording.subject import Subject
from tools.plugins.recording.types import Description

RELEASE = "TRADEWIND_IMAGE_RELEASE"
"""Variable with the number of the newest release of every operating system; 1 where it is not set."""
_IMAGES = {"getAmi", "getImage", "getImageFromFamily", "getPlatformImage"}


def call(plugin: str, token: str, description: Description, given: Props, config: Props) -> Props:
    """The result of a function.

    Raises:
        PluginError: listing every argument that the package does not declare.
    """
    arguments = {name: each for name, each in reveal(given).items() if each is not None}
    wrong = problems(token, description, arguments)
    if wrong:
        raise PluginError("\n".join(each.reason for each in wrong))
    name = token.rpartition(":")[2]
    release = os.environ.get(RELEASE, "1") if name in _IMAGES else ""
    seed = json.dumps([token, arguments, release], sort_keys=True, default=str)
    own_name = str(arguments.get("name") or arguments.get("family") or name)
    if release:
        own_name = f"{own_name}-release-{release}"
    subject = Subject(plugin, token, name, own_name, seed, description, arguments, config)
    return outputs(subject, arguments | _known(subject), planned=False)


def _known(subject: Subject) -> Props:
    """What the name of a property does not tell."""
    place = subject.region
    match subject.token:
        case "aws:index/getAvailabilityZones:getAvailabilityZones":
            return {"names": [f"{place}{zone}" for zone in "abc"], "zoneIds": [f"use1-az{n}" for n in (1, 2, 3)]}
        case "gcp:compute/getZones:getZones":
            return {"names": [f"{place}-{zone}" for zone in "abc"]}
        case "aws:ec2/getAmi:getAmi":
            image = f"ami-{subject.digest('image')[:17]}"
            return {"id": image, "imageId": image, "name": subject.own_name}
        case "gcp:compute/getImage:getImage":
            path = f"projects/{subject.inputs.get('project')}/global/images/{subject.own_name}"
            link = f"https://www.googleapis.com/compute/v1/{path}"
            return {"id": path, "name": subject.own_name, "selfLink": link}
        case "digitalocean:index/getImage:getImage":
            number = subject.number("image", 10**8, 2 * 10**8)
            return {"id": number, "image": str(number)}
        case _:
            return {}
