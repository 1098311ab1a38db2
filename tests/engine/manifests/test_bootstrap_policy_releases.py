"""The policies of bootstrap tokens on an API server of each release: their expressions mean the same everywhere."""

from tests.engine.manifests.test_bootstrap_policy import ALIVE, FORM, PLAIN, ask, user, with_forms, with_names
from tests.support.apiserver import ApiServer
from tests.support.signing_requests import new_key, signed, subject


def test_each_release_refuses_and_takes_the_same(server: ApiServer) -> None:
    with with_forms(server), with_names(server):
        assert f"node {ALIVE} is alive" in ask(server, PLAIN)
        assert FORM in ask(server, signed(subject("kubernetes-admin"), new_key()))
        assert ask(server, signed(subject(user("new")), new_key())) == ""
