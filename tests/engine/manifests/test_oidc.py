"""A real API server takes tokens of a real issuer as its rendered file says, and reads a changed file by itself."""

import json
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.apiserver import ApiServer, running_api_server
from tests.support.oidc import Issuer, running_issuer
from tests.support.waiting import until
from tests.unit.arguments import arguments
from tradewind.manifests.api_config import authentication
from tradewind.serialize import to_yaml
from tradewind.spec import cluster_spec

REVIEW = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
HOUR = 3600


def rendered(*issuers: dict) -> str:
    return to_yaml(authentication(cluster_spec(arguments(oidc=list(issuers))).oidc))


def options(issuer: Issuer, **changes: object) -> dict:
    return {
        "issuer_url": issuer.url,
        "audiences": ["kubernetes", "kubelogin"],
        "ca_pem": issuer.ca.certificate_pem,
        "username_prefix": "corp:",
        "groups_claim": "groups",
        "groups_prefix": "team:",
        "required_claims": {"hd": "example.com"},
        "claim_rules": [{"expression": "claims.exp - claims.iat <= 86400", "message": "a day at most"}],
        "user_rules": [{"expression": "!user.username.startsWith('corp:admin')"}],
        **changes,
    }


@dataclass(frozen=True)
class Login:
    """An API server and two issuers, of which the second has nothing but its defaults."""

    server: ApiServer
    file: Path
    first: Issuer
    second: Issuer

    def who(self, token: str) -> tuple[int, dict]:
        """Status, and name and groups that the API server sees."""
        request = urllib.request.Request(  # noqa: S310 - an https URL of this test
            f"{self.server.url}/apis/authentication.k8s.io/v1/selfsubjectreviews",
            data=json.dumps(REVIEW).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        context = ssl.create_default_context(cadata=self.server.ca.certificate_pem)
        try:
            with urllib.request.urlopen(request, context=context, timeout=10) as response:  # noqa: S310
                return response.status, json.load(response)["status"]["userInfo"]
        except urllib.error.HTTPError as error:
            return error.code, {}

    def token(self, **changes: object) -> str:
        """A good token of the first issuer, but for these claims; None leaves one out."""
        now = int(time.time())
        claims = {"sub": "ann", "aud": "kubernetes", "hd": "example.com", "iat": now, "exp": now + HOUR, **changes}
        return self.first.token(**{name: value for name, value in claims.items() if value is not None})


@pytest.fixture(scope="module", name="login")
def fixture_login(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Login]:
    folders = [tmp_path_factory.mktemp(name) for name in ("first", "second", "apiserver")]
    file = folders[2] / "authentication.yaml"
    with running_issuer(folders[0]) as first, running_issuer(folders[1]) as second:
        plain = {"issuer_url": second.url, "audiences": ["ci"], "ca_pem": second.ca.certificate_pem}
        file.write_text(rendered(options(first), plain))
        with running_api_server(folders[2], authentication=file) as server:
            made = Login(server, file, first, second)
            # It asks an issuer for its keys in the background.
            until(lambda: made.who(made.token())[0] == 201)
            yield made


def test_a_user_has_a_name_and_groups_with_their_prefixes(login: Login) -> None:
    status, user = login.who(login.token(groups=["dev", "system:masters"]))
    assert status == 201
    assert user["username"] == "corp:ann"
    assert user["groups"] == ["team:dev", "team:system:masters", "system:authenticated"]


def test_another_audience_of_the_list_is_taken(login: Login) -> None:
    assert login.who(login.token(aud=["other", "kubelogin"]))[0] == 201


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "other"},
        {"aud": None},
        {"hd": "example.org"},
        {"hd": None},
        {"exp": 1},
        {"exp": 4102444800},
        {"sub": "admin-ann"},
        {"sub": None},
        {"iss": "https://127.0.0.1:1"},
    ],
    ids=str,
)
def test_what_breaks_a_rule_is_nobody(login: Login, changes: dict) -> None:
    assert login.who(login.token(**changes)) == (401, {})


def test_a_token_of_another_key_is_nobody(login: Login) -> None:
    header, claims, _ = login.token().split(".")
    other = login.second.token(sub="ann").rpartition(".")[2]
    assert login.who(f"{header}.{claims}.{other}") == (401, {})


def test_by_default_the_issuer_is_in_the_name(login: Login) -> None:
    token = login.second.token(sub="system:admin", aud="ci", exp=int(time.time()) + HOUR, groups=["system:masters"])
    _, user = until(lambda: (found := login.who(token))[0] == 201 and found)
    assert user["username"] == f"{login.second.url}#system:admin"
    assert user["groups"] == ["system:authenticated"]


def test_a_changed_file_is_read_without_a_restart(login: Login) -> None:
    assert login.who(login.token(aud="later"))[0] == 401
    login.file.write_text(rendered(options(login.first, audiences=["later"])))
    until(lambda: login.who(login.token(aud="later"))[0] == 201, seconds=120)
    assert login.who(login.token())[0] == 401
