"""What the tls plugin does with the `cryptography` package: keys, names, requests and certificates.

Reads: nothing.
Makes: nothing itself. Only the functions that need it import this package: most runs of the engine make no key.
"""
