"""The Kubernetes API as objects: discovery, get, list, apply, replace, patch, delete.

Reads: an `Http`.
Makes: `Api`, `ApiError`, `NoMatchError`.
"""

import threading
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from tools.plugins.base.errors import PluginError
from tools.plugins.kubernetes.objects import Json, Object, name_of, namespace_of, pluck, text
from tools.plugins.kubernetes.transport import Answer, Http

NOT_FOUND, CONFLICT, FORBIDDEN, INVALID = 404, 409, 403, 422
APPLY = "application/apply-patch+yaml"  # JSON is YAML
JSON_PATCH = "application/json-patch+json"


class ApiError(PluginError):
    """The API server refused; the message is the server's own."""

    def __init__(self, code: int, body: Json) -> None:
        super().__init__(text(body, "message") or f"the server answered with status {code}")
        self.code = code
        self.reason = text(body, "reason")
        self.details: Json = pluck(body, "details") or {}

    @property
    def namespace_missing(self) -> bool:
        """Whether the object's namespace does not exist."""
        return self.code == NOT_FOUND and text(self.details, "kind") == "namespaces"


class NoMatchError(PluginError):
    """The server has no such apiVersion or kind."""

    def __init__(self, api_version: str, kind: str) -> None:
        super().__init__(f'no matches for kind "{kind}" in version "{api_version}"')


@dataclass(frozen=True)
class ResourceName:
    """Where a kind's objects live: the plural in the path, and whether they have namespaces."""

    plural: str
    namespaced: bool


class Api:
    """One API server."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._found: dict[str, dict[str, ResourceName]] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close idle connections."""
        self._http.close()

    def version(self) -> Object:
        """Return what the server says about itself; the cheapest call that proves it answers."""
        return self._expect(self._http.call("GET", "/version"))

    def resource(self, api_version: str, kind: str) -> ResourceName:
        """Find a kind, or raise NoMatchError."""
        with self._lock:
            known = self._found.get(api_version)
        if known is None or kind not in known:
            known = self._discover(api_version)
            with self._lock:
                self._found[api_version] = known
        if kind not in known:
            raise NoMatchError(api_version, kind)
        return known[kind]

    def exists(self, api_version: str, kind: str) -> bool:
        """Whether the server has this kind."""
        try:
            self.resource(api_version, kind)
        except NoMatchError:
            return False
        return True

    def get(self, obj: Object, name: str = "") -> Object:
        """Return the live version of an object."""
        return self._expect(self._http.call("GET", self._path(obj, name or name_of(obj))))

    def find(self, obj: Object, name: str = "") -> Object | None:
        """Return the live version of an object, None when there is none."""
        try:
            return self.get(obj, name)
        except ApiError as error:
            if error.code == NOT_FOUND:
                return None
            raise

    def list_all(self, api_version: str, kind: str, namespace: str, labels: str = "") -> list[Object]:
        """Return the objects of a kind in a namespace, by label selector."""
        holder = {"apiVersion": api_version, "kind": kind, "metadata": {"namespace": namespace}}
        query = f"?{urlencode({'labelSelector': labels})}" if labels else ""
        items = self._expect(self._http.call("GET", self._path(holder, "") + query)).get("items") or []
        return [{"apiVersion": api_version, "kind": kind} | item for item in items]

    def apply(self, obj: Object, manager: str, *, force: bool = False, dry_run: bool = False, name: str = "") -> Object:
        """Server-side apply."""
        query = _query(dry_run, fieldManager=manager, force=str(force).lower(), fieldValidation="Warn")
        return self._expect(self._http.call("PATCH", self._path(obj, name or name_of(obj)) + query, obj, APPLY))

    def replace(self, obj: Object, manager: str, *, dry_run: bool = False) -> Object:
        """Replace an object; it must carry the resourceVersion of the live one."""
        query = _query(dry_run, fieldManager=manager)
        return self._expect(self._http.call("PUT", self._path(obj, name_of(obj)) + query, obj))

    def json_patch(self, obj: Object, operations: list[Object]) -> Object:
        """Patch a live object field by field."""
        return self._expect(self._http.call("PATCH", self._path(obj, name_of(obj)), operations, JSON_PATCH))

    def delete(self, obj: Object, name: str, propagation: str) -> None:
        """Ask for an object's removal."""
        options = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": propagation}
        self._expect(self._http.call("DELETE", self._path(obj, name), options))

    def _discover(self, api_version: str) -> dict[str, ResourceName]:
        code, body = self._http.call("GET", _root(api_version))
        if code == NOT_FOUND:
            return {}
        resources = self._expect((code, body)).get("resources") or []
        return {
            entry["kind"]: ResourceName(entry["name"], bool(entry.get("namespaced")))
            for entry in resources
            if "/" not in entry["name"]
        }

    def _path(self, obj: Object, name: str) -> str:
        api_version, kind = text(obj, "apiVersion"), text(obj, "kind")
        where = self.resource(api_version, kind)
        space = f"/namespaces/{quote(namespace_of(obj) or 'default', safe='')}" if where.namespaced else ""
        return f"{_root(api_version)}{space}/{where.plural}" + (f"/{quote(name, safe='')}" if name else "")

    @staticmethod
    def _expect(answer: Answer) -> Object:
        code, body = answer
        if code >= 300:  # noqa: PLR2004  HTTP: 2xx is success
            raise ApiError(code, body)
        return body if isinstance(body, dict) else {}


def _root(api_version: str) -> str:
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"


def _query(dry_run: bool, **parameters: str) -> str:
    return "?" + urlencode(parameters | ({"dryRun": "All"} if dry_run else {}))
