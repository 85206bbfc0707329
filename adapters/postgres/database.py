"""Where statements run: on a pool of our own, or inside a host's transaction."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final, Protocol, Self
from weakref import WeakKeyDictionary

import psycopg
from psycopg import AsyncConnection, AsyncRawCursor
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow, tuple_row
from psycopg_pool import AsyncConnectionPool

from honeydo.application.errors import Unavailable
from honeydo.domain.user import UserId

from .connection import (
    ForgetfulConnection,
    PipelinedConnection,
    UtcLoader,
    conninfo,
    has_ended,
)
from .migrations import is_sufficient
from .outages import OUTAGES, unavailable
from .pipeline import LANES, Pipeline
from .statements import ACT_AS, ACT_AS_WITHIN, ACT_FOR_UPKEEP, SCHEMA_REVISION, Step

_LONGEST_QUEUE: Final = 1.0


class Execute(Protocol):
    async def __call__(self, owner: UserId, *steps: Step) -> list[TupleRow]:
        """Run the statements as one transaction that sees the owner's rows alone; the rows of the
        last one. Each sees what was committed before it began.

        Raises `Unavailable`, or `psycopg.Error` for what PostgreSQL objects to.
        """


@dataclass(frozen=True, slots=True)
class Database:
    """A PostgreSQL server behind a pool of connections, and a pipeline to it.

    `timeout` (seconds) bounds the wait for a statement's answer, and that for a connection, which
    is a second at most: who finds none in that time does better to come again.
    """

    pool: AsyncConnectionPool[PipelinedConnection]
    timeout: float
    pipeline: Pipeline | None = None
    _opened: AsyncExitStack = field(default_factory=AsyncExitStack, init=False, repr=False)

    @classmethod
    def at(
        cls,
        database_url: str,
        *,
        pool_size: int = 8,
        timeout: float = 5,
        prepared_statements: bool = True,
        pipeline: bool = True,
    ) -> Self:
        """To be used inside `async with database`, which connects in the background: a server that
        is down fails requests, not the start.

        Takes `pool_size` connections at most. Two of them are the pipeline's, if it is wanted, if
        there are four, and if statements can be prepared. Raises `ValueError` for what is not a
        PostgreSQL URL.
        """
        url = conninfo(database_url)
        settings: dict[str, Any] = {
            "autocommit": True,
            "client_encoding": "utf8",
            "fallback_application_name": "honeydo",
            "connect_timeout": max(2, round(timeout)),
        }
        is_pipelined = pipeline and prepared_statements and pool_size >= 2 * LANES
        pool = AsyncConnectionPool(
            url,
            connection_class=PipelinedConnection if prepared_statements else ForgetfulConnection,
            kwargs=settings,
            min_size=1,
            max_size=pool_size - LANES if is_pipelined else pool_size,
            max_waiting=100 * pool_size,
            timeout=min(timeout, _LONGEST_QUEUE),
            # Past this, the next request tries to connect at once instead of at the pool's pace.
            reconnect_timeout=timeout,
            open=False,
        )
        database = cls(pool, timeout)
        if not is_pipelined:
            return database
        connect = partial(AsyncConnection.connect, url, **settings)
        lanes = Pipeline(connect, elsewhere=database.execute, timeout=timeout)
        return replace(database, pipeline=lanes)

    async def __aenter__(self) -> Self:
        await self._opened.enter_async_context(self.pool)
        if self.pipeline:
            await self._opened.enter_async_context(self.pipeline.opened())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._opened.aclose()

    async def is_ready(self) -> bool:
        """Whether the schema is this version's, or a later one's: a new version migrates while the
        old one still serves. Raises `Unavailable`."""
        try:
            rows = await self._run((SCHEMA_REVISION, ()))
        except Unavailable as outage:
            if isinstance(outage.__cause__, psycopg.errors.UndefinedTable):
                return False
            raise
        return is_sufficient(rows[0][0] if rows else None)

    async def execute(self, owner: UserId, *steps: Step) -> list[TupleRow]:
        """As `Execute` says."""
        if self.pipeline:
            return await self.pipeline.execute(owner, *steps)
        within = ACT_AS_WITHIN, (owner, str(round(self.timeout * 1000)))
        return await self._run(within, *steps)

    async def execute_upkeep(self, *steps: Step) -> list[TupleRow]:
        """Like `execute`, on behalf of the server itself: it sees which users there are, and
        nobody's tasks."""
        within = ACT_FOR_UPKEEP, (str(round(self.timeout * 1000)),)
        return await self._run(within, *steps)

    async def _run(self, *steps: Step) -> list[TupleRow]:
        try:
            connection = await self._connection()
            try:
                # The server cancels after its `timeout`, and has another second to say so.
                return await connection.run(*steps, timeout=self.timeout + 1)
            finally:
                await self._give_back(connection)
        except OUTAGES as outage:
            raise unavailable(outage) from outage

    async def _connection(self) -> PipelinedConnection:
        """One that the server has not ended while it lay in the pool."""
        while has_ended((connection := await self.pool.getconn()).pgconn):
            await self._give_back(connection)
        return connection

    async def _give_back(self, connection: PipelinedConnection) -> None:
        """Even if the caller is cancelled meanwhile: else the pool would miss it for good."""
        await asyncio.shield(self.pool.putconn(connection))


_ACTING_AS: Final = b"SELECT coalesce(current_setting('honeydo.user_id', true), '')"

# Savepoints nest; those of calls at once on one connection must not cross.
_turns: Final[WeakKeyDictionary[AsyncConnection[Any], asyncio.Lock]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class HostTransaction:
    """A host's own connection: what is written takes effect when the host commits."""

    connection: AsyncConnection[Any]

    async def execute(self, owner: UserId, *steps: Step) -> list[TupleRow]:
        cursor = AsyncRawCursor(self.connection, row_factory=tuple_row)
        cursor.adapters.register_loader("timestamptz", UtcLoader)
        turn = _turns.setdefault(self.connection, asyncio.Lock())
        try:
            async with turn, self._savepoint():
                await cursor.execute(_ACTING_AS)
                [[before]] = await cursor.fetchall()
                await cursor.execute(ACT_AS.sql, [owner])
                for statement, values in steps:
                    await cursor.execute(statement.sql, values, binary=True)
                rows = await cursor.fetchall()
                # What the host itself does next is not done for the owner.
                await cursor.execute(ACT_AS.sql, [before])
                return rows
        except OUTAGES as outage:
            raise unavailable(outage) from outage

    @asynccontextmanager
    async def _savepoint(self) -> AsyncIterator[None]:
        """What PostgreSQL objects to inside does not undo the host's own work."""
        host = self.connection
        if not host.autocommit and host.info.transaction_status == TransactionStatus.IDLE:
            # Begins the host's transaction: a block of ours, as the outermost, would commit it.
            await host.execute(b"SELECT")
        async with host.transaction():
            yield
