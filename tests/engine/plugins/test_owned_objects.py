"""Objects that bootstrap.service has applied are taken over by resources of a program, and stay as they are.

With Calico's, since among them are the definitions of custom resources.
"""

from collections.abc import Iterator

import pytest

from tests.support.apiserver import ApiServer
from tests.support.pulumi_stack import Stack, StackRunner
from tests.unit.manifests.specs import CALICO
from tools.paths import CHECKOUT
from tradewind.manifests import calico
from tradewind.serialize import Object, to_yaml_stream

# There is nobody who would run the pods, for which a Deployment would wait.
OBJECTS: list[Object] = [each for each in calico.entries(CALICO).values() if each["kind"] != "Deployment"]

PROGRAM = f"""
import sys

sys.path[:0] = {[str(CHECKOUT / "components"), str(CHECKOUT)]!r}

import pulumi
import pulumi_kubernetes as kubernetes

from tests.unit.manifests.specs import CALICO
from tradewind.delivery.objects import _Object, _adopting
from tradewind.manifests import calico

provider = kubernetes.Provider("cluster", kubeconfig=pulumi.Config().require_secret("kubeconfig"))
options = pulumi.ResourceOptions(provider=provider)
for path, each in calico.entries(CALICO).items():
    if each["kind"] != "Deployment":
        _Object(path.replace("/", "-"), each, {{"metadata": _adopting(each["metadata"])}}, options)
"""


@pytest.fixture
def stack(api_server: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    stream = to_yaml_stream(OBJECTS)
    api_server.kubectl("apply", "--server-side", "--field-manager=tradewind", "-f", "-", stdin=stream)
    made = StackRunner(tmp_path_factory.mktemp("pulumi"), ["kubernetes"]).stack("owned", PROGRAM)
    made.config("kubeconfig", api_server.kubeconfig, secret=True)
    yield made
    api_server.kubectl("delete", "--wait=true", "--ignore-not-found", "-f", "-", stdin=stream)


def test_what_was_applied_is_taken_over_and_not_changed(stack: Stack, api_server: ApiServer) -> None:
    names = [f"{each['kind']}/{each['metadata']['name']}" for each in OBJECTS]
    before = versions(api_server, names)
    stack.up()
    assert len(stack.resources()) == len(OBJECTS) + 1
    assert versions(api_server, names) == before
    assert stack.changes() == []
    stack.refresh()
    assert stack.changes() == []
    stack.destroy()
    assert api_server.kubectl("get", "--ignore-not-found", "-n", "kube-system", "-o", "name", *names) == ""


def versions(server: ApiServer, names: list[str]) -> list[str]:
    """The generation of what has one: a change of its content, not of who owns it."""
    template = "jsonpath={range .items[*]}{.metadata.generation}{'\\n'}{end}"
    return server.kubectl("get", "-n", "kube-system", "-o", template, *names).splitlines()
