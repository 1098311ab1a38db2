"""Settled secrets for pure tests: every value says what it stands for, so a misplaced one is seen."""

from base64 import b64encode

from tradewind.assets import Assets, Pem, SettledSecrets, plain_assets, secret_assets
from tradewind.manifests.token import TokenValues
from tradewind.pki import catalog
from tradewind.spec import ClusterSpec

ENCRYPTION_KEY = b64encode(b"0123456789abcdef0123456789abcdef").decode()
TOKEN = TokenValues(id="abc123", secret="0123456789abcdef", expiration="2030-01-01T00:00:00Z")


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


def controller_assets(spec: ClusterSpec, index: int = 0) -> Assets:
    """Every asset of one controller."""
    name = spec.controllers[index].name
    return {**plain_assets(spec), **secret_assets(spec, settled_secrets(spec))[name]}
