"""What Matchbox has for machines that tests render: both systems, what each reads from where, both architectures."""

from dataclasses import replace
from typing import Any

from tests.unit.host.cases import SSH_KEY, rendered_config
from tests.unit.platforms.bare_metal_arguments import ARGS, FLATCAR, machine
from tradewind.host.roles import HostConfig
from tradewind.platforms.bare_metal.profiles import Profile, profiles
from tradewind.platforms.bare_metal.spec import bare_metal_spec

OWN = {"architecture": "arm64", "install_disk": "/dev/disk/by-id/wwn-0x5000c500a0b1c2d3", "kernel_args": ["quiet"]}
CHOSEN = {"kernel_args": ["console=ttyAMA0"], "workers": [machine("hand", 32, **OWN)]}
CACHED = {**CHOSEN, "cached_install": True}
TESTING = {**CHOSEN, "os_stream": "testing", "os_version": "42.20250901.2.0"}
BETA = {**CHOSEN, "os_stream": "beta", "os_version": "4459.1.0", "download_protocol": "http", "oem_type": "vmware_raw"}


def made_of(args: dict[str, Any], area: str) -> dict[str, Profile]:
    """The profiles of a cluster by what golden files call them."""
    spec = bare_metal_spec(args)
    made = [profile for each in spec.machines for profile in profiles(spec, each)]
    return {f"{area}/{each.name.removeprefix('test-')}": each for each in made}


def installing(args: dict[str, Any], area: str) -> dict[str, Profile]:
    """That of the worker which is installed; what else there is, is as by default."""
    return {name: each for name, each in made_of(args, area).items() if each.netboot and "/hand" in name}


PROFILES = {
    **made_of(ARGS, "fedora-coreos"),
    **installing({**ARGS, **CACHED}, "fedora-coreos-cached"),
    **installing({**ARGS, **TESTING}, "fedora-coreos-testing"),
    **made_of(FLATCAR, "flatcar"),
    **installing({**FLATCAR, **CACHED}, "flatcar-cached"),
    **installing({**FLATCAR, **BETA}, "flatcar-beta"),
}


def with_key(profile: Profile) -> HostConfig:
    """The first boot, with a key of user core as deliveries have one."""
    return replace(profile.config, ssh_authorized_keys=(SSH_KEY,))


def rendered(profile: Profile) -> str:
    """A profile for people."""
    boot = profile.netboot
    lines = [f"profile {profile.name}", *(f"for {label}={value}" for label, value in profile.selector.items())]
    if boot:
        lines += [f"kernel {boot.kernel}", f"initrd {boot.initrd}", *(f"argument {each}" for each in boot.args)]
    return "\n".join((*lines, "", rendered_config(with_key(profile))))


RENDERED = {f"bare-metal/{name}.txt": rendered(profile) for name, profile in PROFILES.items()}
"""Text by golden file."""
