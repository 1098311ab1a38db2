"""The local stand-in for a cloud's load balancer: a machine with haproxy in front of several API servers.

Pure. Reads: `LocalSpec`. Makes: its `HostConfig`, and the file that every `up` delivers to it.
Keywords: https://docs.haproxy.org/2.6/configuration.html
"""

from tradewind import constants
from tradewind.host import settings
from tradewind.host.files import HostFile
from tradewind.host.options import HostOptions
from tradewind.host.roles import HostConfig
from tradewind.host.systemd import Unit
from tradewind.platforms.local.spec import LocalHost, LocalSpec

_GENERAL = """\
global
    log stdout format raw local0 notice
    user haproxy
    group haproxy
    maxconn 8192

defaults
    mode tcp
    log global
    # An API server that is just ending refuses a connection: the next one gets it.
    retries 3
    option redispatch 1
    timeout connect 2s
    # A server that is slow to answer is not gone; one that does not take the connection is.
    timeout check 10s
    # Watches are silent for long; client and API server have keep-alives of their own.
    timeout client 1h
    timeout server 1h
"""


def host_config(spec: LocalSpec, host: LocalHost) -> HostConfig:
    """The machine before its first boot: name, SSH and haproxy, and nothing of Kubernetes."""
    options = HostOptions(hostname=host.name)
    return HostConfig(
        files=(*settings.hostname_file(options), settings.ssh_server(), haproxy_configuration(spec)),
        directories=(),
        units=(Unit(name="haproxy.service", enabled=True),),
    )


def haproxy_configuration(spec: LocalSpec) -> HostFile:
    """Haproxy's configuration: TCP to the API servers that say that they are ready.

    TLS goes through untouched, so clients verify the API server themselves. A check sends nothing that is secret.
    """
    servers = "".join(f"    server {host.name} {host.address}:{constants.API_PORT}\n" for host in spec.controllers)
    return HostFile(
        path="/etc/haproxy/haproxy.cfg",
        content=f"""{_GENERAL}
frontend kube-apiserver
    bind :{spec.cluster.api_port}
    default_backend kube-apiservers

backend kube-apiservers
    balance leastconn
    option httpchk GET /readyz
    # A server that says that it is not ready gets no new connections and finishes those that it has. Those of one that
    # is gone end with it; or else clients wait for answers that never come.
    http-check expect status 200 error-status L7OKC
    default-server check check-ssl verify none inter 2s fastinter 1s fall 3 rise 1 on-marked-down shutdown-sessions
{servers}""",
    )
