"""The official plugins that the project's own ones stand in for.

Reads: nothing.
Makes: `VERSIONS`, the versions of the Python packages in requirements.txt: the engine asks for exactly these; and
`CLOUD_VERSIONS`, those of requirements-clouds.txt.
"""

VERSIONS = {"command": "1.2.1", "kubernetes": "4.28.0", "random": "4.19.2", "tls": "5.3.1"}
CLOUD_VERSIONS = {
    "aws": "7.51.1",
    "azure-native": "3.29.0",
    "digitalocean": "4.84.1",
    "gcp": "10.2.0",
    "matchbox": "0.3.0",
}
