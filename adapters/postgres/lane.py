"""A connection on which the calls of many are on their way at once."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Final

import psycopg
from psycopg import AsyncConnection
from psycopg.abc import Buffer
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import (
    InvalidSqlStatementName,
    LockNotAvailable,
    OperationalError,
    QueryCanceled,
    error_from_result,
)
from psycopg.pq import ExecStatus, Format
from psycopg.pq.abc import PGresult
from psycopg.rows import TupleRow

from honeydo.domain.user import UserId

from .connection import has_ended
from .statements import ACT_AS, ACT_AS_BRIEFLY, Statement, Step

# Seconds. A lock is waited for a few commits' time: who holds it for longer may hold it for good.
_LONGEST_STATEMENT: Final = 0.1
_LONGEST_LOCK: Final = 0.01
_STUCK: Final = 1.0
_LOOK: Final = 0.25
# The commits of one lane wait for the disk one after the other. On a slow disk, with many of them
# on their way, those that come next are done sooner side by side, elsewhere.
_LATE: Final = 0.02
_MANY_ANSWERS_DUE: Final = 64
_MOST_ANSWERS_DUE: Final = 1_000

_BINARY: Final = int(Format.BINARY)
_ERROR: Final = int(ExecStatus.FATAL_ERROR)
_ABORTED: Final = int(ExecStatus.PIPELINE_ABORTED)


class NotRun(Exception):
    """Nothing has been done: to run it elsewhere is safe."""


class TooSlow(NotRun):
    """The server has undone it, since it would have held up others."""


class _Part(Enum):
    """What an answer of the server's is the answer to."""

    STEP = auto()
    LAST_STEP = auto()
    SYNC = auto()


@dataclass(slots=True, eq=False)
class _Call:
    owner: UserId
    steps: Sequence[tuple[Statement, Sequence[Buffer | None]]]
    answer: asyncio.Future[list[TupleRow]]
    sent_at: float = 0
    rows: list[TupleRow] = field(default_factory=list)
    error: Exception | None = None

    def settle(self) -> None:
        if self.answer.done():
            return  # Who asked has been cancelled.
        if self.error:
            self.answer.set_exception(self.error)
        else:
            self.answer.set_result(self.rows)

    def fail(self, error: Exception) -> None:
        self.error = self.error or error
        self.settle()


