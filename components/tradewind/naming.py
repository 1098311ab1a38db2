"""Every Pulumi resource name and host name, made here and nowhere else.

Pure. Resource names are a promise to existing stacks: a change here needs an alias and a changelog line.
"""


def controller_host(cluster: str, index: int) -> str:
    """Host name, and so node name, of a controller: `<cluster>-controller-<index>`."""
    return f"{cluster}-controller-{index}"


def worker_host(cluster: str, pool: str, index: int) -> str:
    """Host name, and so node name, of a worker: `<cluster>-<pool>-<index>`."""
    return f"{cluster}-{pool}-{index}"


def worker_pool(cluster: str, pool: str) -> str:
    """Name of a pool of workers in its cluster, by which its resources are called: `<cluster>-<pool>`."""
    return f"{cluster}-{pool}"


def machine(cluster: str, name: str) -> str:
    """What the resources of a machine are called that has a name of its own: `<cluster>-<name>`."""
    return f"{cluster}-{name}"


def installation(machine: str) -> str:
    """What the resources of a machine's installation are called: `<machine>-install`."""
    return f"{machine}-install"


def api_host(cluster: str, zone: str) -> str:
    """DNS name of the API server: `<cluster>.<zone>`."""
    return f"{cluster}.{zone}"


def workers_host(cluster: str, zone: str) -> str:
    """DNS name of the workers together: `<cluster>-workers.<zone>`."""
    return f"{cluster}-workers.{zone}"


def load_balancer_host(cluster: str) -> str:
    """Host name of a machine in front of the API servers: `<cluster>-load-balancer`; workers' names end in a number."""
    return f"{cluster}-load-balancer"


def etcd_host(cluster: str, index: int, zone: str) -> str:
    """DNS name of an etcd member: `<cluster>-etcd<index>.<zone>`."""
    return f"{cluster}-etcd{index}.{zone}"


def child(parent: str, *parts: str) -> str:
    """Name of a resource inside the component called `parent`."""
    return "-".join((parent, *parts))


def private_key(parent: str, certificate: str) -> str:
    """Name of the key resource of a certificate."""
    return child(parent, certificate, "key")


def certificate_request(parent: str, certificate: str) -> str:
    """Name of the signing request resource of a certificate."""
    return child(parent, certificate, "csr")


def certificate(parent: str, certificate: str) -> str:
    """Name of the certificate resource itself."""
    return child(parent, certificate, "cert")


def api_object(parent: str, kind: str, namespace: str | None, name: str) -> str:
    """Name of the resource that owns an object in the cluster, unique by kind, namespace and name."""
    parts = [parent, kind.lower()]
    if namespace:
        parts.append(namespace)
    return child(*parts, name.replace(":", "."))
