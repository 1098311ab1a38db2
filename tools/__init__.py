"""Tool set-up, stand-in plugins, local machines, images: nothing that a program of a user imports."""

import sys

# Here, before any module that an older Python could not even read: the user's python3 may be older than the project's.
if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit("error: Tradewind needs Python 3.11 to 3.13; this is " + sys.version.split()[0])
