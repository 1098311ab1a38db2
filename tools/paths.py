"""Where things live: the cache shared by all checkouts of this user, and the private folder of one checkout.

Reads: TRADEWIND_CACHE, XDG_CACHE_HOME and HOME.
Makes: nothing; whoever writes to a folder makes it.
"""

import os
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
"""The root of the checkout that this module belongs to."""


def cache_root() -> Path:
    """The cache: $TRADEWIND_CACHE, else tradewind/ in $XDG_CACHE_HOME, else ~/.cache/tradewind."""
    chosen = os.environ.get("TRADEWIND_CACHE")
    if chosen:
        return Path(chosen).expanduser().absolute()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "tradewind"


def bin_dir() -> Path:
    """The folder with every tool, keyed by a digest of the pins: changed pins never mix with older programs."""
    # Imported here: only this path depends on the table of tools.
    from tools.toolchain.pins import toolchain_key  # noqa: PLC0415

    return cache_root() / "bin" / toolchain_key()


def kubernetes_bin_dir(version: str) -> Path:
    """The folder with the programs of one pinned Kubernetes version, such as `1.35.4`; the default's is `bin_dir()`.

    Raises:
        KeyError: if that version is not pinned.
    """
    from tools.toolchain.pins import KUBERNETES_VERSION, OTHER_KUBERNETES, toolchain_key  # noqa: PLC0415

    keys = {KUBERNETES_VERSION: toolchain_key(), **{tool.version: toolchain_key((tool,)) for tool in OTHER_KUBERNETES}}
    return cache_root() / "bin" / keys[version]


def relabelling_ignition() -> Path:
    """The Ignition of the emulated machine with SELinux."""
    from tools.toolchain.pins import RELABELLING_IGNITION, toolchain_key  # noqa: PLC0415

    return cache_root() / "bin" / toolchain_key((RELABELLING_IGNITION,)) / "ignition"


def tools_dir() -> Path:
    """One folder for each tool, version and recipe; bin_dir() links to the programs in them."""
    return cache_root() / "tools"


def locks_dir() -> Path:
    """Lock files, so that two runs at once do not make the same thing twice."""
    return cache_root() / "locks"


def logs_dir() -> Path:
    """The full output of builds, for when one fails."""
    return cache_root() / "logs"


def pulumi_home() -> Path:
    """PULUMI_HOME: plugins and settings of the CLI, apart from the user's own, one for each CLI version."""
    from tools.toolchain.pins import PULUMI_VERSION  # noqa: PLC0415

    return cache_root() / "pulumi" / f"v{PULUMI_VERSION}"


def images_dir() -> Path:
    """Container images made from the tools, as archives to load into machines."""
    return cache_root() / "images"


def machine_root_dir() -> Path:
    """The root file systems that local machines share."""
    return cache_root() / "machine-root"


def state_dir(checkout: Path = CHECKOUT) -> Path:
    """The private folder of a checkout (mode 0700): backend, passphrase, keys, kubeconfig."""
    return checkout / ".state"
