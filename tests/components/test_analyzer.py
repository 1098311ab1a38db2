"""Pulumi's component analyzer, which makes packages for other languages, understands arguments and outputs."""

import ast
import inspect
import itertools

import pytest
from pulumi.provider.experimental.analyzer import Analyzer

from tradewind import args
from tradewind.args import ClusterArgs, authentication, control_plane, kubelet, machines, platform, snippets
from tradewind.control_plane import ControlPlane
from tradewind.platforms import component
from tradewind.platforms.local import args as local_args
from tradewind.platforms.local.args import LocalClusterArgs
from tradewind.platforms.local.cluster import Cluster


def camel(name):
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)


COMPONENTS = [(ControlPlane, ClusterArgs), (Cluster, LocalClusterArgs)]


@pytest.mark.parametrize(("cluster", "arguments"), COMPONENTS)
def test_every_argument_is_an_input_and_required_where_it_is(cluster, arguments):
    inputs = Analyzer("tradewind").analyze([cluster])["component_definitions"][cluster.__name__].inputs
    assert set(inputs) == {camel(name) for name in arguments.__required_keys__ | arguments.__optional_keys__}
    required = {name for name, each in inputs.items() if not each.optional}
    assert required == {camel(name) for name in arguments.__required_keys__}


@pytest.mark.parametrize(
    "module",
    [args, authentication, component, control_plane, kubelet, machines, platform, snippets, local_args],
)
def test_every_field_is_described_where_it_is_declared(module):
    assert undescribed(module) == []


def undescribed(module):
    """Fields without a text below. Of a base class's fields the analyzer finds none, so the source is asked."""
    classes = [node for node in ast.parse(inspect.getsource(module)).body if isinstance(node, ast.ClassDef)]
    assert classes
    return [
        f"{each.name}.{ast.unparse(field.target)}"
        for each in classes
        for field, below in itertools.pairwise([*each.body, None])
        if isinstance(field, ast.AnnAssign)
        and not (isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant))
    ]


@pytest.mark.parametrize(
    ("cluster", "outputs"),
    [
        (
            ControlPlane,
            "assets kubeconfig bootstrapKubeconfig caCertPem certificatesNotAfter bootstrapTokenExpiration",
        ),
        (Cluster, "kubeconfig addresses sshPrivateKey certificatesNotAfter bootstrapTokenExpiration"),
    ],
)
def test_outputs(cluster, outputs):
    found = Analyzer("tradewind").analyze([cluster])["component_definitions"][cluster.__name__].outputs
    assert set(found) == set(outputs.split())
    for name, each in found.items():
        # Of a base class's outputs the analyzer finds no description; their class is among the modules above.
        assert each.description or name not in {camel(own) for own in cluster.__annotations__}, name


def test_both_fit_in_one_package():
    found = Analyzer("tradewind").analyze([ControlPlane, Cluster])
    assert set(found["component_definitions"]) == {"ControlPlane", "Cluster"}
    types = {name: definition.enum for name, definition in found["type_definitions"].items()}
    assert {entry.value for entry in types["Networking"]} == {"flannel", "calico", "none"}
    assert {entry.value for entry in types["KeyAlgorithm"]} == {"ecdsa-p256", "rsa-2048", "rsa-3072", "rsa-4096"}
