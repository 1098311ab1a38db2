"""When the other kinds are ready: Service, Ingress, volumes, claims, quotas, token Secrets.

Reads: the live object and what it refers to.
Makes: one rule function for each.
"""

from tools.plugins.kubernetes.objects import Object, name_of, pluck, text
from tools.plugins.kubernetes.ready.model import READY, Readiness, Related

NO_TARGET = (
    "Service does not target any Pods. Selected Pods may not be ready, or field '.spec.selector' may not match labels "
    "on any Pods"
)
NO_ADDRESS = "Service was not allocated an IP address; does your cloud provider support this?"
NO_ENDPOINT = "Ingress has at least one rule with an unavailable target endpoint."
NO_INGRESS = "Ingress .status.loadBalancer field was not updated with a hostname/IP address."
SLICE = "discovery.k8s.io/v1", "EndpointSlice"
SLICE_SERVICE = "kubernetes.io/service-name"


def service(live: Object, related: Related) -> Readiness:
    """Ready once it has an endpoint and, as a load balancer, an address.

    Nothing makes endpoints for a Service that is headless, without a selector or an external name.
    """
    kind = text(live, "spec", "type")
    selects = bool(pluck(live, "spec", "selector")) and text(live, "spec", "clusterIP") != "None"
    slices = _slices(related, name_of(live)) if selects and kind != "ExternalName" else None
    targets = slices is None or any(item.get("endpoints") for item in slices)
    address = kind != "LoadBalancer" or bool(pluck(live, "status", "loadBalancer", "ingress"))
    if targets and address:
        return READY
    status = "Attempting to allocate IP address to Service" if targets else "Finding Pods to direct traffic to"
    reasons = (() if targets else (NO_TARGET,)) + (() if address else (NO_ADDRESS,))
    return Readiness(False, status, reasons)


def ingress(live: Object, related: Related) -> Readiness:
    """Ready once every Service that a path names has endpoints (or is an external name) and there is an address."""
    paths = [path for rule in pluck(live, "spec", "rules") or () for path in pluck(rule, "http", "paths") or ()]
    names = {text(path, "backend", "service", "name") for path in paths} - {""}
    if names:
        external = {
            name_of(item)
            for item in related.in_namespace("v1", "Service")
            if text(item, "spec", "type") == "ExternalName"
        }
        names = {name for name in names - external if not _slices(related, name)}
    address = bool(pluck(live, "status", "loadBalancer", "ingress"))
    if not names and address:
        return READY
    status = (
        "Finding a matching service for each Ingress path" if names else "Waiting for update of .status.loadBalancer"
    )
    return Readiness(False, status, ((NO_ENDPOINT,) if names else ()) + (() if address else (NO_INGRESS,)))


def volume(live: Object, _related: Related) -> Readiness:
    """Ready once available or bound."""
    return _phase(live, "Available", "Bound")


def claim(live: Object, related: Related) -> Readiness:
    """Ready once bound, or while it waits for its first consumer because its class says so."""
    name = text(live, "spec", "storageClassName")
    storage_class = related.global_object("storage.k8s.io/v1", "StorageClass", name) if name else None
    if storage_class and storage_class.get("volumeBindingMode") == "WaitForFirstConsumer":
        return _phase(live, "Pending", "Bound")
    return _phase(live, "Bound")


def quota(live: Object, _related: Related) -> Readiness:
    """Ready once its controller has taken the limits over."""
    if pluck(live, "spec", "hard") == pluck(live, "status", "hard"):
        return READY
    return Readiness(False, "Waiting for the quota to be accepted", (".status.hard does not match .spec.hard",))


def secret(live: Object, _related: Related) -> Readiness:
    """Ready at once, but for a service account's token: that one a controller fills in."""
    if live.get("type") != "kubernetes.io/service-account-token" or live.get("data"):
        return READY
    return Readiness(False, "Waiting for the token", ("the Secret has no data yet",))


def _slices(related: Related, service_name: str) -> list[Object]:
    return related.in_namespace(*SLICE, f"{SLICE_SERVICE}={service_name}")


def _phase(live: Object, *wanted: str) -> Readiness:
    phase = text(live, "status", "phase")
    if phase in wanted:
        return READY
    status = f".status.phase is {phase or 'not set'}, waiting for {' or '.join(wanted)}"
    return Readiness(False, status, (status,))
