"""A connection on which the calls of many are on their way at once."""

import asyncio
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from enum import Enum, auto
from itertools import chain
from typing import Any, Final

import psycopg
from psycopg import AsyncConnection
from psycopg.abc import Buffer
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import InvalidSqlStatementName, OperationalError, error_from_result
from psycopg.pq import ExecStatus, Format
from psycopg.pq.abc import PGresult
from psycopg.rows import TupleRow

from honeydo.application.errors import Unavailable
from honeydo.domain.user import UserId

from .calls import Call, NotRun, meant_by
from .connection import has_ended
from .statements import ACT_AS, ACT_AS_BRIEFLY, Statement, Step

# Seconds. A lock is waited for a few commits' time: who holds it for longer may hold it for good.
_LONGEST_STATEMENT: Final = 0.1
_LONGEST_LOCK: Final = 0.01
_STUCK: Final = 1.0
_LOOK: Final = 0.25
# With so many on their way, the next calls wait here until there is room for some of them. Who has
# waited for long, or finds that many unsent, does better to come again.
_MOST_ANSWERS_DUE: Final = 1_000
_ANSWERS_A_CALL: Final = 3
_ENOUGH_ROOM: Final = 150
_MOST_UNSENT: Final = 5_000
_LONGEST_UNSENT: Final = 1.0
# Writes that are committed together: each keeps its owner's row locked until then.
_MOST_TOGETHER: Final = 32
_MOST_REFUSED: Final = 1_000

_BINARY: Final = int(Format.BINARY)
_ERROR: Final = int(ExecStatus.FATAL_ERROR)
_ABORTED: Final = int(ExecStatus.PIPELINE_ABORTED)


class _Part(Enum):
    """What an answer of the server's is the answer to."""

    PREPARATION = auto()
    STATEMENT = auto()
    SYNC = auto()


