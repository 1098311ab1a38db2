"""The way to Matchbox, and how long to wait for machines that it tells what to boot.

Reads: `BareMetalClusterArgs`. Makes: a provider, if the arguments say how Matchbox is reached.
"""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumiverse_matchbox as matchbox

from tradewind import naming

DIAL_ATTEMPTS = 720
"""At least an hour (`SshAccess.dial_attempts`): to switch a machine on, to install it and to boot it again."""


def with_matchbox(name: str, args: Mapping[str, Any], opts: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
    """Options of what Matchbox gets from the component called `name`.

    Args:
        name: the component.
        args: those of the cluster; without `matchbox`, the provider is that of the component or of the stack.
        opts: for every resource.
    """
    given = args.get("matchbox")
    if given is None:
        return opts
    provider = matchbox.Provider(
        naming.child(name, "matchbox"),
        endpoint=given["endpoint"],
        ca=given["ca_pem"],
        client_cert=given["client_cert_pem"],
        client_key=pulumi.Output.secret(given["client_key_pem"]),
        opts=opts,
    )
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(provider=provider))
