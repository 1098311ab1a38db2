"""Checks of the CIS benchmark that are more than a flag or a mode: policies, credentials, what pods may be."""

import base64
from typing import Any

import yaml
from cryptography import x509
from cryptography.x509.oid import NameOID

from tests.cluster.cis.audit import KUBELET_CONFIG, Accept, Audit, Check
from tests.cluster.conftest import CONTROLLER, WORKER
from tradewind.serialize import to_yaml

CSR_ROLES = "system:certificates.k8s.io:certificatesigningrequests"


def etcd_data(accept: Accept) -> Check:
    """The folder in etcd's argument `--data-dir`, which is where kube-bench reads it."""

    def check(audit: Audit) -> list[str]:
        folder = audit.flags(CONTROLLER, "etcd").get("data-dir", "missing")
        found = audit.files(CONTROLLER).get(folder)
        return [] if found and accept(found) else [f"{folder}: {found}"]

    return check


def encryption_provider(audit: Audit) -> list[str]:
    """The first provider in the file that the API server's flag names."""
    config = audit.document(CONTROLLER, audit.flags(CONTROLLER, "kube-apiserver")["encryption-provider-config"])
    ((resource),) = config["resources"]
    (first,) = resource["providers"][0]
    fine = first in {"aescbc", "kms", "secretbox"} and "secrets" in resource["resources"]
    return [] if fine else [f"{first} for {resource['resources']}"]


def etcd_authority(audit: Audit) -> list[str]:
    """The authority that etcd trusts is not the cluster's."""
    path = audit.flags(CONTROLLER, "etcd").get("trusted-ca-file", "missing")
    etcd = audit.run(CONTROLLER, f"cat {path}")
    cluster = audit.run(CONTROLLER, f"cat {audit.flags(CONTROLLER, 'kube-apiserver')['client-ca-file']}")
    return [] if "CERTIFICATE" in etcd and etcd != cluster else [f"etcd trusts {path}"]


def no_user_certificates(audit: Audit) -> list[str]:
    """The administrator's kubeconfig holds no client certificate."""
    user = audit.document(CONTROLLER, "/etc/kubernetes/admin.conf")["users"][0]["user"]
    return [name for name in user if name.startswith("client-certificate")]


def no_lasting_tokens(audit: Audit) -> list[str]:
    """No Secret holds a service account token, which would never end."""
    secrets = audit.cluster.get("secrets", "--all-namespaces")["items"]
    return [each["metadata"]["name"] for each in secrets if each["type"] == "kubernetes.io/service-account-token"]


def bootstrap_tokens(audit: Audit) -> list[str]:
    """Tokens end, are for joining only, and their group may ask for a node's certificate and no more."""
    problems = []
    tokens = audit.cluster.get("secrets", "-nkube-system", "--field-selector=type=bootstrap.kubernetes.io/token")[
        "items"
    ]
    for token in tokens:
        keys = set(token["data"])
        if "expiration" not in keys or keys & {"auth-extra-groups", "usage-bootstrap-signing"}:
            problems.append(f"{token['metadata']['name']}: {sorted(keys)}")
    allowed = {"system:node-bootstrapper", f"{CSR_ROLES}:nodeclient"}
    for binding in audit.cluster.get("clusterrolebindings")["items"]:
        groups = {subject["name"] for subject in binding.get("subjects", [])}
        if "system:bootstrappers" in groups and binding["roleRef"]["name"] not in allowed:
            problems.append(f"system:bootstrappers have {binding['roleRef']['name']}")
    return problems if tokens else ["no token"]


def audit_policy(audit: Audit) -> list[str]:
    """What CIS 3.2.2 lists: secrets by metadata only; changes of pods and deployments; ways into pods."""
    rules = audit.document(CONTROLLER, audit.flags(CONTROLLER, "kube-apiserver")["audit-policy-file"])["rules"]
    bodies, anything = {"Request", "RequestResponse"}, {"Metadata", "Request", "RequestResponse"}
    ways_in = ("pods/exec", "pods/portforward", "pods/proxy", "services/proxy")
    cases = {
        ("", "secrets"): {"Metadata"},
        ("", "configmaps"): {"Metadata"},
        ("authentication.k8s.io", "tokenreviews"): {"Metadata"},
        ("", "pods"): bodies,
        ("apps", "deployments"): bodies,
        **{("", resource): anything for resource in ways_in},
    }
    found = {case: _audit_level(rules, *case) for case in cases}
    return [f"{case}: {level}" for case, level in found.items() if level not in cases[case]]


