"""etcd and the control plane of each release run with the flags, files, owners and users that are rendered.

Without a kubelet: each program starts as its static pod says, with the pod's user and groups, on a controller's files.
What a program passes over in a file, it says in its log.
"""

import re
import shlex
from collections.abc import Sequence
from dataclasses import replace

import pytest
import yaml

from tests.engine.host.machine_root import MachineRoot, Result
from tests.support.control_plane import issued_secrets
from tests.unit.host.cases import LOCAL, LOCAL_OPTIONS, container_flags
from tests.unit.manifests.specs import OPTIONS as EVERY_OPTION
from tests.unit.manifests.specs import released
from tradewind import constants
from tradewind.assets import plain_assets, secret_assets
from tradewind.constants import CONFIG_DIR, SCHEDULER_CONFIG
from tradewind.host.roles import controller, later_controller_files
from tradewind.kubelet import Role
from tradewind.manifests import static_pods
from tradewind.manifests.api_config import admission
from tradewind.serialize import Object, to_yaml
from tradewind.spec import ClusterSpec
from tradewind.versions import Release

ADDRESS = str(LOCAL.controllers[0].address)
OPTIONS = LOCAL_OPTIONS[Role.CONTROLLER]

# In a network of its own, so that the rendered ports are free.
SCRIPT = """
ip link set lo up
ip address add {address}/32 dev lo
# Asked every tenth of a second for a minute, as long as its program runs.
healthy() {{
  for _ in $(seq 600); do
    [ "$(curl --silent --insecure --max-time 5 "$2")" != ok ] || {{ echo "$1 is healthy"; return 0; }}
    kill -0 "$3" || break
    sleep 0.1
  done
  return 1
}}
(set -a; . {etcd_config}; exec {etcd}) > /run/etcd.log 2>&1 &
{apiserver} > /run/kube-apiserver.log 2>&1 &
healthy kube-apiserver https://{address}:{api_port}/readyz $! && {{
  {manager} > /run/kube-controller-manager.log 2>&1 &
  manager=$!
  {scheduler} > /run/kube-scheduler.log 2>&1 &
  healthy kube-scheduler https://127.0.0.1:{scheduler_port}/healthz $!
  healthy kube-controller-manager https://127.0.0.1:{manager_port}/healthz $manager
}}
tail -n 1000 /run/*.log >&2
"""
HEALTHY = ["kube-apiserver is healthy", "kube-scheduler is healthy", "kube-controller-manager is healthy"]
PASSED_OVER = re.compile(
    r".*(?:lenient|strict decoding|unknown field|deprecated|unrecognized feature).*", re.IGNORECASE
)


def as_pod(pod: Object) -> str:
    """A static pod's command with its user and groups and without capabilities, for a shell."""
    (container,) = pod["spec"]["containers"]
    program, *flags = container["command"]
    context = pod["spec"]["securityContext"]
    shared = ",".join(map(str, context.get("supplementalGroups", ())))
    groups = f"--groups={shared}" if shared else "--clear-groups"
    words = [flag.replace("$(POD_IP)", ADDRESS) for flag in flags]
    return shlex.join(
        [*as_user(context["runAsUser"], context["runAsGroup"], groups), f"/run/kubernetes/{program}", *words]
    )


def as_user(user: int, group: int, groups: str = "--clear-groups") -> Sequence[str]:
    return ("setpriv", f"--reuid={user}", f"--regid={group}", groups, "--bounding-set=-all", "--no-new-privs")


def run(machine: MachineRoot, release: Release, cluster: ClusterSpec = LOCAL.cluster) -> Result:
    """Start everything, and wait until it is healthy or has ended; the logs are on standard error."""
    spec = released(cluster, release.kubernetes)
    pods = {pod["metadata"]["name"]: as_pod(pod) for pod in static_pods(spec).values()}
    flags = container_flags("etcd", controller(spec, spec.controllers[0], OPTIONS))
    script = SCRIPT.format(
        address=ADDRESS,
        etcd_config=constants.ETCD_CONFIG,
        etcd=shlex.join([*as_user(constants.ETCD_UID, constants.ETCD_UID), "/run/programs/etcd", *flags]),
        apiserver=pods["kube-apiserver"],
        manager=pods["kube-controller-manager"],
        scheduler=pods["kube-scheduler"],
        api_port=constants.API_PORT,
        manager_port=constants.CONTROLLER_MANAGER_PORT,
        scheduler_port=constants.SCHEDULER_PORT,
    )
    return machine.run("unshare", "--net", "sh", "-uc", script, release=release)


