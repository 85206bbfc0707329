"""A clock and ids that a test determines."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from uuid import UUID

from tests.support.values import NOON


@dataclass(slots=True)
class HandClock:
    """A clock that stands still until it is moved."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float = 1) -> datetime:
        self.now += timedelta(seconds=seconds)
        return self.now


def counted_ids() -> Callable[[], UUID]:
    """Ids 1, 2, 3 and so on."""
    numbers = count(1)
    return lambda: UUID(int=next(numbers))
