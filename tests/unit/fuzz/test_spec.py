"""Arguments become a spec or one `SpecError`, whatever they are; nothing else is ever raised."""

import copy
import json
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.fuzzing import INJECTIONS, YAML_TRAPS, fuzz, texts, values
from tests.unit.bad_input.rows import CA
from tradewind.errors import SpecError
from tradewind.platforms.local.hosts import checked_spec, host_config
from tradewind.spec import cluster_spec
from tradewind.spec.documents import problems_of_document
from tradewind.spec.snippets import TranslationError

DIGEST = f"sha256:{'0' * 64}"
CLUSTER = {
    "name": "test",
    "kubernetes_version": "v1.36.2",
    "api_port": 6443,
    "networking": "flannel",
    "pod_cidr": "10.20.0.0/14",
    "service_cidr": "10.3.0.0/24",
    "cluster_domain": "cluster.local",
    "service_account_issuer": "https://issuer.example.com/test",
    "certificates": {
        "key_algorithm": "ecdsa-p256",
        "ca_validity_hours": 87600,
        "validity_hours": 8760,
        "early_renewal_hours": 2160,
        "etcd_ca": {"cert_pem": CA.certificate_pem, "private_key_pem": CA.key_pem},
    },
    "bootstrap_token": {"validity_hours": 2160, "early_renewal_hours": 720},
    "architecture": "amd64",
    "kubelet_image": {"registry": "quay.io/poseidon/kubelet", "version": "v1.36.2", "arch": "amd64"},
    "kubelet": {
        "max_pods": 30,
        "system_reserved": {"memory": "1Gi"},
        "reserved_system_cpus": "0-1",
        "eviction_hard": {"memory.available": "5%"},
        "shutdown_grace_period": "1m",
        "cpu_manager_policy": "static",
        "allowed_unsafe_sysctls": ["net.core.somaxconn"],
        "feature_gates": {"MemoryQoS": True},
    },
    "oidc": [
        {
            "issuer_url": "https://login.example.com/a",
            "audiences": ["kubernetes"],
            "ca_pem": CA.certificate_pem,
            "username_claim": "email",
            "username_prefix": "corp:",
            "groups_claim": "groups",
            "required_claims": {"hd": "example.com"},
            "claim_rules": [{"expression": "claims.email_verified == true", "message": "unverified"}],
            "user_rules": [{"expression": "user.username != 'corp:root'"}],
        }
    ],
    "control_plane_flags": {
        "kube_apiserver": {
            "flags": {"profiling": "true", "event-ttl": "2h"},
            "accept_risks": {"profiling": "a reason"},
        },
    },
    "etcd": {"heartbeat_interval": 100, "election_timeout": 1000},
    "registry_mirrors": [
        {
            "registry": "localhost:5000",
            "endpoints": [
                {"url": "https://mirror.example.com/a", "ca_pem": CA.certificate_pem, "unverified": "a reason"}
            ],
        }
    ],
    "proxy": {"https_proxy": "http://proxy.example.com:3128", "no_proxy": [".example.com", "10.0.0.0/8"]},
    "os_updates": {"strategy": "fleet-lock", "fleet_lock_url": "http://10.3.0.15:8080/lock"},
    "images": {"etcd": "registry.example.com/etcd:v3.7.3"},
    "coredns_replicas": 2,
    "daemonset_tolerations": ["example.com/gpu", "edge"],
    "api_servers": ["api.example.com", "10.1.0.10"],
    "controllers": [
        {"name": f"node-{n}", "etcd_name": f"etcd{n}.example.com", "addresses": [f"10.1.0.{n}"]} for n in range(3)
    ],
    "host_cidr": "10.1.0.0/24",
}
DOCUMENT = {
    "ignition": {"version": "3.4.0", "timeouts": {"httpTotal": 9}},
    "kernelArguments": {"shouldExist": ["quiet"]},
    "passwd": {"users": [{"name": "core", "sshAuthorizedKeys": ["ssh-ed25519 AAAA"]}]},
    "storage": {
        "directories": [{"path": "/srv/a", "mode": 448, "user": {"id": 1000}}],
        "disks": [{"device": "/dev/vdb", "partitions": [{"number": 1, "label": "a"}]}],
        "files": [{"path": "/etc/own", "contents": {"source": "data:,a%0A"}, "append": [{"source": "data:,b"}]}],
        "filesystems": [{"device": "/dev/vdb1", "path": "/srv/a", "format": "xfs", "mountOptions": ["ro"]}],
        "links": [{"path": "/etc/link", "target": "own"}],
    },
    "systemd": {"units": [{"name": "own.service", "dropins": [{"name": "1.conf", "contents": "[Unit]\n"}]}]},
}
SNIPPET = json.dumps(DOCUMENT)
LOCAL = {
    **{key: value for key, value in CLUSTER.items() if key not in ("api_servers", "controllers", "images")},
    "operating_system": "flatcar",
    "controllers": 3,
    "workers": 2,
    "controller_labels": {"example.com/rack": "a"},
    "worker_taints": [{"key": "edge", "effect": "NoExecute"}],
    "worker_pools": [
        {
            "name": "gpu",
            "workers": 1,
            "labels": {"example.com/gpu": "yes"},
            "taints": [{"key": "gpu", "value": "yes", "effect": "NoSchedule"}],
            "architecture": "arm64",
            "kubelet_image": {"registry": "localhost/kubelet", "tag": "v1", "digest": DIGEST, "unsupported": True},
            "kubelet": {"kube_reserved": {"cpu": "1"}, "image_gc_low_threshold_percent": 50},
            "snippets": [{"config": '{"ignition": {"version": "3.3.0"}, "passwd": {"groups": [{"name": "own"}]}}'}],
        }
    ],
    "controller_snippets": [{"config": SNIPPET}],
    "worker_snippets": [{"config": SNIPPET.replace("/etc/own", "/etc/hosts"), "replaces": ["/etc/hosts"]}],
    "machine_snippets": {"test-controller-1": [{"config": SNIPPET}], "test-gpu-0": []},
    "machine_command": ["python3", "-m", "machines"],
}
MAKE = {"cluster": (cluster_spec, CLUSTER), "local": (checked_spec, LOCAL)}
LONGEST_MESSAGE = 20_000

