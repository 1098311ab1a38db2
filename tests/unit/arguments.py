"""Arguments that tests start from."""

from typing import Any

CONTROLLER = {"name": "test-controller-0", "etcd_name": "test-etcd0.example.com"}


def arguments(**changes: Any) -> Any:
    """Good arguments of a cluster with one controller, with some fields changed."""
    return {"name": "test", "api_servers": ["test.example.com"], "controllers": [CONTROLLER], **changes}


def controllers(count: int) -> list[dict[str, str]]:
    return [
        {"name": f"test-controller-{index}", "etcd_name": f"test-etcd{index}.example.com"} for index in range(count)
    ]
