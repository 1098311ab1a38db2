"""Names: of clusters, machines, etcd members, API servers, domains and issuers."""

from tests.unit.bad_input.messages import (
    DNS_NAME,
    INSIDE,
    IP,
    LABEL,
    LABEL_KEY,
    LONG_DOMAIN,
    NAME_OR_IP,
    NUMBER_AT_END,
    URL,
)
from tests.unit.bad_input.rows import As, Row

MEGABYTES = 10_000_000
_LONG = f"'{'a' * 80}'... (10000000 characters)"

NAMES = [
    Row("name", LABEL.format(40), "", " ", "Test", "TEST", "test ", " test", "-test", "test-", "-", "te_st", "te.st"),
    Row("name", LABEL.format(40), "a" * 41, "te/st", "../etc", "te:st", "te,st", "te=st", "te@st", "te*st", "--help"),
    Row("name", LABEL.format(40), "$(reboot)", "`reboot`", "test;reboot", "${IFS}", "%n", "te'st", 'te"st', "te\\st"),
    Row(
        "name",
        LABEL.format(40),
        As("test\n", r"'test\n'"),
        As("test\r\n", r"'test\r\n'"),
        As("\ttest", r"'\ttest'"),
        As("te\x00st", r"'te\x00st'"),
        As("test\n---\nkind: Secret", r"'test\n---\nkind: Secret'"),
        As("test\n  api_port: 0 must be", r"'test\n  api_port: 0 must be'"),
        As("\x1b[2Jtest", r"'\x1b[2Jtest'"),
        As("t\u0435st", r"'t\u0435st'"),  # Cyrillic e
        As("te\u200bst", r"'te\u200bst'"),  # zero width space
        As("\u202etset", r"'\u202etset'"),  # right-to-left override
        As("test\u2028", r"'test\u2028'"),  # line separator
        As("\ufefftest", r"'\ufefftest'"),  # byte order mark
        As("\uff54\uff45\uff53\uff54", r"'\uff54\uff45\uff53\uff54'"),  # full-width letters
        As("te\u0301st", r"'te\u0301st'"),  # combining acute
        As("t\u00e9st", r"'t\xe9st'"),
        As("test\u0661", r"'test\u0661'"),  # an Arabic digit
        As("te\u017ft", r"'te\u017ft'"),  # long s, which folds to s
        As("\u05d0\u05d1", r"'\u05d0\u05d1'"),  # right-to-left letters
        As("\ud800", r"'\ud800'"),  # half of a surrogate pair
        As("\U0001f6a2", r"'\U0001f6a2'"),
        As("a" * MEGABYTES, _LONG),
    ),
    Row("name", LABEL.format(40), None, True, 1, 1.5, As(b"test", "<bytes>"), As(["test"], "<list>"), As({}, "<dict>")),
    Row(
        "controllers[0].name",
        LABEL.format(63),
        "",
        "a" * 64,
        "Node-0",
        "node 0",
        "node.example.com",
        "node_0",
        "10.0.0.1",
    ),
    Row("controllers[0].name", LABEL.format(63), As("node\n", r"'node\n'"), As("n\u043ede", r"'n\u043ede'"), None, 0),
    Row(
        "controllers[0].etcd_name",
        DNS_NAME,
        "",
        "etcd0.example.com.",
        "etcd0..example.com",
        ".example.com",
        "-a.example",
    ),
    Row("controllers[0].etcd_name", DNS_NAME, "ETCD0.example.com", "etcd_0.example.com", "etcd0.example.com:2379"),
    Row(
        "controllers[0].etcd_name",
        DNS_NAME,
        "https://etcd0",
        "etcd0,etcd1",
        "etcd0=x",
        "*.example.com",
        "a b",
        "fd00::1",
    ),
    Row(
        "controllers[0].etcd_name",
        DNS_NAME,
        As(f"{'a' * 64}.example.com", f"'{'a' * 64}.example.com'"),
        As("x." * 126 + "xx", f"'{'x.' * 40}'... (254 characters)"),
        As("etcd0.example.com\n", r"'etcd0.example.com\n'"),
        As("m\u00fcnchen.example", r"'m\xfcnchen.example'"),
        As("etcd\uff10.example", r"'etcd\uff10.example'"),
        As("etcd0\u3002example", r"'etcd0\u3002example'"),  # ideographic full stop, a dot to IDNA
        None,
        7,
    ),
    Row(
        "controllers[0].etcd_name",
        NUMBER_AT_END,
        "10.0.0.1",
        "etcd.1",
        "127.1",
        "2130706433",
        "etcd.0x7f",
        "0x7f000001",
    ),
    Row("cluster_domain", DNS_NAME, "", "Cluster.local", "cluster.local.", "cluster..local", ".", "cluster local", "*"),
    Row("cluster_domain", DNS_NAME, As("cluster.local\r\n", r"'cluster.local\r\n'"), As(["a"], "<list>"), None, True),
    Row("cluster_domain", NUMBER_AT_END, "1", "cluster.1", "10.3.0.0", "cluster.0xa"),
    Row("cluster_domain", LONG_DOMAIN, As(f"{'a.' * 60}bc", f"'{'a.' * 40}'... (122 characters)")),
    Row("cluster_domain", DNS_NAME, As("a." * 5_000_000, f"'{'a.' * 40}'... (10000000 characters)")),
    Row(
        "api_servers[0]",
        NAME_OR_IP,
        "",
        "API.example.com",
        "api.example.com.",
        "api.example.com:6443",
        "https://api.example",
    ),
    Row(
        "api_servers[0]",
        NAME_OR_IP,
        "api.example.com/",
        "user@api.example.com",
        "*.example.com",
        "api example",
        "localhost:1",
    ),
    Row(
        "api_servers[0]", NAME_OR_IP, "10.0.0.256", "10.0.0", "010.0.0.1", "10.0.0.01", "10.0.0.1/32", "0x7f000001", "1"
    ),
    Row(
        "api_servers[0]",
        NAME_OR_IP,
        "::ffff:10.0.0.1",
        "::ffff:a00:1",
        "fe80::1%eth0",
        "FD00::1",
        "fd00:0:0::1",
        "[fd00::1]",
    ),
    Row("api_servers[0]", NAME_OR_IP, "0.0.0.0", "::", "224.0.0.1", "ff02::1", "255.255.255.255"),  # noqa: S104
    Row(
        "api_servers[0]",
        NAME_OR_IP,
        As("\uff11\uff10.0.0.1", r"'\uff11\uff10.0.0.1'"),
        As("api.example.com\n", r"'api.example.com\n'"),
        None,
        10,
        As(["api.example.com"], "<list>"),
    ),
    Row("api_servers[0]", INSIDE.format("service_cidr", "10.3.0.0/24"), "10.3.0.1"),
    Row("api_servers[0]", INSIDE.format("pod_cidr", "10.20.0.0/14"), "10.21.2.3"),
    Row("controllers[0].addresses[0]", IP, "", "node.example.com", "10.0.0.256", "10.0.0.1/24", "010.0.0.1", "0.0.0.0"),  # noqa: S104
    Row(
        "controllers[0].addresses[0]",
        IP,
        "::ffff:10.0.0.1",
        "fe80::1%eth0",
        "FD00::1",
        "fd00::0:1",
        "239.1.1.1",
        None,
        1,
    ),
    Row(
        "controllers[0].addresses[0]",
        IP,
        As("10.0.0.1\n", r"'10.0.0.1\n'"),
        As("1" * MEGABYTES, f"'{'1' * 80}'... (10000000 characters)"),
    ),
    Row("controllers[0].addresses[0]", INSIDE.format("service_cidr", "10.3.0.0/24"), "10.3.0.10"),
    Row(
        "service_account_issuer",
        URL,
        "",
        "https://",
        "http://issuer.example.com",
        "issuer.example.com",
        "https:issuer.example",
    ),
    Row(
        "service_account_issuer",
        URL,
        "HTTPS://issuer.example.com",
        "https://ISSUER.example.com",
        "https://issuer..example",
    ),
    Row(
        "service_account_issuer",
        URL,
        "https://u:p@issuer.example",
        "https://issuer.example/?a=b",
        "https://issuer.example/#a",
    ),
    Row(
        "service_account_issuer",
        URL,
        "https://issuer.example:0",
        "https://issuer.example:65536",
        "https://issuer.example:",
    ),
    Row(
        "service_account_issuer",
        URL,
        "https://issuer.example/$(HOME)",
        "https://issuer.example/${HOME}",
        "https://issuer/`id`",
    ),
    Row(
        "service_account_issuer", URL, "https://issuer.example/%zz", "https://issuer.example/a b", "https://10.0.0.256/"
    ),
    Row(
        "service_account_issuer",
        URL,
        As("https://issuer.example\n", r"'https://issuer.example\n'"),
        As("https://issuer.example/\u00e9", r"'https://issuer.example/\xe9'"),
        As("https://issuer.example/" + "a" * 1002, f"'https://issuer.example/{'a' * 57}'... (1025 characters)"),
        None,
        443,
    ),
    Row(
        "daemonset_tolerations[0]",
        LABEL_KEY,
        "",
        "/",
        "a/",
        "/a",
        "a/b/c",
        "-a",
        "a-",
        "a b",
        "a=b",
        "a,b",
        "Example.com/a",
    ),
    Row("daemonset_tolerations[0]", LABEL_KEY, "gpu:NoSchedule", "x" * 64, "*", None, 1, True, As("gpu\n", r"'gpu\n'")),
    Row("daemonset_tolerations[0]", LABEL_KEY, As("g\u0440u", r"'g\u0440u'"), As(["gpu"], "<list>")),
]
