"""Tradewind: Kubernetes clusters as typed Pulumi components.

Data flows through seven stages, left to right:

    args -> spec -> pki, token -> kubeconfigs, manifests, kubelet config -> host config -> platform -> outputs
"""
