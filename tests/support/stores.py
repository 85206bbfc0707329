"""The implementations of the ports that one contract holds for."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias

import pytest
from psycopg import AsyncConnection

from honeydo.adapters.memory import MemoryTasks
from honeydo.adapters.postgres.connection import conninfo
from honeydo.adapters.postgres.database import HostTransaction
from honeydo.adapters.postgres.tasks import PostgresTasks
from honeydo.application.ports import TaskRepository
from honeydo.domain.user import UserId
from tests.support.databases import connected
from tests.support.rows import stored_user


@dataclass(frozen=True, slots=True)
class Store:
    """A repository, and a look at what it keeps of a user: e-mail and revision, None if nothing."""

    tasks: TaskRepository
    user: Callable[[UserId], Awaitable[tuple[str | None, int] | None]]


@asynccontextmanager
async def memory(_request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    tasks = MemoryTasks()

    async def user(name: UserId) -> tuple[str | None, int] | None:
        stored = tasks.users.get(name)
        return (stored.email, stored.revision) if stored else None

    yield Store(tasks, user)


@asynccontextmanager
async def postgres(
    request: pytest.FixtureRequest, *, pipeline: bool = False
) -> AsyncIterator[Store]:
    url = request.getfixturevalue("shared_database_url")
    async with (
        connected(url, pipeline=pipeline) as database,
        await AsyncConnection.connect(conninfo(url)) as connection,
    ):

        async def user(name: UserId) -> tuple[str | None, int] | None:
            async with connection.transaction():
                return await stored_user(connection, name)

        yield Store(PostgresTasks(database.execute), user)


@asynccontextmanager
async def host_transaction(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    url = request.getfixturevalue("shared_database_url")
    async with await AsyncConnection.connect(conninfo(url)) as connection:

        async def user(name: UserId) -> tuple[str | None, int] | None:
            return await stored_user(connection, name)

        yield Store(PostgresTasks(HostTransaction(connection).execute), user)
        await connection.rollback()


Open: TypeAlias = Callable[[pytest.FixtureRequest], AbstractAsyncContextManager[Store]]

STORES: Final[Mapping[str, Open]] = {
    "memory": memory,
    "postgres": postgres,
    "pipeline": partial(postgres, pipeline=True),
    "host_transaction": host_transaction,
}
