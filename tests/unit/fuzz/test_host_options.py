"""What a platform says about a host: refused, or literally one word or line of its file."""

from dataclasses import replace

import pytest
import yaml
from hypothesis import given

from tests.support.fuzzing import INJECTIONS, YAML_TRAPS, fuzz, texts
from tests.support.systemd_units import parsed, words_of
from tests.unit.manifests.specs import DEFAULT
from tradewind import constants
from tradewind.errors import TradewindError
from tradewind.host.options import FEDORA_COREOS, HostOptions
from tradewind.host.roles import HostConfig, controller
from tradewind.kubelet import Taint

TEXTS = list(dict.fromkeys([*INJECTIONS, *YAML_TRAPS]))
WITHOUT = {file.path: file.content for file in controller(DEFAULT, DEFAULT.controllers[0], HostOptions()).files}


def host(options: HostOptions) -> HostConfig | None:
    """A host of these options, or None if they are refused."""
    try:
        return controller(DEFAULT, DEFAULT.controllers[0], options)
    except TradewindError:
        return None


def lines_of(config: HostConfig, path: str) -> list[str]:
    (content,) = [file.content for file in config.files if file.path == path]
    assert content.endswith("\n")
    return content[:-1].split("\n")


def check(text: str) -> None:
    if named := host(HostOptions(hostname=text)):
        assert lines_of(named, "/etc/hostname") == [text]
    if hosts := host(HostOptions(hosts={"192.0.2.1": [text, "b"]})):
        assert lines_of(hosts, "/etc/hosts") == ["127.0.0.1 localhost", "::1 localhost", f"192.0.2.1 {text} b"]
        assert len(lines_of(hosts, "/etc/hosts")[-1].split()) == 3
    sysctl = "/etc/sysctl.d/90-tradewind.conf"
    if tuned := host(HostOptions(delta=replace(FEDORA_COREOS, sysctls={"kernel.test": text}))):
        assert lines_of(tuned, sysctl) == [*WITHOUT[sysctl].splitlines(), f"kernel.test = {text}"]
    modules = "/etc/modules-load.d/tradewind.conf"
    if loaded := host(HostOptions(delta=replace(FEDORA_COREOS, kernel_modules=[text]))):
        assert lines_of(loaded, modules) == [text]
    if metrics := host(HostOptions(etcd_metrics_address=text)):
        assert len(lines_of(metrics, "/etc/etcd/etcd.conf")) == len(WITHOUT["/etc/etcd/etcd.conf"].splitlines())
    if flagged := host(HostOptions(delta=replace(FEDORA_COREOS, kubelet_flags=[text]))):
        (unit,) = [each for each in flagged.units if each.name == "kubelet.service"]
        (run,) = [value for key, value in parsed(unit.contents)["Service"] if key == "ExecStart"]
        assert words_of(run.replace("${KUBELET_IMAGE}", "IMAGE"))[-1] == text


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_a_dangerous_text(text):
    check(text)


@fuzz(40)
@given(texts)
def test_any_text(text):
    check(text)


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_taints_and_settings_of_the_kubelet_are_yaml(text):
    delta = replace(FEDORA_COREOS, kubelet_config={"test": text})
    config = host(HostOptions(delta=delta, taints=[Taint(key=text, value=text, effect="NoSchedule")]))
    (content,) = [file.content for file in config.files if file.path == constants.KUBELET_CONFIG]
    read = yaml.safe_load(content)
    assert read["test"] == text
    assert read["registerWithTaints"][-1] == Taint(key=text, value=text, effect="NoSchedule").document()


def test_an_ordinary_host_is_taken():
    options = HostOptions(hostname="a", hosts={"192.0.2.1": ["a.example"]}, etcd_metrics_address="192.0.2.1")
    assert host(options)
