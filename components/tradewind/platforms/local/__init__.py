"""The local platform: machines on one Linux host, as full-system containers.

`deltas` names everything that differs from a machine of a cloud.
"""
