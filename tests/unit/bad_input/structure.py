"""Mappings and lists: missing, unknown, of another kind, too long, twice."""

from tests.support.certificates import make_ca
from tests.unit.arguments import controllers
from tests.unit.bad_input.messages import DIFFER, ENTRIES, GIVEN, MAJORITY, MAPPING, TWICE
from tests.unit.bad_input.rows import As, Case, Row
from tradewind.platforms.local.spec import _FIELDS as LOCAL
from tradewind.spec import kubelet_images, validate

CA = make_ca("own")


def _unknown(table: dict) -> str:
    return f"is unknown; the fields are {', '.join(table)}"


def _case(path: str, value: object, *lines: str) -> Case:
    return Case("any", path, value, lines)


_TOP, _TWO = (
    _unknown(validate._CLUSTER),
    [{"name": "a", "etcd_name": "a.example"}, {"name": "a", "etcd_name": "a.example"}],
)
_SECTIONS = ("certificates", "bootstrap_token", "kubelet_image", "images")

STRUCTURE = [
    *(
        Row(
            name,
            MAPPING,
            As(None, "<NoneType>"),
            As([], "<list>"),
            As("a: b", "<str>"),
            As(1, "<int>"),
            As(True, "<bool>"),
        )
        for name in _SECTIONS
    ),
    Row(
        "controllers",
        ENTRIES.format(1, 7),
        None,
        3,
        "node",
        As([], "<list>"),
        As({"name": "a"}, "<dict>"),
        As(b"ab", "<bytes>"),
    ),
    Row("controllers", ENTRIES.format(1, 7), As(controllers(8), "<list>"), As([None] * 1_000_000, "<list>")),
    Row("controllers[0]", MAPPING, As("node", "<str>"), As(None, "<NoneType>"), As([], "<list>"), As(0, "<int>")),
    *(Row("controllers", MAJORITY, As(controllers(count), f"{count} entries")) for count in (2, 4, 6)),
    Row("api_servers", ENTRIES.format(1, 16), None, "api.example.com", True, As([], "<list>"), As({}, "<dict>")),
    Row(
        "api_servers",
        ENTRIES.format(1, 16),
        As([f"a{n}.example" for n in range(17)], "<list>"),
        As(["a"] * 1_000_000, "<list>"),
    ),
    Row(
        "controllers[0].addresses",
        ENTRIES.format(0, 8),
        None,
        "10.0.0.1",
        As({}, "<dict>"),
        As(["10.0.0.1"] * 9, "<list>"),
    ),
    Row("daemonset_tolerations", ENTRIES.format(0, 32), None, "gpu", 1, As([f"a{n}" for n in range(33)], "<list>")),
    Row(
        "daemonset_tolerations",
        ENTRIES.format(0, 32),
        As({"gpu": "yes"}, "<dict>"),
        As({"gpu"}, "<set>"),
        As(iter("ab"), "<str_ascii_iterator>"),
    ),
    [
        _case("api_servers", ["a.example", "b.example", "a.example"], f"api_servers[2]: 'a.example' {TWICE}"),
        _case(
            "daemonset_tolerations",
            ["gpu", "gpu", "gpu"],
            f"daemonset_tolerations[1]: 'gpu' {TWICE}",
            f"daemonset_tolerations[2]: 'gpu' {TWICE}",
        ),
        _case("controllers[0].addresses", ["10.0.0.1", "10.0.0.1"], f"controllers[0].addresses[1]: '10.0.0.1' {TWICE}"),
        _case(
            "controllers",
            [*_TWO, {"name": "b", "etcd_name": "b.example"}],
            f"controllers[1].name: 'a' {DIFFER}",
            f"controllers[1].etcd_name: 'a.example' {DIFFER}",
        ),
        _case("controllers[0]", {}, f"controllers[0].name: {GIVEN}", f"controllers[0].etcd_name: {GIVEN}"),
        _case("controllers[0].zone", "a", f"controllers[0].zone: <str> {_unknown(validate._CONTROLLER)}"),
        _case("colour", "red", f"colour: <str> {_TOP}"),
        _case("Name", "test", f"Name: <str> {_TOP}"),
        _case("kubernetesVersion", "v1.36.2", f"kubernetesVersion: <str> {_TOP}"),
        _case(
            "certificates",
            {"private_key_pem": CA.key_pem},
            f"certificates.private_key_pem: <str> {_unknown(validate._CERTIFICATES)}",
        ),
        _case(
            "bootstrap_token", {"token": "abc123.secret"}, f"bootstrap_token.token: <str> {_unknown(validate._TOKEN)}"
        ),
        _case("kubelet_image", {"arches": "arm64"}, f"kubelet_image.arches: <str> {_unknown(kubelet_images.FIELDS)}"),
        _case("images", {"calico": "a"}, f"images.calico: <str> {_unknown(dict.fromkeys(validate.Images.names()))}"),
        # Keys of any kind: a message stays one line per problem, and short.
        _case("images", {"etcd ": "a"}, f"images['etcd ']: <str> {_unknown(dict.fromkeys(validate.Images.names()))}"),
        _case(
            "images",
            {"a\nname: x": 1},
            rf"images['a\nname: x']: <int> {_unknown(dict.fromkeys(validate.Images.names()))}",
        ),
        _case(
            "images",
            {"\u202eetcd": 1},
            rf"images['\u202eetcd']: <int> {_unknown(dict.fromkeys(validate.Images.names()))}",
        ),
        _case(
            "images",
            {"a" * 1000: 1},
            f"images['{'a' * 80}'... (1000 characters)]: <int> {_unknown(dict.fromkeys(validate.Images.names()))}",
        ),
        _case("images", {CA.key_pem: 1}, f"images[<secret>]: <int> {_unknown(dict.fromkeys(validate.Images.names()))}"),
        _case("images", {3: 1}, f"images[3]: <int> {_unknown(dict.fromkeys(validate.Images.names()))}"),
        _case("images", {None: 1}, f"images[None]: <int> {_unknown(dict.fromkeys(validate.Images.names()))}"),
        _case("images", {("a",): 1}, f"images['<tuple>']: <int> {_unknown(dict.fromkeys(validate.Images.names()))}"),
        _case(
            "bootstrap_token",
            {f"x{number}": 1 for number in range(1_000_000)},
            *(f"bootstrap_token.x{number}: <int> {_unknown(validate._TOKEN)}" for number in range(10)),
            "bootstrap_token: 999990 more fields are unknown",
        ),
        Case("local", "api_servers", ["a"], (f"api_servers: <list> {_unknown(LOCAL)}",)),
    ],
]

NOT_ARGUMENTS = [
    As(None, "<NoneType>"),
    As([], "<list>"),
    As("name: test", "<str>"),
    As(1, "<int>"),
    As(b"{}", "<bytes>"),
]
