"""The kubelet and the first apply as system containers: another image for a while, a failed run that is repeated.

Late by its name: for minutes after an API server that was away, what watches it is slow to see new objects.
"""

from collections.abc import Iterator

import pytest

from tests.cluster.conftest import CONTROLLER, WORKER, Cluster
from tests.support.waiting import until

DROP_IN = "/etc/systemd/system/kubelet.service.d/90-image-by-hand.conf"
ALTERNATIVE = "docker.io/psdn/kubelet:v1.36.2"
APPLY, DONE = "/opt/bootstrap/apply", "/opt/bootstrap/bootstrap.done"


def shell(cluster: Cluster, machine: str, script: str) -> str:
    return cluster.on(machine, "sh", "-c", script).strip()


def image_of_kubelet(cluster: Cluster) -> str:
    return shell(cluster, WORKER, "podman inspect --format '{{.ImageName}}' kubelet 2> /dev/null || true")


@pytest.fixture
def alternative(cluster: Cluster) -> Iterator[str]:
    """Its usual name. The image has the alternative's name as well, as there is no registry to pull it from."""
    usual = image_of_kubelet(cluster)
    shell(cluster, WORKER, f"podman tag {usual} {ALTERNATIVE}")
    try:
        yield usual
    finally:
        shell(cluster, WORKER, f"rm -f {DROP_IN} && systemctl daemon-reload && systemctl restart kubelet.service")
        until(lambda: image_of_kubelet(cluster) == usual)
        shell(cluster, WORKER, f"podman untag {ALTERNATIVE}")


def test_a_drop_in_overrides_the_kubelet_image(cluster: Cluster, alternative: str) -> None:
    assert alternative != ALTERNATIVE
    line = f"[Service]\\nEnvironment=KUBELET_IMAGE={ALTERNATIVE}\\n"
    shell(
        cluster, WORKER, f"printf '{line}' > {DROP_IN} && systemctl daemon-reload && systemctl restart kubelet.service"
    )
    until(lambda: image_of_kubelet(cluster) == ALTERNATIVE)
    cluster.kubectl("wait", "--for=condition=Ready", f"node/{WORKER}", "--timeout=60s")


def test_a_failed_bootstrap_is_repeated_and_a_finished_one_is_not(cluster: Cluster) -> None:
    def start() -> str:
        return shell(cluster, CONTROLLER, "systemctl start bootstrap.service && echo started || echo failed")

    shell(cluster, CONTROLLER, f"systemctl stop bootstrap.service && mv {DONE} {DONE}.kept && mv {APPLY} {APPLY}.kept")
    try:
        shell(cluster, CONTROLLER, f"printf '#!/bin/sh\\nexit 1\\n' > {APPLY} && chmod 0544 {APPLY}")
        assert start() == "failed"
        assert shell(cluster, CONTROLLER, f"ls {DONE} 2> /dev/null || echo none") == "none"
        # What the failed run left, and what would be in the way of the next.
        assert (
            shell(cluster, CONTROLLER, "podman ps --all --filter name=^bootstrap$ --format '{{.Names}}'") == "bootstrap"
        )
    finally:
        shell(cluster, CONTROLLER, f"mv -f {APPLY}.kept {APPLY}")
    assert start() == "started"
    assert shell(cluster, CONTROLLER, f"ls {DONE}") == DONE
    shell(cluster, CONTROLLER, f"rm {DONE}.kept && systemctl stop bootstrap.service")
    # With its mark there, it has nothing to do.
    assert start() == "started"
    assert shell(cluster, CONTROLLER, "systemctl show --property=ConditionResult --value bootstrap.service") == "no"


@pytest.fixture
def undone(cluster: Cluster) -> Iterator[None]:
    """bootstrap.service may run again, and gives up within seconds. Afterwards it has succeeded once more."""
    shell(cluster, CONTROLLER, f"systemctl stop bootstrap.service && rm {DONE} && cp -p {APPLY} {APPLY}.kept")
    shell(cluster, CONTROLLER, f"sed -i 's/APPLY_TIMEOUT:-[0-9]*/APPLY_TIMEOUT:-5/' {APPLY}")
    try:
        yield
    finally:
        shell(cluster, CONTROLLER, f"mv -f {APPLY}.kept {APPLY} && systemctl start bootstrap.service")
        assert shell(cluster, CONTROLLER, f"ls {DONE}") == DONE


def failed_bootstrap(cluster: Cluster) -> str:
    """What bootstrap.service says when it fails, as `up` shows it."""

    def failed() -> bool:
        return shell(cluster, CONTROLLER, "systemctl is-active bootstrap.service || true") == "failed"

    shell(cluster, CONTROLLER, "systemctl reset-failed bootstrap.service || true")
    shell(cluster, CONTROLLER, "systemctl start --no-block bootstrap.service")
    until(failed, 180)
    assert shell(cluster, CONTROLLER, f"ls {DONE} 2> /dev/null || echo none") == "none"
    return shell(cluster, CONTROLLER, "journalctl --unit=bootstrap.service --lines=100 --no-pager --output=cat")


def test_a_manifest_that_is_refused_is_named(cluster: Cluster, undone: None) -> None:
    bad = "/opt/bootstrap/assets/manifests/coredns/planted.yaml"
    document = '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "Not_A_Name", "namespace": "default"}}'
    shell(cluster, CONTROLLER, f"echo '{document}' > {bad}")
    try:
        said = failed_bootstrap(cluster)
    finally:
        shell(cluster, CONTROLLER, f"rm {bad}")
    _, _, refused = said.partition("apply: refused: ")
    assert refused.startswith("coredns/planted.yaml\n")
    assert "Not_A_Name" in refused
    assert "apply: refused: " not in refused
    # Everything else was accepted, and the controller lacks nothing.
    assert "diagnose: " not in said


def test_an_api_server_that_ends_again_and_again_is_shown(cluster: Cluster, undone: None) -> None:
    manifest = "/etc/kubernetes/manifests/kube-apiserver.yaml"

    def ready() -> bool:
        return cluster.kubectl("get", "--raw", "/readyz", check=False).strip() == "ok"

    shell(cluster, CONTROLLER, f"cp -p {manifest} /root/kept.yaml")
    shell(cluster, CONTROLLER, f"sed -i 's/^\\( *\\)- --advertise-address=.*/&\\n\\1- --planted/' {manifest}")
    try:
        # As long as for its return: the old pod ends first, and only then does the kubelet start the next one.
        until(lambda: not ready(), 180)
        until(lambda: "unknown flag" in shell(cluster, CONTROLLER, "sh /opt/bootstrap/diagnose"), 180)
        said = failed_bootstrap(cluster)
    finally:
        shell(cluster, CONTROLLER, f"mv -f /root/kept.yaml {manifest}")
        until(ready, 180)
    assert "apply: the API server to be ready: not within 5s" in said
    assert "diagnose: the API server is not ready:\n" in said
    assert "Error: unknown flag: --planted" in said
    # Nothing is wrong with the others.
    assert "diagnose: etcd" not in said
    assert "diagnose: kubelet.service" not in said
