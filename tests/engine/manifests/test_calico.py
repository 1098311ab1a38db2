"""A real API server of each release stores what Calico writes, and lets each of its accounts do its part and no more.

Calico's programs cannot be built from Go modules and are not here: these tests send their requests, as its accounts.
"""

import contextlib
import re
from collections.abc import Iterator

import pytest

from tests.support.apiserver import ApiServer
from tests.support.waiting import until
from tests.unit.manifests.specs import CALICO
from tools.paths import CHECKOUT
from tools.plugins.kubernetes.kubeconfig import Endpoint
from tools.plugins.kubernetes.transport import Http
from tradewind.manifests import calico
from tradewind.manifests.calico import access
from tradewind.serialize import to_yaml_stream

GROUP = "/apis/crd.projectcalico.org/v1"
SYSTEM = "/api/v1/namespaces/kube-system"
OBJECTS = calico.entries(CALICO)
DEFINITIONS = [each for each in OBJECTS.values() if each["kind"] == "CustomResourceDefinition"]
PLURALS = [each["spec"]["names"]["plural"] for each in DEFINITIONS if each["spec"]["group"] == "crd.projectcalico.org"]
OK, CREATED, FORBIDDEN, INVALID = 200, 201, 403, 422


@pytest.fixture(scope="module")
def cluster(server: ApiServer) -> Iterator[ApiServer]:
    """The API server with every object of Calico."""
    stream = to_yaml_stream(OBJECTS.values())
    server.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=stream)
    names = [f"crd/{each['metadata']['name']}" for each in DEFINITIONS]
    server.kubectl("wait", "--for=condition=Established", "--timeout=30s", *names)
    yield server
    server.kubectl("delete", "--wait=true", "--ignore-not-found", "-f", "-", stdin=stream)


@pytest.fixture(scope="module")
def accounts(cluster: ApiServer) -> Iterator[dict[str, Http]]:
    """A connection with the token of each account."""
    with contextlib.ExitStack() as stack:
        found = {}
        for account in (access.NODE, access.CNI_PLUGIN, access.CONTROLLERS):
            token = cluster.kubectl("create", "token", "-n", "kube-system", account).strip()
            found[account] = connection(cluster, token)
            stack.callback(found[account].close)
        yield found


def connection(server: ApiServer, token: str) -> Http:
    return Http(Endpoint(server.url, "default", server.ca.certificate_pem, token=token))


def resource(kind: str, name: str, **content: object) -> dict:
    return {"apiVersion": "crd.projectcalico.org/v1", "kind": kind, "metadata": {"name": name}, **content}


@pytest.fixture
def made(cluster: ApiServer) -> Iterator[list[str]]:
    """Paths of what a test makes, which go with it."""
    paths: list[str] = []
    yield paths
    for path in paths:
        cluster.http.call("DELETE", path)


def create(http: Http, plural: str, entry: dict, made: list[str]) -> dict:
    made.append(f"{GROUP}/{plural}/{entry['metadata']['name']}")
    code, stored = http.call("POST", f"{GROUP}/{plural}", entry)
    assert code == CREATED, stored
    return stored


def test_calico_node_lists_every_resource_that_it_waits_for(accounts: dict[str, Http]) -> None:
    listed = [f"{GROUP}/{plural}" for plural in access._WATCHED if plural in PLURALS]
    assert len(listed) == len(access._WATCHED) - 2
    others = [
        "/apis/policy.networking.k8s.io/v1alpha2/clusternetworkpolicies",
        "/apis/networking.k8s.io/v1/networkpolicies",
        "/apis/discovery.k8s.io/v1/endpointslices",
        *(f"/api/v1/{each}" for each in ("namespaces", "nodes", "pods", "serviceaccounts", "services")),
    ]
    node = accounts[access.NODE]
    # A resource is served a moment after its definition is established.
    until(lambda: all(node.call("GET", f"{path}?limit=1")[0] == OK for path in (*listed, *others)))


