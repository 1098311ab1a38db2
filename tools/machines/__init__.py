"""Local machines: full-system containers on this Linux host, with real systemd, sshd, podman and containerd.

Run as `python3 -m tools.machines VERB`, as root, with nothing but the standard library and util-linux.
"""
