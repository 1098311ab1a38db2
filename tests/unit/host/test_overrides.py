"""What a delta or an option adds or replaces."""

from dataclasses import replace

import pytest

from tests.unit.host.cases import CASES
from tests.unit.manifests.specs import DEFAULT
from tradewind.host.files import HostFile
from tradewind.host.options import FEDORA_COREOS, HostDelta, HostOptions, Mount
from tradewind.host.roles import controller, worker
from tradewind.host.systemd import Raw, Unit


def content(config, path):
    return next(file.content for file in config.files if file.path == path)


def unit(config, name):
    return next(unit for unit in config.units if unit.name == name)


def with_delta(**changes):
    return worker(DEFAULT, HostOptions(delta=HostDelta(name="test", **changes)))


def test_a_file_of_the_delta_replaces_one_of_the_library():
    own = HostFile(path="/etc/containerd/config.toml", content="own", mode=0o600)
    files = [file for file in with_delta(files=(own,)).files if file.path == own.path]
    assert files == [own]


def test_a_unit_of_the_delta_replaces_one_of_the_library():
    own = Unit(name="kubelet.path", mask=True)
    units = [each for each in with_delta(units=(own,)).units if each.name == own.name]
    assert units == [own]


def test_kernel_settings_are_added_replaced_and_left_out():
    text = content(
        with_delta(sysctls={"kernel.panic": None, "vm.overcommit_memory": "2", "net.core.somaxconn": "9"}),
        "/etc/sysctl.d/90-tradewind.conf",
    )
    assert "kernel.panic =" not in text
    assert "vm.overcommit_memory = 2\n" in text
    assert text.endswith("net.core.somaxconn = 9\n")


def test_settings_that_a_kubelet_checks_are_made_only_where_it_checks_them():
    path = "/etc/sysctl.d/90-tradewind.conf"
    assert "kernel.panic" in content(with_delta(), path)
    assert "protectKernelDefaults: true" in content(with_delta(), "/var/lib/kubelet/config.yaml")
    relaxed = with_delta(protect_kernel_defaults=False)
    assert "kernel.panic" not in content(relaxed, path)
    assert "protectKernelDefaults: false" in content(relaxed, "/var/lib/kubelet/config.yaml")


def test_a_kubelet_flag_is_literal_unless_it_is_raw():
    config = with_delta(
        kubelet_flags=(Raw("--hostname-override=${NAME}"), "--provider-id=50% ${NAME}"),
        kubelet_environment_file="/run/metadata",
        kubelet_requires=("metadata.service",),
    )
    text = unit(config, "kubelet.service").contents
    assert "  --hostname-override=${NAME} \\\n" in text
    assert '  "--provider-id=50%% $${NAME}"\n' in text
    assert "EnvironmentFile=/run/metadata\n" in text
    assert "Requires=containerd.service metadata.service\nAfter=containerd.service metadata.service\n" in text


@pytest.mark.parametrize("name", CASES)
def test_labels_of_volumes_are_for_selinux_only(name):
    texts = "".join(each.contents or "" for each in CASES[name].config.units)
    selinux = not name.startswith(("local", "flatcar"))
    assert (":ro,z " in texts) is selinux
    assert ("/sys/fs/selinux" in texts) is selinux
    assert "rshared" in texts


def test_mounts_and_container_options_are_added():
    config = with_delta(
        kubelet_mounts=(Mount(source="/a", target="/b", options=("ro", "z")),), container_options=("--tty",)
    )
    text = unit(config, "kubelet.service").contents
    assert "--volume=/a:/b:ro,z \\\n" in text
    assert "--tty \\\n" in text


def test_the_systems_own_containerd_is_only_enabled():
    assert unit(with_delta(), "containerd.service") == Unit(name="containerd.service", enabled=True)


def test_coreos_runs_one_container_engine():
    assert Unit(name="docker.service", mask=True) in FEDORA_COREOS.units


def test_names_and_addresses_of_a_host():
    config = worker(DEFAULT, HostOptions(hostname="n1", node_ip="10.0.0.1", hosts={"10.0.0.2": ["a", "b"]}))
    assert content(config, "/etc/hostname") == "n1\n"
    assert content(config, "/etc/hosts") == "127.0.0.1 localhost\n::1 localhost\n10.0.0.2 a b\n"
    text = unit(config, "kubelet.service").contents
    assert "--node-ip=10.0.0.1\n" in text


def test_an_address_of_the_host_itself_stays_localhost():
    config = worker(DEFAULT, HostOptions(hosts={"127.0.0.1": ["a", "b"], "::1": ["a"]}))
    assert content(config, "/etc/hosts") == "127.0.0.1 localhost a b\n::1 localhost a\n"


def test_a_host_without_a_name_takes_the_platforms():
    paths = {file.path for file in worker(DEFAULT, HostOptions()).files}
    assert not paths & {"/etc/hostname", "/etc/hosts"}


def test_etcd_metrics_are_served_where_asked():
    options = replace(HostOptions(), etcd_metrics_address="10.0.0.1")
    text = content(controller(DEFAULT, DEFAULT.controllers[0], options), "/etc/etcd/etcd.conf")
    assert "ETCD_LISTEN_METRICS_URLS=http://10.0.0.1:2381\n" in text