class Lane:
    """Calls leave together at the end of the event loop's turn; answers come in their order.

    Between two Syncs, PostgreSQL runs one implicit transaction, which the calls of a turn share.
    Reads are answered one by one; those behind one that fails are `NotRun`.

    A write is answered once it is committed, which costs as much for many as for one: those that
    come meanwhile leave together, next. Their owners' rows are locked in one order everywhere, so
    that no two such transactions wait for each other; whatever else they wait for is soon given up.
    If one of them fails, all are undone and `NotRun`, to be run again each by itself.
    """

    def __init__(
        self, connection: AsyncConnection[Any], *, is_for_reading: bool, timeout: float
    ) -> None:
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._loop = asyncio.get_running_loop()
        self._pgconn = connection.pgconn
        self._is_for_reading = is_for_reading
        self._patience = timeout + 1
        self._limits = [
            str(round(1000 * seconds)).encode()
            for seconds in (min(timeout, _LONGEST_STATEMENT), _LONGEST_LOCK)
        ]
        # Without a connection, it loads times in UTC, whatever the session's time zone is.
        self._transformer = Transformer(psycopg.adapters)
        self._prepared: set[bytes] = set()
        # How many calls of each owner were too slow, and still run elsewhere.
        self._slow: Counter[UserId] = Counter()
        # Whose writes were undone with others'. Until there are many, they write alone from then
        # on: who sends what cannot be, again and again, is to be no burden to others.
        self._refused: set[UserId] = set()
        self._unsent: deque[Call] = deque()
        self._transactions: deque[Sequence[Call]] = deque()
        """Those that are on their way; the answers due are those to their parts."""
        self._due: deque[tuple[_Part, Call, bytes]] = deque()
        self._is_full = False
        self._is_stuck = False
        self._next_look: asyncio.TimerHandle | None = None
        self._pgconn.nonblocking = 1
        self._pgconn.enter_pipeline_mode()
        self._socket = self._pgconn.socket
        self._loop.add_reader(self._socket, self._receive)

    def takes(self, owner: UserId) -> bool:
        if self._is_stuck or self.lost.done() or owner in self._slow:
            return False
        return len(self._unsent) < _MOST_UNSENT

    @contextmanager
    def avoided_by(self, owner: UserId) -> Iterator[None]:
        """Takes no calls of the owner's meanwhile."""
        self._slow[owner] += 1
        try:
            yield
        finally:
            self._slow[owner] -= 1
            if not self._slow[owner]:
                del self._slow[owner]

    async def ask(self, owner: UserId, step: Step, *, alone: bool = False) -> list[TupleRow]:
        """Its rows, in a while; or `NotRun`, `Unavailable`, or `psycopg.Error`.

        A write that is asked `alone` is not undone with any other.
        """
        statement, values = step
        call = Call(
            owner,
            statement,
            self._transformer.dump_sequence(values, [PyFormat.BINARY] * len(values)),
            alone or owner in self._refused,
            self._loop.create_future(),
            self._loop.time(),
        )
        if not self._unsent:
            self._loop.call_soon(self._send)
        self._unsent.append(call)
        # Loaded where they are wanted, one answer at a time: all that came at once would drive each
        # other out of the processor's cache.
        self._transformer.set_pgresult(result := await call.answer)
        return self._transformer.load_rows(0, result.ntuples, tuple)

    def close(self) -> None:
        self._lose(OperationalError("the connection is closed"))

    def _send(self) -> None:
        if self.lost.done():
            return
        now = self._loop.time()
        calls = self._next_calls()
        try:
            if not self._due and has_ended(self._pgconn):
                raise OperationalError("the server has ended the connection")
            for transaction in self._shared_by(calls):
                for call in transaction:
                    call.sent_at = now
                    self._send_call(call, begins_transaction=call is transaction[0])
                # From here on it may be committed.
                self._transactions.append(transaction)
                self._due.append((_Part.SYNC, call, b""))
                self._pgconn.pipeline_sync()
            self._flush()
        except OperationalError as error:
            self._lose(error)
            for call in calls:
                call.fail(NotRun())
        else:
            if self._next_look is None:
                self._look()

    def _next_calls(self) -> list[Call]:
        """Who asked first comes first."""
        calls: list[Call] = []
        room = self._room()
        while self._unsent and len(calls) < room:
            call = self._unsent.popleft()
            # Who asked may have been cancelled.
            if not call.answer.done():
                calls.append(call)
        self._is_full = bool(self._unsent)
        return calls

    def _room(self) -> int:
        # Whoever writes while others' writes are committed is committed with those who do so, too.
        if self._transactions and not self._is_for_reading:
            return 0
        return (_MOST_ANSWERS_DUE - len(self._due)) // _ANSWERS_A_CALL

    def _shared_by(self, calls: list[Call]) -> Iterator[Sequence[Call]]:
        if self._is_for_reading:
            if calls:
                yield calls
            return
        yield from ([call] for call in calls if call.is_alone)
        together = sorted(
            (call for call in calls if not call.is_alone), key=lambda call: call.owner
        )
        for begin in range(0, len(together), _MOST_TOGETHER):
            yield together[begin : begin + _MOST_TOGETHER]

    def _send_call(self, call: Call, *, begins_transaction: bool) -> None:
        owner = call.owner.encode()
        if begins_transaction:
            self._send_part(_Part.PREPARATION, call, ACT_AS_BRIEFLY, [owner, *self._limits])
        else:
            self._send_part(_Part.PREPARATION, call, ACT_AS, [owner])
        self._send_part(_Part.STATEMENT, call, call.statement, call.values)

    def _send_part(
        self, part: _Part, call: Call, statement: Statement, values: Sequence[Buffer | None]
    ) -> None:
        name = statement.name
        if name not in self._prepared:
            self._prepared.add(name)
            self._due.append((_Part.PREPARATION, call, name))
            self._pgconn.send_prepare(name, statement.sql)
        self._due.append((part, call, name))
        self._pgconn.send_query_prepared(
            name, values, [_BINARY] * len(values), result_format=_BINARY
        )

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
            expected = None
            # libpq reads about a page at a time: all that has come makes one turn of the loop.
            while len(self._due) != expected:
                expected = len(self._due)
                self._pgconn.consume_input()
                while self._due and not self._pgconn.is_busy():
                    # None ends the results of each statement.
                    if result := self._pgconn.get_result():
                        self._take(result)
            if self._is_full and self._room() >= _ENOUGH_ROOM:
                self._send()
        except OperationalError as error:
            self._lose(error)

    def _take(self, result: PGresult) -> None:
        part, call, name = self._due[0]
        status = result.status
        if status == _ERROR:
            self._undo(call, name, error_from_result(result, encoding="utf-8"))
            if part is _Part.SYNC:
                return  # The commit failed; the Sync has an answer of its own.
        elif status == _ABORTED:
            call.error = call.error or NotRun()
        elif part is _Part.STATEMENT:
            call.result = result
        self._due.popleft()
        if part is _Part.SYNC:
            for written in self._transactions.popleft():
                written.settle()
        elif part is _Part.STATEMENT and self._is_for_reading:
            call.settle()

    def _undo(self, call: Call, name: bytes, error: psycopg.Error) -> None:
        if isinstance(error, InvalidSqlStatementName):
            self._prepared.discard(name)
        transaction = self._transactions[0]
        is_alone = self._is_for_reading or len(transaction) == 1
        call.error = call.error or meant_by(error, is_read=self._is_for_reading, is_alone=is_alone)
        for undone in transaction:
            undone.error = undone.error or NotRun()
        if len(self._refused) == _MOST_REFUSED:
            self._refused.clear()
        self._refused.add(call.owner)

    def _look(self) -> None:
        """See, now and again while answers are due, whether they still come."""
        self._next_look = None
        self._is_stuck = False
        if not self._due:
            return
        too_long_ago = self._loop.time() - _LONGEST_UNSENT
        while self._unsent and self._unsent[0].asked_at < too_long_ago:
            self._unsent.popleft().fail(Unavailable())
        waiting = self._waits_for()
        if waiting > self._patience:
            self._lose(OperationalError("the server has fallen silent"))
            return
        self._is_stuck = waiting > _STUCK
        self._next_look = self._loop.call_later(_LOOK, self._look)

    def _waits_for(self) -> float:
        """Seconds since the call was sent whose answer is next."""
        return self._loop.time() - self._transactions[0][0].sent_at if self._transactions else 0

    def _lose(self, error: OperationalError) -> None:
        if self.lost.done():
            return
        self.lost.set_result(None)
        if self._next_look:
            self._next_look.cancel()
        for forget in (self._loop.remove_writer, self._loop.remove_reader):
            # libpq has closed it already, which some loops mind.
            with suppress(OSError):
                forget(self._socket)
        just_now = self._loop.time() - _STUCK
        for call in chain.from_iterable(self._transactions):
            # Nobody knows whether a write was committed; a pooler may say that it failed when all
            # it knows is that the server is gone.
            is_safe = self._is_for_reading and call.sent_at > just_now
            call.fail(NotRun() if is_safe else error)
        for call in self._unsent:
            call.fail(NotRun())
        self._transactions.clear()
        self._due.clear()
        self._unsent.clear()
