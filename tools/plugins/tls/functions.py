"""The functions of tls: the public key of a private key, and what a certificate says.

Reads: `crypto`.
Makes: `get_public_key`, `get_certificate`.
"""

from tools.plugins.base.errors import PluginError
from tools.plugins.base.values import Props, Secret, reveal


def get_public_key(arguments: Props) -> Props:
    """Return the public key of `privateKeyPem` or `privateKeyOpenssh`; exactly one is given."""
    from tools.plugins.tls.crypto import keys  # noqa: PLC0415

    given = {name: value for name, value in reveal(arguments).items() if value is not None}
    known = {"privateKeyPem", "privateKeyOpenssh"}
    if set(given) - known:
        raise PluginError(f"unknown arguments: {', '.join(sorted(set(given) - known))}")
    if len(given) != 1:
        raise PluginError("Exactly one of privateKeyPem and privateKeyOpenssh must be given")
    pem = given.get("privateKeyPem")
    key = keys.parse(pem) if pem is not None else keys.parse_openssh(given["privateKeyOpenssh"])
    public = key.public_key()
    identity = keys.fingerprint_id(keys.public_der(public))
    hidden = {name: Secret(value) for name, value in given.items()}
    return hidden | {"algorithm": keys.algorithm_of(key), "id": identity} | keys.public_spellings(public)


def get_certificate(arguments: Props) -> Props:
    """Return what the certificates in the PEM text `content` say; a `url` cannot be asked by this plugin."""
    from tools.plugins.tls.crypto import describe  # noqa: PLC0415

    given = {name: value for name, value in reveal(arguments).items() if value is not None}
    unknown = set(given) - {"content", "url", "verifyChain"}
    if unknown:
        raise PluginError(f"unknown arguments: {', '.join(sorted(unknown))}")
    if "url" in given or "content" not in given:
        raise PluginError("this plugin reads certificates from `content` only; `url` needs the official tls plugin")
    certificates, identity = describe.certificates(given["content"])
    return given | {"certificates": certificates, "id": identity}