platforms = pytest.mark.parametrize("platform", MAKE)


def outcome(make, args) -> object:
    """The spec, or the message. Anything else that is raised fails the test."""
    try:
        return make(args)
    except SpecError as error:
        return str(error)


def check(make, args) -> object:
    first = outcome(make, args)
    assert outcome(make, copy.deepcopy(args)) == first
    if isinstance(first, str):
        lines = first.split("\n")
        assert int(lines[0].split()[0]) == len(lines) - 1
        assert len(first) <= LONGEST_MESSAGE
        assert all(line.isascii() and line.isprintable() for line in lines)
        assert "hunter2" not in first
        assert CA.key_pem.split("\n")[1] not in first
    return first


def places(value: object, path: tuple = ()) -> list[tuple]:
    """Paths of everything inside a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return (
        [path, *(place for key, each in inner for place in places(each, (*path, key)))]
        if path
        else [place for key, each in inner for place in places(each, (key,))]
    )


@st.composite
def mutated(draw, document: dict) -> dict:
    """Good arguments with one to three places that hold something else, are gone, or are there twice."""
    document = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 3))):
        *folders, last = draw(st.sampled_from(places(document)))
        place = document
        for key in folders:
            place = place[key]
        old = place[last]
        kind = draw(st.integers(0, 4))
        if kind == 0:
            del place[last]
        elif kind == 1 and isinstance(place, list):
            place.append(old)
        elif kind == 2 and isinstance(place, dict):
            place[draw(st.text(max_size=5) | st.none() | st.integers())] = place.pop(last)
        elif isinstance(old, str) and kind == 3:
            cut = draw(st.integers(0, len(old)))
            place[last] = old[:cut] + draw(st.sampled_from([*INJECTIONS, *YAML_TRAPS])) + old[cut:]
        else:
            place[last] = draw(values)
        if not document:
            break
    return document


@platforms
def test_the_good_arguments_are_good(platform):
    make, good = MAKE[platform]
    assert not isinstance(check(make, good), str)


@platforms
@fuzz(150)
@given(args=values)
def test_anything(platform, args):
    assert isinstance(check(MAKE[platform][0], args), str)


@platforms
@fuzz(400)
@given(data=st.data())
def test_nearly_good_arguments(platform, data):
    make, good = MAKE[platform]
    check(make, data.draw(mutated(good)))


@platforms
@fuzz(100)
@given(data=st.data())
def test_unknown_and_secret_fields_never_show_their_value(platform, data):
    make, good = MAKE[platform]
    name = data.draw(st.text(max_size=10).filter(lambda each: each not in good))
    section = data.draw(
        st.sampled_from(
            [
                "",
                "certificates",
                "kubelet_image",
                "bootstrap_token",
                "kubelet",
                "os_updates",
                "control_plane_flags",
                "etcd",
            ]
        )
    )
    args = copy.deepcopy(good)
    (args[section] if section else args).update({name: "hunter2"})
    args["certificates"]["etcd_ca"]["private_key_pem"] = "hunter2"
    assert isinstance(check(make, args), str)


def with_snippet(text):
    return {"name": "test", "worker_snippets": [{"config": text}]}


@fuzz(200)
@given(data=st.data())
def test_nearly_good_documents_as_snippets(data):
    document = data.draw(mutated(DOCUMENT))
    spec = check(checked_spec, with_snippet(json.dumps(document)))
    if not isinstance(spec, str):
        merged = json.loads(host_config(spec, spec.workers[0]).user_data())
        assert problems_of_document(merged, "") == []


@fuzz(150)
@given(text=texts, value=values)
def test_any_text_and_any_json_as_a_snippet(text, value):
    for given_text in (text, "{" + text, json.dumps(value), json.dumps({"ignition": value})):
        assert isinstance(check(checked_spec, with_snippet(given_text)), str)


@fuzz(100)
@given(text=texts, answer=texts | values.map(json.dumps))
def test_whatever_butane_says(text, answer):
    def answers(_):
        return answer

    def refuses(_):
        raise TranslationError(answer)

    butane = f"variant: fcos\nversion: 1.5.0\n{text}"
    for translate in (answers, refuses):
        assert isinstance(check(partial(checked_spec, translate=translate), with_snippet(butane)), str)