@pytest.mark.parametrize("plural", ["globalfelixconfigs", "globalbgpconfigs"])
def test_resources_of_old_releases_are_not_found_rather_than_forbidden(accounts: dict[str, Http], plural: str) -> None:
    """calico-node goes on when there are none, and ends when it may not ask."""
    assert accounts[access.NODE].call("GET", f"{GROUP}/{plural}")[0] == 404


def test_the_first_node_makes_its_settings_and_the_pool(accounts: dict[str, Http], made: list[str]) -> None:
    node = accounts[access.NODE]
    pool = {
        "cidr": "10.20.0.0/14",
        "ipipMode": "Never",
        "vxlanMode": "Always",
        "natOutgoing": True,
        "blockSize": 26,
        "nodeSelector": "all()",
        "allowedUses": ["Workload", "Tunnel"],
    }
    for kind, plural, name, spec in (
        ("IPPool", "ippools", "default-ipv4-ippool", pool),
        ("ClusterInformation", "clusterinformations", "default", {"datastoreReady": True, "clusterGUID": "0f"}),
        ("FelixConfiguration", "felixconfigurations", "default", {"bpfConnectTimeLoadBalancing": "TCP"}),
        ("Tier", "tiers", "default", {"order": 1000000, "defaultAction": "Deny"}),
        ("IPAMConfig", "ipamconfigs", "default", {"strictAffinity": False, "autoAllocateBlocks": True}),
    ):
        assert create(node, plural, resource(kind, name, spec=spec), made)["spec"] == spec


def test_a_block_of_addresses_keeps_what_is_free(accounts: dict[str, Http], made: list[str]) -> None:
    """An address that is free is a null in a list, which a schema could drop."""
    plugin = accounts[access.CNI_PLUGIN]
    spec = {
        "cidr": "10.20.0.64/26",
        "affinity": "host:test-worker-0",
        "allocations": [0, None, 1, *[None] * 61],
        "attributes": [{"handle_id": "vxlan-tunnel-addr"}, {"handle_id": "k8s-pod", "secondary": {"pod": "one"}}],
        "unallocated": [1, *range(3, 64)],
        "sequenceNumber": 1732492800123456789,
        "sequenceNumberForAllocation": {"0": 1732492800123456788},
        "strictAffinity": False,
        "deleted": False,
    }
    block = create(plugin, "ipamblocks", resource("IPAMBlock", "10-20-0-64-26", spec=spec), made)
    assert block["spec"] == spec
    path = f"{GROUP}/ipamblocks/10-20-0-64-26"
    # Two plugins that took the block at the same time: one of them has to look again.
    code, changed = plugin.call("PUT", path, {**block, "spec": {**spec, "allocations": [0, 2, 1, *[None] * 61]}})
    assert (code, changed["spec"]["allocations"][:4]) == (OK, [0, 2, 1, None])
    assert plugin.call("PUT", path, {**block, "spec": {**spec, "deleted": True}})[0] == 409
    assert plugin.call("GET", path)[1]["spec"] == changed["spec"]


def test_the_controllers_write_the_status_apart(accounts: dict[str, Http], made: list[str]) -> None:
    controllers = accounts[access.CONTROLLERS]
    entry = resource(
        "KubeControllersConfiguration", "default", spec={"controllers": {"node": {"syncLabels": "Enabled"}}}
    )
    stored = create(controllers, "kubecontrollersconfigurations", entry, made)
    path = f"{GROUP}/kubecontrollersconfigurations/default"
    status = {"environmentVars": {"ENABLED_CONTROLLERS": "node"}}
    code, answer = controllers.call("PUT", f"{path}/status", {**stored, "status": status})
    assert (code, answer["status"], answer["spec"]) == (OK, status, entry["spec"])


def test_calico_node_asks_for_a_token_of_the_plugin_that_works(cluster: ApiServer, accounts: dict[str, Http]) -> None:
    asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 3600}}
    path = f"{SYSTEM}/serviceaccounts/{{}}/token"
    code, answer = accounts[access.NODE].call("POST", path.format(access.CNI_PLUGIN), asked)
    assert code == CREATED
    with contextlib.closing(connection(cluster, answer["status"]["token"])) as plugin:
        review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
        user = plugin.call("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", review)[1]["status"]["userInfo"]
    assert user["username"] == f"system:serviceaccount:kube-system:{access.CNI_PLUGIN}"
    for other in (access.NODE, access.CONTROLLERS, "default"):
        assert accounts[access.NODE].call("POST", path.format(other), asked)[0] == FORBIDDEN


