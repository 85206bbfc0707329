"""What is asked on a lane, and what becomes of it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from psycopg.abc import Buffer
from psycopg.pq.abc import PGresult

from honeydo.domain.user import UserId

from .statements import Statement


class NotRun(Exception):
    """Nothing has been done: to run it elsewhere is safe."""


class TooSlow(NotRun):
    """The server has undone it, since it would have held up others."""


@dataclass(slots=True, eq=False)
class Call:
    owner: UserId
    statement: Statement
    values: Sequence[Buffer | None]
    is_alone: bool
    """Whether it must not share its transaction."""
    answer: asyncio.Future[PGresult]
    asked_at: float
    sent_at: float = 0
    result: PGresult | None = None
    error: Exception | None = None

    def settle(self) -> None:
        if self.answer.done():
            return  # Who asked has been cancelled.
        if self.error:
            self.answer.set_exception(self.error)
        elif self.result:
            self.answer.set_result(self.result)
            self.result = None  # or it would be kept until all of its transaction is settled

    def fail(self, error: Exception) -> None:
        self.error = self.error or error
        self.settle()
