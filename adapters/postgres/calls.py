"""What is asked on a lane, and what becomes of it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from psycopg.abc import Buffer
from psycopg.errors import (
    DuplicatePreparedStatement,
    InvalidSqlStatementName,
    LockNotAvailable,
    OperationalError,
    QueryCanceled,
)
from psycopg.pq.abc import PGresult

from honeydo.domain.user import UserId

from .statements import Statement


class NotRun(Exception):
    """Nothing has been done: to run it elsewhere is safe."""


class TooSlow(NotRun):
    """The server has undone it, since it would have held up others."""


def meant_by(error: psycopg.Error, *, is_read: bool, is_alone: bool) -> Exception:
    """What the server's error is to whom it was told; `is_alone` unless what others did in the same
    transaction may have failed."""
    if isinstance(error, (QueryCanceled, LockNotAvailable)):
        return TooSlow()
    # Maybe for what another one did, or at the commit for another one altogether.
    if not is_alone:
        return NotRun()
    # A connection that is being ended says so to one statement; a read runs again regardless.
    if is_read and isinstance(error, OperationalError):
        return NotRun()
    # Its preparation failed, maybe for an error before it; or others had it prepared meanwhile.
    if isinstance(error, (InvalidSqlStatementName, DuplicatePreparedStatement)):
        return NotRun()
    return error


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
        """Whatever was said of it before: that counts once its transaction has ended."""
        self.error = error
        self.settle()