POD = {"metadata": {"annotations": {"cni.projectcalico.org/podIP": "10.20.0.65/32"}}}


def test_the_plugin_notes_the_address_on_the_pod(
    cluster: ApiServer, accounts: dict[str, Http], made: list[str]
) -> None:
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "calico-one"},
        "spec": {"containers": [{"name": "one", "image": "example.com/one:v1"}]},
    }
    pods = "/api/v1/namespaces/default/pods"
    made.append(f"{pods}/calico-one?gracePeriodSeconds=0")
    assert cluster.http.call("POST", pods, pod)[0] == CREATED
    plugin, patch = accounts[access.CNI_PLUGIN], "application/merge-patch+json"
    assert plugin.call("PATCH", f"{pods}/calico-one/status", POD, patch)[0] == OK
    assert plugin.call("PATCH", f"{pods}/calico-one", POD, patch)[0] == FORBIDDEN


REFUSED = {
    "node reads Secrets": (access.NODE, "GET", f"{SYSTEM}/secrets"),
    "node reads other ConfigMaps": (access.NODE, "GET", f"{SYSTEM}/configmaps/calico-config"),
    "node deletes a policy": (access.NODE, "DELETE", f"{GROUP}/globalnetworkpolicies/one"),
    "node deletes the pool": (access.NODE, "DELETE", f"{GROUP}/ippools/default-ipv4-ippool"),
    "node deletes a node": (access.NODE, "DELETE", "/api/v1/nodes/one"),
    "plugin reads Secrets": (access.CNI_PLUGIN, "GET", f"{SYSTEM}/secrets"),
    "plugin deletes the pool": (access.CNI_PLUGIN, "DELETE", f"{GROUP}/ippools/default-ipv4-ippool"),
    "plugin reads policies": (access.CNI_PLUGIN, "GET", f"{GROUP}/globalnetworkpolicies"),
    "controllers read Secrets": (access.CONTROLLERS, "GET", f"{SYSTEM}/secrets"),
    "controllers delete a node": (access.CONTROLLERS, "DELETE", "/api/v1/nodes/one"),
    "controllers delete a pod": (access.CONTROLLERS, "DELETE", "/api/v1/namespaces/default/pods/one"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_account_is_refused_what_it_does_not_need(accounts: dict[str, Http], case: str) -> None:
    account, method, path = REFUSED[case]
    assert accounts[account].call(method, path)[0] == FORBIDDEN


def test_a_cluster_network_policy_is_refused_instead_of_not_being_enforced(cluster: ApiServer) -> None:
    policy = {
        "apiVersion": "policy.networking.k8s.io/v1alpha2",
        "kind": "ClusterNetworkPolicy",
        "metadata": {"name": "one"},
        "spec": {"tier": "Admin", "priority": 1, "subject": {"namespaces": {}}},
    }
    code, answer = cluster.http.call("POST", "/apis/policy.networking.k8s.io/v1alpha2/clusternetworkpolicies", policy)
    assert code == INVALID
    assert "not supported: use a NetworkPolicy" in answer["message"]


def test_a_policy_of_a_user_is_kept_as_it_is(cluster: ApiServer, made: list[str]) -> None:
    spec = {"selector": "all()", "types": ["Ingress"], "ingress": [{"action": "Deny", "protocol": 6}], "order": 1.5}
    assert (
        create(cluster.http, "globalnetworkpolicies", resource("GlobalNetworkPolicy", "one", spec=spec), made)["spec"]
        == spec
    )


def test_the_policies_of_the_page_are_taken(cluster: ApiServer) -> None:
    blocks = re.findall(r"```yaml\n(apiVersion: .*?)```", (CHECKOUT / "docs/networking.md").read_text(), re.DOTALL)
    assert blocks
    for block in blocks:
        cluster.kubectl("apply", "--server-side", "--validate=strict", "--dry-run=server", "-f", "-", stdin=block)
