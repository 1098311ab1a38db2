"""`ControlPlane`: keys, token, kubeconfigs, manifests of one cluster, without any machine.

Reads: `ClusterArgs`. Makes: the asset map, whole or per host. The counterpart of terraform-render-bootstrap; usable
alone by people who bring their own machines.
"""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_random as random

from tradewind import naming
from tradewind.args import CertificateAuthorityArgs, ClusterArgs
from tradewind.assets import (
    BOOTSTRAP_KUBECONFIG_ASSET,
    Assets,
    Pem,
    SettledSecrets,
    admin_kubeconfig,
    digest_of,
    objects_of,
    plain_assets,
    secret_assets,
    worker_assets,
)
from tradewind.bootstrap_token import BootstrapToken
from tradewind.manifests import token as bootstrap_token
from tradewind.manifests.token import TokenValues
from tradewind.pki import catalog
from tradewind.pki.assets import ClusterPki, IssuedCertificate, Pki
from tradewind.pki.catalog import Authority
from tradewind.serialize import Object, to_yaml
from tradewind.spec import ClusterSpec, cluster_spec

_ENCRYPTION_KEY_CHARACTERS = 32
"""secretbox takes 32 bytes; 32 random letters and digits hold 190 bits."""


class ControlPlane(pulumi.ComponentResource):
    """Everything that makes machines a cluster: certificates, token, kubeconfigs, static pods, manifests."""

    assets: pulumi.Output[Mapping[str, Mapping[str, str]]]
    """Content by controller name and asset path. Secret. Not kept in the state: every run derives it again."""
    kubeconfig: pulumi.Output[str]
    """The administrator's kubeconfig for the first API server name. Secret.

    Its rights are one of the cluster's objects, so the first apply needs `auth/super-admin.conf` of the assets instead.
    """
    bootstrap_kubeconfig: pulumi.Output[str]
    """The kubeconfig with which new nodes join. Secret."""
    ca_cert_pem: pulumi.Output[str]
    """Certificate of the Kubernetes authority."""
    certificates_not_after: pulumi.Output[Mapping[str, str]]
    """End of validity of every certificate, RFC 3339, by name."""
    bootstrap_token_expiration: pulumi.Output[str]
    """End of validity of the bootstrap token, RFC 3339."""

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the control plane called `name`.

        Raises:
            SpecError: with every problem of `args`, before any resource is registered.
        """
        spec = cluster_spec(args)
        super().__init__("tradewind:index:ControlPlane", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.spec: ClusterSpec = spec
        self.token = BootstrapToken(naming.child(name, "bootstrap-token"), spec.bootstrap_token, child)
        self.plain_assets: Assets = plain_assets(spec)
        pki = Pki(naming.child(name, "pki"), spec, _own_authorities(args), child).issued
        encryption_key = random.RandomPassword(
            naming.child(name, "encryption-key"), length=_ENCRYPTION_KEY_CHARACTERS, special=False, opts=child
        )
        self._authority = pki.authorities[Authority.KUBERNETES]
        self._admin = pki.certificates[catalog.ADMIN]
        self.secret_assets: pulumi.Output[dict[str, Assets]] = pulumi.Output.secret(
            _settle(pki, self.token, encryption_key.result).apply(lambda secrets: secret_assets(spec, secrets))
        )
        self._register(pki)

    def _register(self, pki: ClusterPki) -> None:
        plain = self.plain_assets
        self.assets = self.secret_assets.apply(
            lambda controllers: {name: {**plain, **assets} for name, assets in controllers.items()}
        )
        self.kubeconfig = self.admin_kubeconfig(self.spec.api_url)
        self.bootstrap_kubeconfig = self.worker_assets.apply(lambda assets: assets[BOOTSTRAP_KUBECONFIG_ASSET])
        self.ca_cert_pem = self._authority.cert_pem
        self.certificates_not_after = pki.not_after()
        self.bootstrap_token_expiration = self.token.expiration
        # Only what is small: a backend that keeps a stack in one file writes all of it at every step. The asset map is
        # derived from what the state holds already, and a program, in any language, gets it from this object.
        self.register_outputs(
            {
                "kubeconfig": self.kubeconfig,
                "bootstrap_kubeconfig": self.bootstrap_kubeconfig,
                "ca_cert_pem": self.ca_cert_pem,
                "certificates_not_after": self.certificates_not_after,
                "bootstrap_token_expiration": self.bootstrap_token_expiration,
            }
        )

    @property
    def token_secret(self) -> pulumi.Output[Object]:
        """The Secret of the bootstrap token, as it is in the cluster. Secret."""
        return pulumi.Output.secret(_token_value(self.token).apply(bootstrap_token.secret))

    @property
    def objects_digest(self) -> pulumi.Output[str]:
        """Changes whenever an object that bootstrap.service applies does. Not secret."""
        plain = objects_of(self.plain_assets)
        digest: pulumi.Output[str] = self.token_secret.apply(
            lambda token: digest_of({**plain, "token": to_yaml(token)})
        )
        return pulumi.Output.unsecret(digest)

    @property
    def worker_assets(self) -> pulumi.Output[Assets]:
        """What every worker gets: the cluster's authority and the bootstrap kubeconfig. Secret."""
        values = pulumi.Output.all(ca_pem=self._authority.cert_pem, token=_token_value(self.token))
        return pulumi.Output.secret(values.apply(lambda known: worker_assets(self.spec, **known)))

    def admin_kubeconfig(self, server: str) -> pulumi.Output[str]:
        """The administrator's kubeconfig for an API server at the URL `server`. Secret."""
        values = pulumi.Output.all(ca_pem=self._authority.cert_pem, admin=_pem(self._admin))
        return pulumi.Output.secret(values.apply(lambda known: admin_kubeconfig(self.spec, server=server, **known)))