@pytest.fixture
def delivered(image: MachineRoot, release: Release) -> MachineRoot:
    """A controller of the release after its first delivery."""
    return deliver(image, released(LOCAL.cluster, release.kubernetes))


def deliver(image: MachineRoot, spec: ClusterSpec) -> MachineRoot:
    (member,) = spec.controllers
    assert image.provision(controller(spec, member, OPTIONS)).returncode == 0
    assets = {**plain_assets(spec), **secret_assets(spec, issued_secrets(spec))[member.name]}
    image.deliver(later_controller_files(spec, member, OPTIONS, assets))
    return image


def test_the_control_plane_runs_with_what_is_rendered(delivered: MachineRoot, release: Release) -> None:
    result = run(delivered, release)
    assert result.stdout.splitlines() == HEALTHY, result.stderr
    assert PASSED_OVER.findall(result.stderr) == []


def test_it_runs_with_every_option(image: MachineRoot, release: Release) -> None:
    chosen = {name: getattr(EVERY_OPTION, name) for name in ("oidc", "control_plane_flags", "etcd")}
    spec = replace(LOCAL.cluster, **chosen)
    result = run(deliver(image, released(spec, release.kubernetes)), release, spec)
    assert result.stdout.splitlines() == HEALTHY, result.stderr
    assert PASSED_OVER.findall(result.stderr) == []


Place = tuple[str | int, ...]


def changed(machine: MachineRoot, path: str, place: Place, value: object) -> None:
    """Change one value of a delivered document, or add it."""
    file = machine.written(path)
    document = part = yaml.safe_load(file.read_text())
    for key in place[:-1]:
        part = part[key]
    part[place[-1]] = value
    file.write_text(to_yaml(document))


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (f"{CONFIG_DIR}/admission.yaml", ("planted",)),
        (f"{CONFIG_DIR}/admission.yaml", ("plugins", 0, "planted")),
        (f"{CONFIG_DIR}/admission.yaml", ("plugins", 0, "configuration", "planted")),
        (f"{CONFIG_DIR}/audit-policy.yaml", ("planted",)),
        (f"{CONFIG_DIR}/authentication.yaml", ("planted",)),
        (f"{CONFIG_DIR}/encryption.yaml", ("planted",)),
        (SCHEDULER_CONFIG, ("planted",)),
    ],
)
def test_an_unknown_field_of_a_file_would_be_found(
    delivered: MachineRoot, release: Release, path: str, place: Place
) -> None:
    changed(delivered, path, place, True)
    result = run(delivered, release)
    assert result.stdout.splitlines() != HEALTHY or PASSED_OVER.findall(result.stderr), result.stderr
    assert "planted" in result.stderr


@pytest.mark.parametrize(
    ("place", "value"),
    [((0, "type"), "planted"), ((0, "qps"), -1), ((0, "burst"), -1), ((1, "cacheSize"), -1)],
)
def test_every_field_of_the_event_rate_limit_is_read(
    delivered: MachineRoot, release: Release, place: Place, value: object
) -> None:
    """Of this document alone the server passes over an unknown field in silence. One that it refuses, it knows."""
    limits = ("plugins", 1, "configuration", "limits")
    (plugin,) = [each for each in admission()["plugins"] if each["name"] == "EventRateLimit"]
    assert {key for limit in plugin["configuration"]["limits"] for key in limit} == {
        "type",
        "qps",
        "burst",
        "cacheSize",
    }
    changed(delivered, f"{CONFIG_DIR}/admission.yaml", (*limits, *place), value)
    result = run(delivered, release)
    assert result.stdout == ""
    assert f"limits[{place[0]}].{place[1]}: " in result.stderr
