"""Kubeconfigs are what kubectl and client libraries read."""

from base64 import b64decode

import pytest
import yaml

from tradewind.kubeconfig import ClientCertificate, Token, kubeconfig

CERTIFICATE = ClientCertificate("CERTIFICATE\n", "KEY\n")


def parsed(credential=CERTIFICATE, **changes):
    values = {"cluster": "test", "user": "admin", "server": "https://test.example.com:6443", "ca_pem": "CA\n"} | changes
    return yaml.safe_load(kubeconfig(**values, credential=credential))


def test_the_current_context_leads_to_the_cluster_and_the_user():
    document = parsed()
    assert (document["apiVersion"], document["kind"]) == ("v1", "Config")
    (context,) = document["contexts"]
    assert document["current-context"] == context["name"] == "admin@test"
    (cluster,), (user,) = document["clusters"], document["users"]
    assert context["context"] == {"cluster": cluster["name"], "user": user["name"]}
    assert cluster["cluster"]["server"] == "https://test.example.com:6443"
    assert b64decode(cluster["cluster"]["certificate-authority-data"]) == b"CA\n"


def test_a_certificate_and_its_key():
    (user,) = parsed()["users"]
    assert {key: b64decode(value) for key, value in user["user"].items()} == {
        "client-certificate-data": b"CERTIFICATE\n",
        "client-key-data": b"KEY\n",
    }


@pytest.mark.parametrize("token", ["abc123.0123456789abcdef", "012345.0123456789012345", "123456.1234567890123456"])
def test_a_token_stays_text(token):
    (user,) = parsed(Token(token))["users"]
    assert user["user"] == {"token": token}


@pytest.mark.parametrize("name", ["on", "123", "1e3", "null"])
def test_names_that_yaml_could_take_for_something_else_stay_text(name):
    document = parsed(cluster=name)
    assert document["clusters"][0]["name"] == name
    assert document["contexts"][0]["context"]["cluster"] == name