def _audit_level(rules: list[dict[str, Any]], group: str, resource: str) -> str:
    """The level at which an unknown user's `create` is logged: that of the first rule that is about it."""
    for rule in rules:
        entries = rule.get("resources")
        about = entries is None or any(entry["group"] == group and resource in entry["resources"] for entry in entries)
        someone_else = "users" in rule or "userGroups" in rule or "nonResourceURLs" in rule
        if about and not someone_else and "create" in rule.get("verbs", ["create"]):
            return str(rule["level"])
    return "None"


def serving_certificates(audit: Audit) -> list[str]:
    """No gate turns rotation off, and each kubelet serves with a certificate of the cluster's authority."""
    problems = []
    for machine in (CONTROLLER, WORKER):
        config = audit.document(machine, *KUBELET_CONFIG)
        if config.get("featureGates", {}).get("RotateKubeletServerCertificate") is False:
            problems.append(f"{machine}: rotation is off")
        pem = audit.run(machine, "cat /var/lib/kubelet/pki/kubelet-server-current.pem")
        issuer = x509.load_pem_x509_certificate(pem.encode()).issuer
        if issuer.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value != "kubernetes-ca":
            problems.append(f"{machine}: signed by {issuer.rfc4514_string()}")
    return problems


def no_masters(audit: Audit) -> list[str]:
    """No kubeconfig of an administrator is of the group that no authorizer can limit."""
    kubeconfigs = {
        "the stack's kubeconfig": yaml.safe_load(audit.cluster.kubeconfig.read_text()),
        "admin.conf": audit.document(CONTROLLER, "/etc/kubernetes/admin.conf"),
    }
    problems = []
    for name, document in kubeconfigs.items():
        pem = base64.b64decode(document["users"][0]["user"]["client-certificate-data"])
        subject = x509.load_pem_x509_certificate(pem).subject.rfc4514_string()
        problems += [f"{name}: {subject}"] if "system:masters" in subject else []
    return problems


def pod_security(audit: Audit) -> list[str]:
    """The API server's admission configuration enforces a standard in every namespace but the system's."""
    path = audit.flags(CONTROLLER, "kube-apiserver").get("admission-control-config-file", "missing")
    plugins = {each["name"]: each["configuration"] for each in audit.document(CONTROLLER, path)["plugins"]}
    enforced, exempt = plugins["PodSecurity"]["defaults"]["enforce"], plugins["PodSecurity"]["exemptions"]
    fine = enforced in {"baseline", "restricted"} and exempt["namespaces"] == ["kube-system"]
    return [] if fine else [f"{enforced}, but for {exempt}"]


def refused(
    because: str,
    pod: dict[str, Any] | None = None,
    *,
    container: dict[str, Any] | None = None,
    ports: list[dict[str, Any]] | None = None,
) -> Check:
    """A pod with this in it is refused by pod security, which names it, in a namespace without labels."""
    inner = {"name": "asks", "image": "example.com/image", "securityContext": container or {}, "ports": ports or []}
    spec = {"containers": [inner], **(pod or {})}
    document = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "asks"}, "spec": spec}

    def check(audit: Audit) -> list[str]:
        create = ("create", "--namespace=default", "--dry-run=server", "--filename=-")
        answer = audit.cluster.kubectl(*create, stdin=to_yaml(document), check=False)
        reason = answer.partition('violates PodSecurity "')[2]
        return [] if because in reason and "created" not in answer else [answer.strip()]

    return check


def network_policies(audit: Audit) -> list[str]:
    """Every namespace has a NetworkPolicy."""
    namespaces = {each["metadata"]["name"] for each in audit.cluster.get("namespaces")["items"]}
    policies = audit.cluster.get("networkpolicies", "--all-namespaces")["items"]
    return sorted(namespaces - {each["metadata"]["namespace"] for each in policies})
