"""The configuration of the machine in front of several API servers."""

from tests.support.golden import assert_golden, assert_no_stale
from tradewind.platforms.local.load_balancer import haproxy_configuration, host_config
from tradewind.platforms.local.spec import local_spec

SPEC = local_spec({"name": "test", "controllers": 3, "api_port": 443})
CASE = "load-balancer/haproxy.cfg"


def test_rendered_configuration():
    assert_golden(CASE, haproxy_configuration(SPEC).content)


def test_no_stale_file():
    assert_no_stale("load-balancer", [CASE])


def test_the_machine_holds_nothing_of_kubernetes():
    config = host_config(SPEC, SPEC.load_balancer)
    assert [file.path for file in config.files] == [
        "/etc/hostname",
        "/etc/ssh/sshd_config.d/40-tradewind.conf",
        "/etc/haproxy/haproxy.cfg",
    ]
    assert not config.secret
