"""containerd's configuration says what was meant, as TOML."""

import tomllib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tradewind.host.containerd import ContainerdOptions, containerd_config

IMAGES = "io.containerd.cri.v1.images"
RUNTIME = "io.containerd.cri.v1.runtime"


def config(image="registry.k8s.io/pause:3.10.1", **options):
    return tomllib.loads(containerd_config(image, ContainerdOptions(**options)))


def test_the_default():
    assert config() == {
        "version": 3,
        "root": "/var/lib/containerd",
        "state": "/run/containerd",
        "oom_score": -999,
        "disabled_plugins": [],
        "grpc": {"address": "/run/containerd/containerd.sock"},
        "plugins": {
            IMAGES: {
                "discard_unpacked_layers": False,
                "pinned_images": {"sandbox": "registry.k8s.io/pause:3.10.1"},
            },
            RUNTIME: {
                "enable_selinux": True,
                "enable_unprivileged_icmp": True,
                "enable_unprivileged_ports": True,
                "restrict_oom_score_adj": False,
                "containerd": {
                    "runtimes": {"runc": {"runtime_type": "io.containerd.runc.v2", "options": {"SystemdCgroup": True}}}
                },
            },
        },
    }


@pytest.mark.parametrize(
    ("option", "where"),
    [
        ("selinux", (RUNTIME, "enable_selinux")),
        ("unprivileged_ports", (RUNTIME, "enable_unprivileged_ports")),
        ("restrict_oom_score_adj", (RUNTIME, "restrict_oom_score_adj")),
        ("discard_unpacked_layers", (IMAGES, "discard_unpacked_layers")),
        ("systemd_cgroup", (RUNTIME, "containerd", "runtimes", "runc", "options", "SystemdCgroup")),
    ],
)
@pytest.mark.parametrize("value", [True, False])
def test_a_switch_is_where_containerd_reads_it(option, where, value):
    found = config(**{option: value})["plugins"]
    for key in where:
        found = found[key]
    assert found is value


def test_no_oom_score_is_left_out():
    assert "oom_score" not in config(oom_score=None)


@given(st.text(), st.lists(st.text(), max_size=3))
@example('a"\n[grpc]\naddress = "evil"', ["\\", "\x7f", "\U0001f600", "\0"])
def test_no_value_escapes_its_setting(image, plugins):
    found = config(image, disabled_plugins=plugins)
    assert found["plugins"][IMAGES]["pinned_images"]["sandbox"] == image
    assert found["disabled_plugins"] == plugins
    assert found["grpc"] == {"address": "/run/containerd/containerd.sock"}