def _settle(
    pki: ClusterPki, token: BootstrapToken, encryption_key: pulumi.Output[str]
) -> pulumi.Output[SettledSecrets]:
    """All generated values as one settled object."""
    values: dict[str, Any] = {
        "service_account": pulumi.Output.all(
            cert_pem=pki.service_account_public_key, private_key_pem=pki.service_account_private_key
        ),
        "token": _token_value(token),
        "encryption_key": encryption_key,
        "authorities": pulumi.Output.all(**{each.value: _pem(pem) for each, pem in pki.authorities.items()}),
        "certificates": pulumi.Output.all(**{name: _pem(pem) for name, pem in pki.certificates.items()}),
    }
    return pulumi.Output.all(**values).apply(_settled)


def _settled(values: Mapping[str, Any]) -> SettledSecrets:
    return SettledSecrets(
        authorities={Authority(name): pem for name, pem in values["authorities"].items()},
        certificates=values["certificates"],
        service_account=Pem(**values["service_account"]),
        token=values["token"],
        encryption_key=b64encode(values["encryption_key"].encode()).decode(),
    )


def _pem(issued: IssuedCertificate) -> pulumi.Output[Pem]:
    values = pulumi.Output.all(cert_pem=issued.cert_pem, private_key_pem=issued.private_key_pem)
    return values.apply(lambda known: Pem(**known))


def _token_value(token: BootstrapToken) -> pulumi.Output[TokenValues]:
    values = pulumi.Output.all(id=token.token_id, secret=token.token_secret, expiration=token.expiration)
    return values.apply(lambda known: TokenValues(**known))


def _own_authorities(args: ClusterArgs) -> dict[Authority, CertificateAuthorityArgs]:
    """The authorities that the user brings, by the argument `<authority>_ca`."""
    certificates: Mapping[str, Any] = args.get("certificates", {})
    return {
        authority: certificates[f"{authority.value}_ca"]
        for authority in Authority
        if f"{authority.value}_ca" in certificates
    }
