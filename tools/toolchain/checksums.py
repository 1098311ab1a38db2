"""SHA-256 of official downloads, known beforehand.

Each was found alike in several public repositories that have nothing to do with one another. A file that is not here
is checked against the checksum published beside it. A changed version needs its row here changed or removed: the URL
holds the version, so that a row never applies to another one.

Reads: nothing.
Makes: SHA256, by URL.
"""

_CNI = "https://github.com/containernetworking/plugins/releases/download"
_COREDNS = "https://github.com/coredns/coredns/releases/download"
_KUBERNETES = "https://dl.k8s.io/release"

SHA256 = {
    f"{_CNI}/v0.9.1/cni-plugins-linux-amd64-v0.9.1.tgz": (
        "962100bbc4baeaaa5748cdbfce941f756b1531c2eadb290129401498bfac21e7"
    ),
    f"{_CNI}/v0.9.1/cni-plugins-linux-arm64-v0.9.1.tgz": (
        "ef17764ffd6cdcb16d76401bac1db6acc050c9b088f1be5efa0e094ea3b01df0"
    ),
    f"{_CNI}/v1.9.1/cni-plugins-linux-amd64-v1.9.1.tgz": (
        "b98f74a0f8522f0a83867178729c1aa70f2158f90c45a2ca8fa791db1c76b303"
    ),
    f"{_CNI}/v1.9.1/cni-plugins-linux-arm64-v1.9.1.tgz": (
        "56171987d3947707c3563db2f4001bccaf50fd63468611b9f3cbecb1375ee7ec"
    ),
    f"{_COREDNS}/v1.14.2/coredns_1.14.2_linux_amd64.tgz": (
        "2f08896df9d28ea0cd2294037e6d66e82f996b504e4901b791be8a3ae042029b"
    ),
    f"{_KUBERNETES}/v1.36.2/bin/linux/amd64/kube-apiserver": (
        "6770be17296ef36b656ad84e52b043007fb9a47ba0445c224097323291b1b33b"
    ),
    f"{_KUBERNETES}/v1.36.2/bin/linux/amd64/kubectl": (
        "1e9045ec32bea85da43de85f0065358529ea7c7a152eca78154fba5b58c27d82"
    ),
    f"{_KUBERNETES}/v1.36.2/bin/linux/arm64/kubectl": (
        "c957eb8c4bea27a3bb35b269edd9082e27f027f7b76b20b5bf4afebc726c6d3e"
    ),
}