class Lane:
    """Calls leave together at the end of the event loop's turn; answers come in their order.

    Between two Syncs, PostgreSQL runs one implicit transaction. A write has one to itself, and is
    answered once that is committed: with others', it could deadlock, and their errors would undo
    it. The reads of a turn may share one; those behind one that fails are `NotRun`.
    """

    def __init__(
        self, connection: AsyncConnection[Any], *, shares_transactions: bool, timeout: float
    ) -> None:
        self.slow: set[UserId] = set()
        """Owners whose calls were `TooSlow`, and still run elsewhere."""
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._loop = asyncio.get_running_loop()
        self._pgconn = connection.pgconn
        self._shares_transactions = shares_transactions
        self._patience = timeout + 1
        self._limits = [
            str(round(1000 * seconds)).encode()
            for seconds in (min(timeout, _LONGEST_STATEMENT), _LONGEST_LOCK)
        ]
        # Without a connection, it loads times in UTC, whatever the session's time zone is.
        self._transformer = Transformer(psycopg.adapters)
        self._prepared: set[bytes] = set()
        self._unsent: deque[_Call] = deque()
        self._due: deque[tuple[_Part, _Call, bytes]] = deque()
        self._is_stuck = False
        self._next_look: asyncio.TimerHandle | None = None
        self._pgconn.nonblocking = 1
        self._pgconn.enter_pipeline_mode()
        self._socket = self._pgconn.socket
        self._loop.add_reader(self._socket, self._receive)

    def takes(self, owner: UserId) -> bool:
        if self._is_stuck or self.lost.done() or owner in self.slow:
            return False
        due = len(self._due) + len(self._unsent)
        if due < _MANY_ANSWERS_DUE or self._shares_transactions:
            return due < _MOST_ANSWERS_DUE
        return due < _MOST_ANSWERS_DUE and self._waits_for() < _LATE

    def ask(self, owner: UserId, steps: Sequence[Step]) -> asyncio.Future[list[TupleRow]]:
        """The rows of the last step, in a while; or `NotRun`, or `psycopg.Error`."""
        dump = self._transformer.dump_sequence
        dumped = [(step, dump(values, [PyFormat.BINARY] * len(values))) for step, values in steps]
        call = _Call(owner, dumped, self._loop.create_future())
        if not self._unsent:
            self._loop.call_soon(self._send)
        self._unsent.append(call)
        return call.answer

    def close(self) -> None:
        self._lose(OperationalError("the connection is closed"))

    def _send(self) -> None:
        now = self._loop.time()
        last: _Call | None = None
        try:
            if not self._due and has_ended(self._pgconn):
                raise OperationalError("the server has ended the connection")
            while self._unsent:
                call = self._unsent.popleft()
                if call.answer.done():
                    continue  # Who asked has been cancelled.
                call.sent_at = now
                self._send_call(call, begins_transaction=not (last and self._shares_transactions))
                last = call
                if not self._shares_transactions:
                    self._sync(call)
            if last and self._shares_transactions:
                self._sync(last)
            self._flush()
        except OperationalError as error:
            self._lose(error)
        else:
            if self._next_look is None:
                self._look()

    def _send_call(self, call: _Call, *, begins_transaction: bool) -> None:
        owner = call.owner.encode()
        if begins_transaction:
            self._send_step(_Part.STEP, call, ACT_AS_BRIEFLY, [owner, *self._limits])
        else:
            self._send_step(_Part.STEP, call, ACT_AS, [owner])
        *others, last = call.steps
        for step in others:
            self._send_step(_Part.STEP, call, *step)
        self._send_step(_Part.LAST_STEP, call, *last)

    def _send_step(
        self, part: _Part, call: _Call, statement: Statement, values: Sequence[Buffer | None]
    ) -> None:
        name = statement.name
        if name not in self._prepared:
            self._prepared.add(name)
            self._due.append((_Part.STEP, call, name))
            self._pgconn.send_prepare(name, statement.sql)
        self._due.append((part, call, name))
        self._pgconn.send_query_prepared(
            name, values, [_BINARY] * len(values), result_format=_BINARY
        )

    def _sync(self, call: _Call) -> None:
        self._due.append((_Part.SYNC, call, b""))
        self._pgconn.pipeline_sync()

    def _flush(self) -> None:
        """Pass on to the network what it takes; the rest once it takes more."""
        if self._pgconn.flush():
            self._loop.add_writer(self._socket, self._flush_rest)

    def _flush_rest(self) -> None:
        try:
            if not self._pgconn.flush():
                self._loop.remove_writer(self._socket)
        except OperationalError as error:
            self._lose(error)

    def _receive(self) -> None:
        try:
            self._pgconn.consume_input()
            while self._due and not self._pgconn.is_busy():
                # None ends the results of each statement.
                if result := self._pgconn.get_result():
                    self._take(result)
        except OperationalError as error:
            self._lose(error)

    def _take(self, result: PGresult) -> None:
        part, call, name = self._due[0]
        status = result.status
        if status == _ERROR:
            error = error_from_result(result, encoding="utf-8")
            call.error = call.error or self._said_of(error)
            if part is _Part.SYNC:
                return  # The commit failed; the Sync has an answer of its own.
            if isinstance(error, InvalidSqlStatementName):
                self._prepared.discard(name)
        elif status == _ABORTED:
            call.error = call.error or NotRun()
        elif part is _Part.LAST_STEP:
            self._load(call, result)
        self._due.popleft()
        if part is (_Part.LAST_STEP if self._shares_transactions else _Part.SYNC):
            call.settle()

    def _said_of(self, error: psycopg.Error) -> Exception:
        if isinstance(error, (QueryCanceled, LockNotAvailable)):
            return TooSlow()
        # A connection that is being ended says so to one statement; a read runs again regardless.
        if isinstance(error, OperationalError) and self._shares_transactions:
            return NotRun()
        # Its preparation failed, maybe for an error before it.
        if isinstance(error, InvalidSqlStatementName):
            return NotRun()
        return error

    def _load(self, call: _Call, result: PGresult) -> None:
        try:
            self._transformer.set_pgresult(result)
            call.rows = self._transformer.load_rows(0, result.ntuples, tuple)
        except Exception as error:
            call.error = error

    def _look(self) -> None:
        """See, now and again while answers are due, whether they still come."""
        self._next_look = None
        self._is_stuck = False
        if not self._due:
            return
        waiting = self._waits_for()
        if waiting > self._patience:
            self._lose(OperationalError("the server has fallen silent"))
            return
        self._is_stuck = waiting > _STUCK
        self._next_look = self._loop.call_later(_LOOK, self._look)

    def _waits_for(self) -> float:
        """Seconds since the call was sent whose answer is next."""
        if not self._due:
            return 0
        _, oldest, _ = self._due[0]
        return self._loop.time() - oldest.sent_at

    def _lose(self, error: OperationalError) -> None:
        if self.lost.done():
            return
        self.lost.set_result(None)
        if self._next_look:
            self._next_look.cancel()
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        just_now = self._loop.time() - _STUCK
        for _, call, _ in self._due:
            # Nobody knows whether a write was committed.
            is_safe = self._shares_transactions and call.sent_at > just_now
            call.fail(NotRun() if is_safe else error)
        for call in self._unsent:
            call.fail(NotRun())
        self._due.clear()
        self._unsent.clear()
