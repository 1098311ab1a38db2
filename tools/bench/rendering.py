"""The files of a cluster without the engine: from arguments to host configs and deliveries.

Reads: the library of this checkout. Makes: rows.
"""

from collections.abc import Callable

from tools.bench.measure import Time, row, timed
from tradewind.args import ClusterArgs, ControllerArgs
from tradewind.assets import Pem, SettledSecrets, plain_assets, secret_assets, worker_assets
from tradewind.host.options import HostOptions
from tradewind.host.roles import controller, later_controller_files, later_worker_files, worker
from tradewind.manifests.token import TokenValues
from tradewind.pki import catalog
from tradewind.spec import ClusterSpec, cluster_spec

_RUNS = 20
_TOKEN = TokenValues(id="abc123", secret="0123456789abcdef", expiration="2030-01-01T00:00:00Z")  # noqa: S106
_PEM = Pem("certificate\n" * 60, "key\n" * 60)


def measure() -> None:
    """Print how long one and three controllers take."""
    one, three = _arguments(1), _arguments(3)
    row("rendering: the asset map without secrets", _times(lambda: plain_assets(cluster_spec(one))))
    row("rendering: everything, 1 controller, 1 worker", _times(lambda: _everything(one)))
    row("rendering: everything, 3 controllers, 1 worker", _times(lambda: _everything(three)))


def _times(run: Callable[[], object]) -> list[Time]:
    return [timed(run) for _ in range(_RUNS)]


def _arguments(count: int) -> ClusterArgs:
    controllers: list[ControllerArgs] = [
        {"name": f"bench-controller-{index}", "etcd_name": f"bench-etcd{index}.example.com"} for index in range(count)
    ]
    return {"name": "bench", "api_servers": ["bench.example.com"], "controllers": controllers}


def _everything(arguments: ClusterArgs) -> None:
    """All text of a cluster: assets with secrets, and for each host its Ignition config and its deliveries."""
    spec, options = cluster_spec(arguments), HostOptions()
    plain, secret = plain_assets(spec), secret_assets(spec, _secrets(spec))
    for member in spec.controllers:
        controller(spec, member, options).user_data()
        later_controller_files(spec, member, options, {**plain, **secret[member.name]})
    worker(spec, options).user_data()
    later_worker_files(spec, options, worker_assets(spec, _PEM.cert_pem, _TOKEN))


def _secrets(spec: ClusterSpec) -> SettledSecrets:
    return SettledSecrets(
        authorities={record.authority: _PEM for record in catalog.authorities(spec)},
        certificates={record.name: _PEM for record in catalog.certificates(spec)},
        service_account=_PEM,
        token=_TOKEN,
        encryption_key="0123456789abcdef",
    )
