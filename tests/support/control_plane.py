"""Settled secrets: for pure tests such as say what they stand for, so that a misplaced one is seen; for programs real
ones.
"""

from base64 import b64encode

from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.support.certificates import Pair, make_ca, make_leaf
from tradewind.assets import Assets, Pem, SettledSecrets, plain_assets, secret_assets
from tradewind.manifests.token import TokenValues
from tradewind.pki import catalog
from tradewind.pki.catalog import Usage
from tradewind.spec import ClusterSpec

ENCRYPTION_KEY = b64encode(b"0123456789abcdef0123456789abcdef").decode()
TOKEN = TokenValues(id="abc123", secret="0123456789abcdef", expiration="2030-01-01T00:00:00Z")


_USAGES = {Usage.SERVER: ExtendedKeyUsageOID.SERVER_AUTH, Usage.CLIENT: ExtendedKeyUsageOID.CLIENT_AUTH}


def pem(name: str) -> Pem:
    return Pem(f"certificate of {name}\n", f"key of {name}\n")


def settled_secrets(spec: ClusterSpec) -> SettledSecrets:
    return SettledSecrets(
        authorities={record.authority: pem(record.name) for record in catalog.authorities(spec)},
        certificates={record.name: pem(record.name) for record in catalog.certificates(spec)},
        service_account=pem("service-account"),
        token=TOKEN,
        encryption_key=ENCRYPTION_KEY,
    )


def issued_secrets(spec: ClusterSpec) -> SettledSecrets:
    """Real keys and certificates, as the catalogue lists them."""
    authorities = {each.authority: make_ca(each.subject.common_name) for each in catalog.authorities(spec)}
    account = make_leaf(next(iter(authorities.values())), "service-account")
    certificates = {
        each.name: make_leaf(
            authorities[each.authority],
            each.subject.common_name,
            organization=each.subject.organization or "",
            addresses=(*each.dns_names, *each.ip_addresses),
            usages=tuple(_USAGES[usage] for usage in each.extended_usages),
        )
        for each in catalog.certificates(spec)
    }
    return SettledSecrets(
        authorities={name: _settled(pair) for name, pair in authorities.items()},
        certificates={name: _settled(pair) for name, pair in certificates.items()},
        service_account=Pem(account.public_key_pem, account.key_pem),
        token=TOKEN,
        encryption_key=ENCRYPTION_KEY,
    )


def _settled(pair: Pair) -> Pem:
    return Pem(pair.certificate_pem, pair.key_pem)


def controller_assets(spec: ClusterSpec, index: int = 0) -> Assets:
    """Every asset of one controller."""
    name = spec.controllers[index].name
    return {**plain_assets(spec), **secret_assets(spec, settled_secrets(spec))[name]}
