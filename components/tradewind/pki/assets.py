"""Turns the certificate list into resources of the tls package.

Reads: `ClusterSpec` and the user's own authorities. Makes: `ClusterPki`, typed outputs per record.
A certificate inside its renewal window is replaced by any `up`; its key stays.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pulumi
import pulumi_tls as tls

from tradewind import naming
from tradewind.choices import KeyAlgorithm
from tradewind.pki import catalog
from tradewind.pki.catalog import Authority, AuthorityRecord, CertificateRecord, Subject, Usage
from tradewind.spec import ClusterSpec
from tradewind.spec.validate import checked_authority_key

if TYPE_CHECKING:
    from tradewind.args import CertificateAuthorityArgs

_RSA_BITS = {KeyAlgorithm.RSA_2048: 2048, KeyAlgorithm.RSA_3072: 3072, KeyAlgorithm.RSA_4096: 4096}


@dataclass(frozen=True)
class IssuedCertificate:
    """A certificate and its key as they come out of the engine."""

    cert_pem: pulumi.Output[str]
    private_key_pem: pulumi.Output[str]
    """Secret."""
    not_after: pulumi.Output[str] | None
    """End of validity, RFC 3339; None for an authority of the user's own."""


@dataclass(frozen=True)
class ClusterPki:
    """Every key and certificate of a cluster."""

    authorities: Mapping[Authority, IssuedCertificate]
    certificates: Mapping[str, IssuedCertificate]
    """By the record's name."""
    service_account_private_key: pulumi.Output[str]
    """Secret; signs service account tokens."""
    service_account_public_key: pulumi.Output[str]

    def not_after(self) -> pulumi.Output[dict[str, str]]:
        """End of validity of every certificate that this library renews, by name."""
        issued = {f"{authority.value}-ca": issued for authority, issued in self.authorities.items()}
        issued.update(self.certificates)
        dates = {name: each.not_after for name, each in issued.items() if each.not_after is not None}
        return pulumi.Output.all(**dates).apply(lambda known: dict(sorted(known.items())))


class Pki(pulumi.ComponentResource):
    """The authorities, certificates and key pairs of one cluster."""

    def __init__(
        self,
        name: str,
        spec: ClusterSpec,
        own: Mapping[Authority, "CertificateAuthorityArgs"],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make one resource tree for `spec`; `own` holds the authorities that the user brings."""
        super().__init__("tradewind:index:Pki", name, None, opts)
        issuer = _Issuer(name, spec, pulumi.ResourceOptions(parent=self))
        for authority in catalog.authorities(spec):
            if authority.authority in own:
                issuer.adopt(authority.authority, own[authority.authority])
            else:
                issuer.self_sign(authority)
        service_account = issuer.key(catalog.SERVICE_ACCOUNT.name)
        self.issued = ClusterPki(
            authorities=issuer.authorities,
            certificates={record.name: issuer.sign(record) for record in catalog.certificates(spec)},
            service_account_private_key=service_account.private_key_pem,
            service_account_public_key=service_account.public_key_pem,
        )
        self.register_outputs({})


@dataclass
class _Issuer:
    """Makes the resources of one cluster under one parent."""

    name: str
    spec: ClusterSpec
    opts: pulumi.ResourceOptions
    authorities: dict[Authority, IssuedCertificate] = field(default_factory=dict)

    def key(self, name: str) -> tls.PrivateKey:
        algorithm = self.spec.certificates.key_algorithm
        resource_name = naming.private_key(self.name, name)
        if algorithm in _RSA_BITS:
            return tls.PrivateKey(resource_name, algorithm="RSA", rsa_bits=_RSA_BITS[algorithm], opts=self.opts)
        return tls.PrivateKey(resource_name, algorithm="ECDSA", ecdsa_curve="P256", opts=self.opts)

    def adopt(self, authority: Authority, own: "CertificateAuthorityArgs") -> None:
        # What was not known yet when the arguments were checked is checked before anything is signed.
        key = pulumi.Output.all(**own).apply(lambda known: checked_authority_key(f"{authority.value}_ca", known))
        self.authorities[authority] = IssuedCertificate(
            cert_pem=pulumi.Output.from_input(own["cert_pem"]),
            private_key_pem=pulumi.Output.secret(key),
            not_after=None,
        )

    def self_sign(self, record: AuthorityRecord) -> None:
        key, lifetimes = self.key(record.name), self.spec.certificates
        certificate = tls.SelfSignedCert(
            naming.certificate(self.name, record.name),
            private_key_pem=key.private_key_pem,
            is_ca_certificate=True,
            subject=tls.SelfSignedCertSubjectArgs(**_names(record.subject)),
            allowed_uses=[usage.value for usage in record.usages],
            validity_period_hours=lifetimes.ca_validity_hours,
            # Of the same key, so that what the one before has signed stays valid.
            early_renewal_hours=min(lifetimes.early_renewal_hours, lifetimes.ca_validity_hours // 4),
            set_subject_key_id=True,
            opts=self.opts,
        )
        self.authorities[record.authority] = IssuedCertificate(
            cert_pem=certificate.cert_pem,
            private_key_pem=key.private_key_pem,
            not_after=certificate.validity_end_time,
        )

    def sign(self, record: CertificateRecord) -> IssuedCertificate:
        key = self.key(record.name)
        request = tls.CertRequest(
            naming.certificate_request(self.name, record.name),
            private_key_pem=key.private_key_pem,
            subject=tls.CertRequestSubjectArgs(**_names(record.subject)),
            dns_names=list(record.dns_names) or None,
            ip_addresses=list(record.ip_addresses) or None,
            opts=self.opts,
        )
        authority = self.authorities[record.authority]
        certificate = tls.LocallySignedCert(
            naming.certificate(self.name, record.name),
            ca_cert_pem=authority.cert_pem,
            ca_private_key_pem=authority.private_key_pem,
            cert_request_pem=request.cert_request_pem,
            allowed_uses=[usage.value for usage in (*self._key_usages(), *record.extended_usages)],
            validity_period_hours=self.spec.certificates.validity_hours,
            early_renewal_hours=self.spec.certificates.early_renewal_hours,
            opts=self.opts,
        )
        return IssuedCertificate(
            cert_pem=certificate.cert_pem,
            private_key_pem=key.private_key_pem,
            not_after=certificate.validity_end_time,
        )

    def _key_usages(self) -> tuple[Usage, ...]:
        """Only RSA keys encipher keys (RFC 5480, section 3: an EC key for signatures must not say so)."""
        if self.spec.certificates.key_algorithm in _RSA_BITS:
            return (Usage.DIGITAL_SIGNATURE, Usage.KEY_ENCIPHERMENT)
        return (Usage.DIGITAL_SIGNATURE,)


def _names(subject: Subject) -> dict[str, str]:
    names = {"common_name": subject.common_name, "organization": subject.organization}
    return {key: value for key, value in names.items() if value}
