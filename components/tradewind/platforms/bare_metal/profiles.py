"""What Matchbox has for machines: kernel, initrd and arguments to boot, and how a Flatcar installs itself.

Pure. Reads: `BareMetalSpec`. Makes: `Profile`s. Nothing is secret.
Sources: https://coreos.github.io/coreos-installer/getting-started/#installing-from-pxe,
https://www.flatcar.org/docs/latest/installing/bare-metal/booting-with-ipxe/ and
https://www.flatcar.org/docs/latest/setup/security/customizing-sshd/
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tradewind import naming
from tradewind.choices import Architecture, OperatingSystem
from tradewind.host.files import HostFile
from tradewind.host.roles import HostConfig
from tradewind.host.scripts import INSTALL_FLATCAR
from tradewind.host.systemd import Unit, command, unit_text
from tradewind.platforms.bare_metal.spec import BareMetalMachine, BareMetalSpec

_INSTALLED = "installed"
"""Value of the selector `os` with which a machine asks for what it becomes."""
# Firmware puts its own values in; Matchbox selects the machine by them.
_ASKED_BY_FIRMWARE = "ignition?uuid=${uuid}&mac=${mac:hexhyp}"
_MACHINE_NAMES = {Architecture.AMD64: "x86_64", Architecture.ARM64: "aarch64"}
_BUILDS = "https://builds.coreos.fedoraproject.org/prod/streams"
_FLATCAR_SITE = "release.flatcar-linux.net"
_CACHES = {Architecture.AMD64: "flatcar", Architecture.ARM64: "flatcar-arm64"}
"""Folders of Matchbox's assets: Flatcar's files of both architectures have the same names."""
_SCRIPT = "/opt/installer"
_SSH_PORT = 2222


@dataclass(frozen=True, kw_only=True)
class Netboot:
    """What firmware loads."""

    kernel: str
    initrd: str
    args: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What a machine gets, and by what it is known."""

    name: str
    selector: Mapping[str, str]
    """Labels of its requests, all of them."""
    config: HostConfig
    """Its Ignition config, but for the keys of user core."""
    netboot: Netboot | None = None
    """None: it asks for Ignition alone."""


def profiles(spec: BareMetalSpec, machine: BareMetalMachine) -> tuple[Profile, ...]:
    """What a machine gets in the order in which it asks; the last is the first boot of the installed system."""
    mac = {"mac": machine.mac}
    host = spec.host(machine.node.name).config(spec.cluster)
    if spec.operating_system is OperatingSystem.FEDORA_COREOS:
        return (Profile(name=machine.resource, selector=mac, config=host, netboot=_coreos(spec, machine)),)
    name = naming.installation(machine.resource)
    return (
        Profile(name=name, selector=mac, config=_installer(spec, machine), netboot=_flatcar(spec, machine)),
        Profile(name=machine.resource, selector={**mac, "os": _INSTALLED}, config=host),
    )


def _coreos(spec: BareMetalSpec, machine: BareMetalMachine) -> Netboot:
    """The live system writes itself to disk with the config that it fetches."""
    architecture, version = _MACHINE_NAMES[machine.architecture], spec.os_version
    folder = (
        f"{spec.matchbox_http_endpoint}/assets/fedora-coreos"
        if spec.cached_install
        else f"{_BUILDS}/{spec.os_stream.value}/builds/{version}/{architecture}"
    )
    live = f"{folder}/fedora-coreos-{version}-live"
    return Netboot(
        kernel=f"{live}-kernel.{architecture}",
        # EFI firmware finds the initrd by the name that an argument gives it.
        initrd=f"--name main {live}-initramfs.{architecture}.img",
        args=(
            "initrd=main",
            f"coreos.live.rootfs_url={live}-rootfs.{architecture}.img",
            f"coreos.inst.install_dev={machine.install_disk}",
            f"coreos.inst.ignition_url={spec.matchbox_http_endpoint}/{_ASKED_BY_FIRMWARE}",
            *machine.kernel_args,
        ),
    )


def _flatcar(spec: BareMetalSpec, machine: BareMetalMachine) -> Netboot:
    """The live system runs the installer."""
    if spec.cached_install:
        folder = f"{_flatcar_cache(spec, machine)}/{spec.os_version}"
    else:
        site = f"{spec.download_protocol.value}://{spec.os_stream.value}.{_FLATCAR_SITE}"
        folder = f"{site}/{machine.architecture.value}-usr/{spec.os_version}"
    return Netboot(
        kernel=f"{folder}/flatcar_production_pxe.vmlinuz",
        initrd=f"{folder}/flatcar_production_pxe_image.cpio.gz",
        args=(
            "initrd=flatcar_production_pxe_image.cpio.gz",
            f"flatcar.config.url={spec.matchbox_http_endpoint}/{_ASKED_BY_FIRMWARE}",
            "flatcar.first_boot=yes",
            *machine.kernel_args,
        ),
    )


def _installer(spec: BareMetalSpec, machine: BareMetalMachine) -> HostConfig:
    """The first boot of the Flatcar that installs: it runs one script, and people can look on."""
    # By name, so that it is told what the machine becomes and not what it is now.
    ignition = f"{spec.matchbox_http_endpoint}/ignition?mac={machine.mac}&os={_INSTALLED}"
    options = {
        "-d": machine.install_disk,
        "-C": spec.os_stream.value,
        "-V": spec.os_version,
        "-o": machine.oem_type,
        "-b": _flatcar_cache(spec, machine) if spec.cached_install else None,
    }
    words = [word for option, value in options.items() if value for word in (option, value)]
    unit = {
        "Unit": {
            "Description": "Install Flatcar to disk",
            "Requires": "network-online.target",
            "After": "network-online.target",
        },
        "Service": {
            "Type": "exec",
            "ExecStart": command(_SCRIPT, ignition, *words),
            "Restart": "on-failure",
            "RestartSec": "30",
        },
        "Install": {"WantedBy": "multi-user.target"},
    }
    return HostConfig(
        files=(
            HostFile(path=_SCRIPT, content=INSTALL_FLATCAR, mode=0o500),
            # Deliveries have to wait for the installed system, whether systemd listens for sshd or sshd itself.
            HostFile(
                path="/etc/systemd/system/sshd.socket.d/10-installing.conf",
                content=unit_text({"Socket": {"ListenStream": ["", str(_SSH_PORT)]}}),
            ),
            HostFile(path="/etc/ssh/sshd_config.d/10-installing.conf", content=f"Port {_SSH_PORT}\n", mode=0o600),
        ),
        directories=(),
        units=(Unit(name="installer.service", contents=unit_text(unit), enabled=True),),
    )


def _flatcar_cache(spec: BareMetalSpec, machine: BareMetalMachine) -> str:
    return f"{spec.matchbox_http_endpoint}/assets/{_CACHES[machine.architecture]}"
