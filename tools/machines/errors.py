"""The one exception of this package: its text is for the user, complete and without secrets."""


class MachineError(Exception):
    """Something about a machine or its image can't be done; the message says what, why and what to do."""
