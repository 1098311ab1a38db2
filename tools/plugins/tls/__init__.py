"""The stand-in for the official `tls` plugin 5.3.1: keys, certificate requests and certificates.

Reads: `tools.plugins.base`.
Makes: `provider()`.
"""

from collections.abc import Mapping

from tools.plugins.base.resource import Function, Provider, Resource
from tools.plugins.tls.functions import get_certificate, get_public_key
from tools.plugins.tls.resources import CertRequest, LocallySignedCert, PrivateKey, SelfSignedCert
from tools.plugins.versions import VERSIONS


class TlsProvider(Provider):
    """The plugin `tls`."""

    name = "tls"
    version = VERSIONS["tls"]
    accepts_secrets = False
    # Only getCertificate with a URL uses it, which this plugin does not offer.
    config_keys = frozenset({"proxy"})

    def resources(self) -> Mapping[str, Resource]:
        """Every resource type by token."""
        return {
            "tls:index/certRequest:CertRequest": CertRequest(),
            "tls:index/locallySignedCert:LocallySignedCert": LocallySignedCert(),
            "tls:index/privateKey:PrivateKey": PrivateKey(),
            "tls:index/selfSignedCert:SelfSignedCert": SelfSignedCert(),
        }

    def functions(self) -> Mapping[str, Function]:
        """Every function by token."""
        return {
            "tls:index/getCertificate:getCertificate": get_certificate,
            "tls:index/getPublicKey:getPublicKey": get_public_key,
        }


def provider() -> Provider:
    """Return the plugin."""
    return TlsProvider()
