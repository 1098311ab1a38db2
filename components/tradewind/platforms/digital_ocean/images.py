"""The image of the droplets.

Reads: `os_image`. Makes: its id.
"""

import pulumi
import pulumi_digitalocean as digitalocean

from tradewind.spec.checks import is_text


def image_id(os_image: pulumi.Input[str], opts: pulumi.ResourceOptions) -> pulumi.Input[str]:
    """The id as it is given, or that of the account's custom image of this name."""
    if not is_text(os_image) or os_image.isdecimal():
        return os_image
    found = digitalocean.get_image_output(name=os_image, opts=pulumi.InvokeOutputOptions(parent=opts.parent))
    return found.apply(lambda image: str(image.id))
