import base64
import json

import pytest

from tools.plugins.kubernetes import kubeconfig
from tools.plugins.kubernetes.kubeconfig import Endpoint, KubeconfigError, Overrides, endpoint, load


def b64(text):
    return base64.b64encode(text.encode()).decode()


def config(cluster=None, user=None, context=None, **more):
    return {
        "clusters": [
            {"name": "c", "cluster": {"server": "https://one:6443/"} | (cluster or {})},
            {"name": "d", "cluster": {"server": "https://two:6443"}},
        ],
        "users": [{"name": "u", "user": {"token": "t"} if user is None else user}],
        "contexts": [
            {"name": "x", "context": {"cluster": "c", "user": "u"} | (context or {})},
            {"name": "y", "context": {"cluster": "d", "user": "u", "namespace": "ny"}},
        ],
        "current-context": "x",
    } | more


def test_the_current_context_gives_server_and_credentials():
    cluster = {"certificate-authority-data": b64("CA"), "tls-server-name": "api", "insecure-skip-tls-verify": False}
    user = {"client-certificate-data": b64("CERT"), "client-key-data": b64("KEY")}
    assert endpoint(config(cluster, user), Overrides()) == Endpoint(
        server="https://one:6443", ca="CA", certificate="CERT", key="KEY", tls_server_name="api"
    )


def test_overrides_win():
    found = endpoint(config(), Overrides(context="y"))
    assert (found.server, found.namespace) == ("https://two:6443", "ny")
    found = endpoint(config(), Overrides(cluster="d", namespace="mine"))
    assert (found.server, found.namespace) == ("https://two:6443", "mine")


def test_credentials_in_files_are_relative_to_the_kubeconfig(tmp_path):
    (tmp_path / "ca.crt").write_text("CA")
    (tmp_path / "token").write_text("from-file\n")
    path = tmp_path / "config"
    path.write_text(
        "clusters: [{name: c, cluster: {server: 'https://s', certificate-authority: ca.crt}}]\n"
        "users: [{name: u, user: {tokenFile: token}}]\n"
        "contexts: [{name: x, context: {cluster: c, user: u}}]\n"
        "current-context: x\n"
    )
    found = endpoint(load(str(path)), Overrides())
    assert (found.ca, found.token) == ("CA", "from-file")


def test_a_home_path_is_expanded(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "config").write_text('{"current-context": "here"}')
    assert load("~/config")["current-context"] == "here"


def test_long_content_is_not_taken_for_a_path():
    assert load('{"current-context": "' + "x" * 5000 + '"}')["current-context"] == "x" * 5000


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (config(user={"exec": {"command": "aws"}}), "`exec`"),
        (config(user={"auth-provider": {"name": "gcp"}}), "`auth-provider`"),
        (config(user={"as": "someone"}), "impersonation"),
        (config(cluster={"proxy-url": "http://p"}), "`proxy-url`"),
        (config(cluster={"certificate-authority-data": "!"}), "`certificate-authority-data`"),
        (config(user={"client-key": "/does/not/exist"}), "cannot read /does/not/exist"),
        (config(**{"current-context": "z"}), 'context "z" does not exist'),
        (config(context={"cluster": "none"}), "no configuration has been provided"),
        ({}, "no configuration has been provided"),
    ],
)
def test_what_cannot_be_used_is_an_error_that_names_it(made, message):
    with pytest.raises(KubeconfigError, match=message):
        endpoint(made, Overrides())


def test_an_error_in_the_text_does_not_show_it():
    with pytest.raises(KubeconfigError) as raised:
        load("token: secret-token\n\tbad: [")
    assert "secret-token" not in str(raised.value)
    assert "line 2" in str(raised.value)


def test_credentials_are_not_in_the_representation():
    found = endpoint(config(user={"token": "hidden-token"}), Overrides())
    assert "hidden-token" not in repr(found)


def test_ambient_files_merge_and_the_first_context_wins(tmp_path, monkeypatch):
    for name in ("one", "two"):
        cluster = {"name": name, "cluster": {"server": f"https://{name}"}}
        context = {"name": name, "context": {"cluster": name, "user": "u"}}
        text = json.dumps({"clusters": [cluster], "contexts": [context], "current-context": name})
        (tmp_path / name).write_text(text)
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path / 'one'}:{tmp_path / 'two'}:{tmp_path / 'missing'}")
    found = kubeconfig.ambient()
    assert endpoint(found, Overrides()).server == "https://one"
    assert endpoint(found, Overrides(context="two")).server == "https://two"
