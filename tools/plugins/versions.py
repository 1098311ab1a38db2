"""The official plugins that the project's own ones stand in for.

Reads: nothing.
Makes: `VERSIONS`. They are the versions of the Python packages in requirements.txt: the engine asks for exactly these.
"""

VERSIONS = {"command": "1.2.1", "kubernetes": "4.28.0", "random": "4.19.2", "tls": "5.3.1"}
