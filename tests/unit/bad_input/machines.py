"""What machines do besides running pods: updates of the operating system, mirrors, proxies."""

from tests.unit.bad_input.messages import CERTIFICATE, ENTRIES, GIVEN, MAPPING, TWICE
from tests.unit.bad_input.rows import As, Case, Row

_STRATEGY = "must be one of staggered, off, fleet-lock, operator"
_TIME = "must be a time of day, such as 03:00"
_HTTP = "must be an http or https URL of a lower-case host, without a user or query"
_REGISTRY = "must be the host of a registry, such as quay.io or localhost:5000"
_REASON = "must be a reason of 8 to 200 characters"
_PROXY = "must be an http URL of a host, with a port if wanted, without a user or password"
_DIRECT = "must be a name, an address or an IPv4 range, such as .example.com, 10.0.0.1 or 10.0.0.0/8"
_MIRROR = {"registry": "quay.io", "endpoints": [{"url": "https://mirror.example.com"}]}


def _mirror(changes: dict, *lines: str) -> Case:
    return Case(
        "any", "registry_mirrors", [{**_MIRROR, **changes}], tuple(f"registry_mirrors[0].{line}" for line in lines)
    )


def _endpoint(endpoint: object, line: str) -> Case:
    return _mirror({"endpoints": [endpoint]}, f"endpoints[0]{line}")


def _case(path: str, value: object, *lines: str) -> Case:
    return Case("any", path, value, lines)


MACHINES = [
    Row("os_updates", MAPPING, As(None, "<NoneType>"), As([], "<list>"), As("off", "<str>"), As(1, "<int>")),
    Row(
        "os_updates.strategy", _STRATEGY, "", "reboot", "Off", None, True, 1, As([], "<list>"), As("off\n", r"'off\n'")
    ),
    Row("os_updates.window_start", _TIME, "", "3:00", "24:00", "03:60", "03:00Z", '03:00"', 3, None),
    Row(
        "os_updates.window_start",
        _TIME,
        As("03:00\n[updates]", r"'03:00\n[updates]'"),
        As("\u0660\u0663:00", r"'\u0660\u0663:00'"),
    ),
    [
        *(
            _case(
                "os_updates",
                {"strategy": "fleet-lock", "fleet_lock_url": url},
                f"os_updates.fleet_lock_url: {url!r} {_HTTP}",
            )
            for url in (
                "",
                "10.3.0.15",
                "ftp://a.example",
                "http://u:p@a.example",
                "http://a.example/?q",
                "http://a b",
                None,
            )
        ),
        _case("os_updates", {"strategy": "fleet-lock"}, f"os_updates.fleet_lock_url: {GIVEN} with strategy fleet-lock"),
        *(
            _case(
                "os_updates",
                {**strategy, name: value},
                f"os_updates.{name}: {value!r} must be left out but for strategy {only}",
            )
            for strategy, name, value, only in (
                ({}, "fleet_lock_url", "http://10.3.0.15", "fleet-lock"),
                ({"strategy": "off"}, "fleet_lock_url", "http://10.3.0.15", "fleet-lock"),
                ({"strategy": "off"}, "window_start", "03:00", "staggered"),
                ({"strategy": "operator"}, "window_start", "03:00", "staggered"),
            )
        ),
    ],
    Row("registry_mirrors", ENTRIES.format(0, 32), None, "quay.io", As({}, "<dict>"), As([_MIRROR] * 33, "<list>")),
    Row("proxy", MAPPING, As(None, "<NoneType>"), As([], "<list>"), As("http://a", "<str>")),
    *(
        Row(
            f"proxy.{name}",
            _PROXY,
            "",
            "proxy:3128",
            "https://proxy.example.com",
            "http://u:p@proxy.example.com",
            "http://p:0",
            "socks5://p",
            None,
            1,
        )
        for name in ("http_proxy", "https_proxy")
    ),
    Row(
        "proxy.http_proxy",
        _PROXY,
        As("http://a\nEnvironment=B=c", r"'http://a\nEnvironment=B=c'"),
        "http://$(id)",
        "http://a,b",
        "http://a b",
        'http://a"',
    ),
    Row(
        "proxy.no_proxy",
        ENTRIES.format(0, 64),
        None,
        "a.example",
        As({}, "<dict>"),
        As([f"a{n}" for n in range(65)], "<list>"),
    ),
    [
        *(
            _case("proxy", {"no_proxy": [value]}, f"proxy.no_proxy[0]: {shown} {_DIRECT}")
            for value, shown in (
                ("", "''"),
                ("*", "'*'"),
                ("*.example.com", "'*.example.com'"),
                ("..a", "'..a'"),
                ("a,b", "'a,b'"),
                (".10.0.0.0/8", "'.10.0.0.0/8'"),
                ("10.0.0.1/8", "'10.0.0.1/8'"),
                ("A", "'A'"),
                (None, "None"),
                (1, "1"),
                ("a\n", r"'a\n'"),
            )
        ),
        _case("proxy", {"no_proxy": ["a", "a"]}, f"proxy.no_proxy[1]: 'a' {TWICE}"),
        _case("registry_mirrors", ["x"], f"registry_mirrors[0]: <str> {MAPPING}"),
        _case(
            "registry_mirrors",
            [{}],
            f"registry_mirrors[0].registry: {GIVEN}",
            f"registry_mirrors[0].endpoints: {GIVEN}",
        ),
        _case(
            "registry_mirrors",
            [_MIRROR, _MIRROR],
            "registry_mirrors[1].registry: 'quay.io' must differ from the other registries",
        ),
        *(
            _mirror({"registry": value}, f"registry: {value!r} {_REGISTRY}")
            for value in (
                "",
                "quay",
                "quay.io/a",
                "https://quay.io",
                "Quay.io",
                "quay.io:0",
                "quay.io:99999",
                "*",
                "_default",
                "..",
                None,
                1,
            )
        ),
        _mirror({"endpoints": []}, f"endpoints: <list> {ENTRIES.format(1, 4)}"),
        _mirror({"endpoints": "https://a"}, f"endpoints: 'https://a' {ENTRIES.format(1, 4)}"),
        _endpoint({}, f".url: {GIVEN}"),
        *(
            _endpoint({"url": url}, f".url: {url!r} {_HTTP}")
            for url in ("", "mirror.example.com", "ftp://a", "https://u:p@a", "https://a?b", None)
        ),
        _endpoint(
            {"url": "http://a.example"}, ".url: 'http://a.example' must be https, unless `unverified` says why not"
        ),
        _endpoint({"url": "https://a", "ca_pem": "x"}, f".ca_pem: <secret> {CERTIFICATE}"),
        *(
            _endpoint({"url": "https://a", "unverified": value}, f".unverified: {value!r} {_REASON}")
            for value in ("", "yes", True, None)
        ),
        _mirror(
            {"endpoints": [{"url": "https://a"}, {"url": "https://a"}]},
            "endpoints[1].url: 'https://a' must differ from the other endpoints'",
        ),
    ],
]
