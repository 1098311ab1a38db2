"""The running cluster's program moved into a larger one: nothing on the machines and in the cluster is made again."""

from collections.abc import Iterator

import pytest

from tests.cluster.conftest import NAME, PROGRAM, Cluster

LARGER = (
    PROGRAM.partition("from stacks")[0]
    + """
import pulumi
from pulumi import Alias, ResourceOptions
from tradewind.platforms.local.cluster import Cluster

args = pulumi.Config("tradewind").require_object("cluster")
{made}
pulumi.export("kubeconfig", cluster.kubeconfig)
pulumi.export("addresses", cluster.addresses)
pulumi.export("sshPrivateKey", cluster.ssh_private_key)
pulumi.export("certificatesNotAfter", cluster.certificates_not_after)
pulumi.export("bootstrapTokenExpiration", cluster.bootstrap_token_expiration)
"""
)
MOVED = """
platform = pulumi.ComponentResource("my:index:Platform", "platform")
before = Alias(parent=pulumi.ROOT_STACK_RESOURCE)
cluster = Cluster(args["name"], args, ResourceOptions(parent=platform, aliases=[before]))
"""
RENAMED = 'cluster = Cluster("other", args, ResourceOptions(aliases=[Alias(name=args["name"])]))'


@pytest.fixture
def larger(cluster: Cluster) -> Iterator[Cluster]:
    yield cluster
    cluster.stack.write(PROGRAM)


@pytest.mark.parametrize(
    ("made", "created"), [(MOVED, {"platform"}), (RENAMED, set())], ids=["below a parent", "renamed"]
)
def test_with_an_alias_nothing_is_made_again(larger: Cluster, made: str, created: set[str]) -> None:
    larger.stack.write(LARGER.format(made=made))
    # What the program did not make would be deleted.
    assert {step.name: step.op for step in larger.stack.changes()} == dict.fromkeys(created, "create")


def test_one_machines_files_alone(cluster: Cluster) -> None:
    files = f"{NAME}-worker-0-files"
    output = cluster.stack.up("--target", str(cluster.stack.resources()[files]["urn"]))
    assert "created" not in output and "updated" not in output
    assert cluster.stack.changes() == []
