"""The project's own Pulumi plugin processes, for where the Pulumi CLI cannot download the official ones.

One package per plugin (`random`, `tls`, `command`, `kubernetes`) over the shared `base`; `install` puts them into a
PULUMI_HOME. A stack sees no difference: same tokens, inputs, outputs, ids, secrets, replacements and errors.
"""
