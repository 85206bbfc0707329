"""The use cases over PostgreSQL, for programs that embed Honeydo."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from typing import Any

from psycopg import AsyncConnection

from honeydo.adapters.postgres.database import Database, HostTransaction
from honeydo.adapters.postgres.tasks import PostgresTasks
from honeydo.adapters.postgres.upkeep import PostgresVersions
from honeydo.application.live import Live
from honeydo.application.tasks import Tasks

from .composition import tasks_over


@asynccontextmanager
async def open(url: str, *, pool_size: int = 8, timeout: float = 5) -> AsyncIterator[Tasks]:  # noqa: A001
    """Tasks over the database at this URL, on at most `pool_size` connections of their own.

    `timeout` (seconds) bounds the wait for an answer. The database is
    migrated before, by `honeydo.migrate`. It need not be up yet: until it is, every call raises
    `Unavailable`. Raises `ValueError` for what is not a PostgreSQL URL.
    """
    database = Database.at(url, pool_size=pool_size, timeout=timeout)
    async with database:
        with closing(Live(PostgresVersions(database))) as live:
            yield tasks_over(PostgresTasks(database.execute, live.announce), live=live)


def within(connection: AsyncConnection[Any]) -> Tasks:
    """Tasks on your own connection, as a part of its transaction: what they write takes effect when
    you commit, and not if you roll back. A refusal leaves the transaction usable. With autocommit
    and outside of a transaction, each call is one by itself. `follow` is not for them: it would
    look on the connection again and again, amid what you do there."""
    return tasks_over(PostgresTasks(HostTransaction(connection).execute))
