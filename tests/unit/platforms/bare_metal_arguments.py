"""Arguments of clusters of the user's own machines."""

from typing import Any


def machine(name: str, place: int, **more: Any) -> dict[str, Any]:
    return {"name": name, "mac": f"52:54:00:00:00:{place:02x}", "domain": f"{name}.example.com", **more}


ARGS: dict[str, Any] = {
    "name": "test",
    "matchbox_http_endpoint": "http://matchbox.example.com:8080",
    "os_version": "42.20250901.3.0",
    "controllers": [machine("head", 16)],
    "workers": [machine("hand", 32)],
}
FLATCAR: dict[str, Any] = {**ARGS, "operating_system": "flatcar", "os_version": "4459.2.3"}
THREE: dict[str, Any] = {
    "controllers": [machine(f"head-{index}", 16 + index) for index in range(3)],
    "k8s_domain_name": "api.example.com",
}
