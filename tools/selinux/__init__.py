"""A virtual machine with SELinux enforcing, under software emulation: this host needs no SELinux and no virtualisation.

`disk` makes its disk, `guest/` is what is on it besides Debian's packages, `machine` boots it.
"""
