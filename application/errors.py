"""Refusals that come of others being at work too, and failures of what the use cases need."""

from honeydo.domain.errors import HoneydoError
from honeydo.domain.task import Task


class Unavailable(HoneydoError):
    """The store did not answer in time. A write may or may not have been stored."""

    def __init__(self) -> None:
        super().__init__("The database does not answer right now; try again in a moment.")


class RevisionMismatch(HoneydoError):
    """The task is not, or no longer, as the change expected it; `current` is what it is now."""

    def __init__(self, current: Task) -> None:
        super().__init__("The task has changed since you last saw it.")
        self.current = current


class Contended(HoneydoError):
    """Others kept changing the task faster than this change could be saved; nothing was."""

    def __init__(self) -> None:
        super().__init__("Too many changes to this task at once; try again in a moment.")


class InvalidToken(HoneydoError):
    """The bearer token proves nobody's identity. What it says is for logs, not for the sender."""


class OperationRefused(HoneydoError):
    """An operation of a batch cannot be done, so none is: its `index` from 0, and the `reason`."""

    def __init__(self, index: int, reason: HoneydoError) -> None:
        super().__init__(str(reason))
        self.index = index
        self.reason = reason


class IdempotencyKeyInUse(HoneydoError):
    """A request with the same idempotency key is still at work."""

    def __init__(self) -> None:
        super().__init__("The first request with this key is not done yet; try again in a moment.")


class IdempotencyKeyReused(HoneydoError):
    """The idempotency key belongs to a different request."""

    def __init__(self) -> None:
        super().__init__("This idempotency key was used for a different request.")
