"""Failures of what the use cases need from outside; each may pass by itself."""

from honeydo.domain.errors import HoneydoError


class Unavailable(HoneydoError):
    """The store did not answer in time. A write may or may not have been stored."""

    def __init__(self) -> None:
        super().__init__("The database does not answer right now; try again in a moment.")


class Contended(HoneydoError):
    """Others kept changing the task faster than this change could be saved; nothing was."""

    def __init__(self) -> None:
        super().__init__("Too many changes to this task at once; try again in a moment.")


class InvalidToken(HoneydoError):
    """The bearer token proves nobody's identity. What it says is for logs, not for the sender."""
