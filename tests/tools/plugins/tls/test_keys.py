"""The stand-in `tls` plugin: private keys in every spelling."""

import hashlib
import subprocess

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
    load_ssh_private_key,
    load_ssh_public_key,
)

from tests.support.tls_plugin import ECDSA, KEY, MADE_WITH_A_KEY, SELF, certificate, extension
from tools.plugins.base.values import Secret, reveal


@pytest.mark.parametrize(
    ("inputs", "kind", "preamble"),
    [
        ({"algorithm": "RSA"}, rsa.RSAPrivateKey, "RSA PRIVATE KEY"),
        (ECDSA, ec.EllipticCurvePrivateKey, "EC PRIVATE KEY"),
        ({"algorithm": "ECDSA", "ecdsaCurve": "P521"}, ec.EllipticCurvePrivateKey, "EC PRIVATE KEY"),
        ({"algorithm": "ED25519"}, ed25519.Ed25519PrivateKey, "PRIVATE KEY"),
    ],
)
def test_key_spellings(plugin, tmp_path, inputs, kind, preamble):
    made = plugin.create(KEY, inputs)
    secret = {"privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh"}
    assert {name for name, value in made.outputs.items() if isinstance(value, Secret)} == secret
    outputs = reveal(made.outputs)
    private = load_pem_private_key(outputs["privateKeyPem"].encode(), None)
    assert isinstance(private, kind)
    assert outputs["privateKeyPem"].startswith(f"-----BEGIN {preamble}-----\n")
    assert outputs["privateKeyPemPkcs8"].startswith("-----BEGIN PRIVATE KEY-----\n")
    assert outputs["privateKeyOpenssh"].startswith("-----BEGIN OPENSSH PRIVATE KEY-----\n")
    der = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    others = [
        load_pem_private_key(outputs["privateKeyPemPkcs8"].encode(), None).public_key(),
        load_ssh_private_key(outputs["privateKeyOpenssh"].encode(), None).public_key(),
        load_pem_public_key(outputs["publicKeyPem"].encode()),
        load_ssh_public_key(outputs["publicKeyOpenssh"].encode()),
    ]
    for other in others:
        assert other.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) == der
    for name in (*secret, "publicKeyPem", "publicKeyOpenssh"):
        assert outputs[name].endswith("\n")
        assert not outputs[name].endswith("\n\n")
    longest = max(map(len, outputs["privateKeyOpenssh"].splitlines()[1:-1]))
    assert longest <= 64
    assert made.id == outputs["id"] == hashlib.sha1(der.strip(b" \t\n\v\f\r")).hexdigest()  # noqa: S324


@pytest.mark.parametrize("inputs", [{"algorithm": "RSA"}, ECDSA, {"algorithm": "ED25519"}])
def test_fingerprints_are_those_of_openssh(plugin, tmp_path, inputs):
    outputs = plugin.create(KEY, inputs).outputs
    (tmp_path / "key.pub").write_text(outputs["publicKeyOpenssh"])

    def fingerprint(kind):
        command = ["ssh-keygen", "-l", "-E", kind, "-f", tmp_path / "key.pub"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[1]

    assert outputs["publicKeyFingerprintSha256"] == fingerprint("sha256")
    assert "MD5:" + outputs["publicKeyFingerprintMd5"] == fingerprint("md5")


def test_key_defaults_are_in_the_outputs_only(plugin):
    made = plugin.create(KEY, {"algorithm": "ED25519"})
    assert made.inputs == {"algorithm": "ED25519"}
    assert made.outputs["rsaBits"] == 2048
    assert made.outputs["ecdsaCurve"] == "P224"
    assert made.outputs["__meta"] == '{"schema_version":"1"}'


def test_p224_has_no_openssh_form(plugin):
    outputs = reveal(plugin.create(KEY, {"algorithm": "ECDSA"}).outputs)
    empty = ["privateKeyOpenssh", "publicKeyOpenssh", "publicKeyFingerprintMd5", "publicKeyFingerprintSha256"]
    assert [outputs[name] for name in empty] == [""] * 4


@pytest.mark.parametrize(
    ("change", "replaces"),
    [
        ({"algorithm": "RSA"}, ["algorithm"]),
        ({"ecdsaCurve": "P384"}, ["ecdsaCurve"]),
        ({"rsaBits": 4096}, ["rsaBits"]),
    ],
)
def test_a_changed_key_is_another_key(plugin, change, replaces):
    made = plugin.create(KEY, ECDSA)
    answer = plugin.diff(made, ECDSA | change)
    assert list(answer.replaces) == replaces
    assert sorted(answer.diffs) == sorted([*replaces, *MADE_WITH_A_KEY])
    assert not answer.deleteBeforeReplace


def test_get_public_key(plugin):
    made = plugin.create(KEY, ECDSA)
    outputs = reveal(made.outputs)
    public = {name: outputs[name] for name in MADE_WITH_A_KEY if name.startswith("publicKey") or name == "id"}
    for given in ("privateKeyPem", "privateKeyOpenssh"):
        result = plugin.invoke("tls:index/getPublicKey:getPublicKey", {given: outputs[given]})
        assert result == public | {given: Secret(outputs[given]), "algorithm": "ECDSA"}
    with pytest.raises(grpc.RpcError, match="Exactly one of"):
        plugin.invoke("tls:index/getPublicKey:getPublicKey", {})


def test_keys_cannot_be_imported(plugin):
    with pytest.raises(grpc.RpcError, match="cannot be imported"):
        plugin.read(KEY, "abc")


@pytest.mark.parametrize("algorithm", ["RSA", "ECDSA", "ED25519"])
def test_key_ids_are_the_hash_of_the_key(plugin, ca_inputs, algorithm):
    key = plugin.create(KEY, {"algorithm": algorithm, "ecdsaCurve": "P384"})
    made = plugin.create(SELF, ca_inputs | {"privateKeyPem": reveal(key.outputs)["privateKeyPem"]})
    public = certificate(made).public_key()
    if algorithm == "ED25519":
        content = b"\x04\x20" + public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        expected = hashlib.sha1(content).digest()  # noqa: S324
    else:
        expected = x509.SubjectKeyIdentifier.from_public_key(public).digest
    assert extension(made, x509.SubjectKeyIdentifier).value.digest == expected
