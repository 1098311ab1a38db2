"""The resource types of tls: private keys, requests, and certificates signed by themselves or by a CA of the stack.

Reads: `base.bridged`, `crypto` (only while something is made).
Makes: `PrivateKey`, `CertRequest`, `SelfSignedCert`, `LocallySignedCert`.
"""

import re
import time
from datetime import datetime

from tools.plugins.base.attributes import Attribute, never, table
from tools.plugins.base.bridged import TableResource
from tools.plugins.base.values import UNKNOWN, Props, Value
from tools.plugins.tls.usages import USES

ALGORITHMS = ("RSA", "ECDSA", "ED25519")
CURVES = ("P224", "P256", "P384", "P521")


def _pem_changed(old: Value, _new: Value) -> bool:
    """State of very old versions holds a hash instead of the PEM; that alone does not replace a resource."""
    return isinstance(old, str) and "-----BEGIN " in old


MADE = Attribute(output=True)
PEM = Attribute(required=True, replace=_pem_changed)
SECRET_PEM = Attribute(required=True, secret=True, replace=_pem_changed)
NAMES = Attribute("list")
PART = Attribute()
SUBJECT = Attribute(
    "object",
    fields=table(
        commonName=PART,
        country=PART,
        emailAddress=PART,
        locality=PART,
        organization=PART,
        organizationalUnit=PART,
        postalCode=PART,
        province=PART,
        serialNumber=PART,
        streetAddresses=NAMES,
    ),
)
CERTIFICATE = table(
    allowedUses=Attribute("list", required=True, one_of=USES),
    earlyRenewalHours=Attribute("integer", default=0, minimum=0, replace=never),
    isCaCertificate=Attribute("boolean", default=False),
    maxPathLength=Attribute("integer", default=-1, minimum=-1),
    setSubjectKeyId=Attribute("boolean", default=False),
    validityPeriodHours=Attribute("integer", required=True, minimum=0),
    certPem=MADE,
    id=MADE,
    readyForRenewal=Attribute("boolean", output=True, default=False),
    validityEndTime=MADE,
    validityStartTime=MADE,
)


class PrivateKey(TableResource):
    """A key pair in every usual spelling."""

    # The key itself is not `kept` in a plan: whatever changes makes another key.
    attributes = table(
        algorithm=Attribute(required=True, one_of=ALGORITHMS),
        ecdsaCurve=Attribute(default="P224", one_of=CURVES),
        rsaBits=Attribute("integer", default=2048),
        id=Attribute(output=True, kept=False),
        privateKeyOpenssh=Attribute(output=True, kept=False, secret=True),
        privateKeyPem=Attribute(output=True, kept=False, secret=True),
        privateKeyPemPkcs8=Attribute(output=True, kept=False, secret=True),
        publicKeyFingerprintMd5=Attribute(output=True, kept=False),
        publicKeyFingerprintSha256=Attribute(output=True, kept=False),
        publicKeyOpenssh=Attribute(output=True, kept=False),
        publicKeyPem=Attribute(output=True, kept=False),
    )
    state_version = 1

    def make(self, values: Props) -> Props:
        """Make the key."""
        from tools.plugins.tls.crypto import keys  # noqa: PLC0415

        key = keys.generate(values["algorithm"], values["rsaBits"], values["ecdsaCurve"])
        identity = keys.fingerprint_id(keys.public_der(key.public_key()))
        return {"id": identity} | keys.private_spellings(key) | keys.public_spellings(key.public_key())


class CertRequest(TableResource):
    """A signing request."""

    attributes = table(
        dnsNames=NAMES,
        ipAddresses=NAMES,
        privateKeyPem=SECRET_PEM,
        subject=SUBJECT,
        uris=NAMES,
        certRequestPem=MADE,
        id=MADE,
        keyAlgorithm=MADE,
    )

    def make(self, values: Props) -> Props:
        """Make and sign the request."""
        from tools.plugins.tls.crypto import certificates  # noqa: PLC0415

        return certificates.make_request(values)


class _Certificate(TableResource):
    """What certificates share: they ask to be replaced once they are in their renewal window."""

    def plan(self, state: Props, news: Props) -> tuple[Props, set[str]]:
        """Within `earlyRenewalHours` of the end the certificate is replaced, whatever else changes."""
        planned, forced = super().plan(state, news)
        if ready_for_renewal(planned):
            planned["readyForRenewal"] = UNKNOWN
            forced.add("readyForRenewal")
        return planned, forced

    def refreshed(self, state: Props) -> Props:
        """A refresh records that the window has been reached."""
        return state | {"readyForRenewal": True} if ready_for_renewal(state) else state


class SelfSignedCert(_Certificate):
    """A certificate signed with its own key."""

    attributes = table(
        **CERTIFICATE,
        dnsNames=NAMES,
        ipAddresses=NAMES,
        privateKeyPem=SECRET_PEM,
        setAuthorityKeyId=Attribute("boolean", default=False),
        subject=SUBJECT,
        uris=NAMES,
        keyAlgorithm=MADE,
    )

    def make(self, values: Props) -> Props:
        """Make and sign the certificate."""
        from tools.plugins.tls.crypto import certificates  # noqa: PLC0415

        return certificates.self_signed(values)


class LocallySignedCert(_Certificate):
    """A certificate for a request, signed by a CA whose key is at hand."""

    attributes = table(
        **CERTIFICATE,
        caCertPem=PEM,
        caPrivateKeyPem=SECRET_PEM,
        certRequestPem=PEM,
        caKeyAlgorithm=MADE,
    )

    def make(self, values: Props) -> Props:
        """Make and sign the certificate."""
        from tools.plugins.tls.crypto import certificates  # noqa: PLC0415

        return certificates.locally_signed(values)


def ready_for_renewal(values: Props) -> bool:
    """Whether now is at or after the end of validity less `earlyRenewalHours`; never while either is unknown."""
    end, hours = values.get("validityEndTime"), values.get("earlyRenewalHours") or 0
    if not isinstance(end, str) or hours is UNKNOWN:
        return False
    return parse_time(end) - hours * 3600 <= time.time()


def parse_time(text: str) -> float:
    """Return the seconds since the epoch of an RFC 3339 time with any number of digits after the second."""
    match = re.fullmatch(r"(.+?)(\.\d+)?(Z|[+-]\d\d:\d\d)", text)
    if match is None:
        raise ValueError(f"not an RFC 3339 time: {text!r}")
    moment, fraction, zone = match.groups()
    return datetime.fromisoformat(moment + ("+00:00" if zone == "Z" else zone)).timestamp() + float(fraction or 0)
