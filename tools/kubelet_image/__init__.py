"""The kubelet image: kubelet and kubectl of a release on Debian's host tools. Run `python3 -m tools.kubelet_image`."""
