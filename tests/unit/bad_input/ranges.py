"""Ranges of addresses: their form, what no host can use, overlaps, and room for nodes."""

from tests.unit.bad_input.messages import NOT_FOR_HOSTS, OVERLAP, PODS, RANGE
from tests.unit.bad_input.rows import As, Case, Row

_POD, _SERVICE, _HOST = RANGE.format(8, 22), RANGE.format(12, 26), RANGE.format(8, 29)

RANGES = [
    Row(
        "pod_cidr",
        _POD,
        "",
        "10.0.0.0",
        "10.0.0.0/",
        "/16",
        "10.0.0.0/33",
        "10.0.0.0/-8",
        "10.0.0.0/8.0",
        "10.0.0.0/016",
    ),
    Row(
        "pod_cidr",
        _POD,
        "10.0.0.1/16",
        "10.1.0.0/8",
        "10.0.0.0/255.255.0.0",
        "10.0.0.0/0.0.255.255",
        "10.0.0/16",
        "10/8",
    ),
    Row(
        "pod_cidr",
        _POD,
        "010.0.0.0/16",
        "10.0.0.256/16",
        "0xa.0.0.0/16",
        "167772160/16",
        "fd00::/16",
        "::ffff:10.0.0.0/112",
    ),
    Row(
        "pod_cidr",
        _POD,
        "10.0.0.0/32",
        "64.0.0.0/7",
        "10.0.0.0/23",
        "10.0.0.0/16 ",
        " 10.0.0.0/16",
        "a/16",
    ),
    Row(
        "pod_cidr",
        _POD,
        As("\uff11\uff10.0.0.0/8", r"'\uff11\uff10.0.0.0/8'"),  # full-width digits
        As("10.0.0.0/\u0661\u0666", r"'10.0.0.0/\u0661\u0666'"),  # Arabic digits
        As("10.0.0.0\uff0f16", r"'10.0.0.0\uff0f16'"),  # full-width slash
        As("10.0.0.0/16\n", r"'10.0.0.0/16\n'"),
        As("10.0.0.0/16\x00", r"'10.0.0.0/16\x00'"),
        As("10.0.0.0/" + "1" * 10_000_000, f"'10.0.0.0/{'1' * 71}'... (10000009 characters)"),
        None,
        10,
        True,
        As(b"10.0.0.0/16", "<bytes>"),
        As(["10.0.0.0/16"], "<list>"),
        As(10**400, "<a number of 1329 bits>"),
    ),
    Row("pod_cidr", NOT_FOR_HOSTS.format("0.0.0.0/8"), "0.0.0.0/8"),
    Row("pod_cidr", NOT_FOR_HOSTS.format("127.0.0.0/8"), "127.0.0.0/16"),
    Row("pod_cidr", NOT_FOR_HOSTS.format("169.254.0.0/16"), "169.254.0.0/16", "169.0.0.0/8"),
    Row("pod_cidr", NOT_FOR_HOSTS.format("224.0.0.0/3"), "224.0.0.0/8", "255.255.0.0/16"),
    Row(
        "service_cidr",
        _SERVICE,
        "10.3.0.0/27",
        "10.3.0.0/29",
        "10.3.0.0/32",
        "96.0.0.0/11",
        "10.3.0.10/24",
        "10.3.0.0",
        "x",
    ),
    Row(
        "service_cidr",
        _SERVICE,
        None,
        24,
        As({"cidr": "10.3.0.0/24"}, "<dict>"),
        As("10.3.0.0/24\r", r"'10.3.0.0/24\r'"),
    ),
    Row("service_cidr", NOT_FOR_HOSTS.format("224.0.0.0/3"), "239.0.0.0/24"),
    Row(
        "host_cidr",
        _HOST,
        "192.0.2.0/30",
        "192.0.2.0/32",
        "192.0.2.1/24",
        "192.0.0.0/7",
        "192.0.2.0",
        "",
        None,
        24,
        False,
    ),
    Row("host_cidr", NOT_FOR_HOSTS.format("127.0.0.0/8"), "127.0.0.0/8"),
    Row("host_cidr", RANGE.format(16, 24), "10.78.0.0/25", "10.0.0.0/15", "10.78.0.1/24", "", None, platform="local"),
    # Of two ranges that overlap, the later field is told; a default takes part.
    Row("host_cidr", OVERLAP.format("pod_cidr", "10.20.0.0/14"), "10.20.0.0/24", "10.23.255.0/24"),
    Row("host_cidr", OVERLAP.format("service_cidr", "10.3.0.0/24"), "10.3.0.0/24", "10.2.0.0/15"),
    Row("host_cidr", OVERLAP.format("pod_cidr", "10.20.0.0/14"), "10.21.0.0/16", platform="local"),
    Row("service_cidr", OVERLAP.format("pod_cidr", "10.20.0.0/14"), "10.20.0.0/14", "10.22.0.0/24", "10.16.0.0/12"),
    [
        Case(
            "any",
            "pod_cidr",
            "10.0.0.0/8",
            (f"service_cidr: '10.3.0.0/24' {OVERLAP.format('pod_cidr', '10.0.0.0/8')}",),
        )
    ],
    [
        Case(
            "any",
            "pod_cidr",
            "0.0.0.0/0",
            (
                f"pod_cidr: '0.0.0.0/0' {_POD}",
                f"service_cidr: '10.3.0.0/24' {OVERLAP.format('pod_cidr', '0.0.0.0/0')}",
            ),
        )
    ],
    [
        Case(
            "local",
            "pod_cidr",
            "10.76.0.0/14",
            (f"host_cidr: '10.78.0.0/24' {OVERLAP.format('pod_cidr', '10.76.0.0/14')}",),
        )
    ],
]

ROOM = (5, "10.0.0.0/22", f"pod_cidr: '10.0.0.0/22' {PODS.format(5, 4)}")
"""Controllers, a range of pods that is too small for them, and what is said of it."""
