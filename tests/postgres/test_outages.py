"""What cannot be answered is said to be so, soon, and leaves nothing half-done behind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol
from uuid import uuid4

import pytest
from psycopg import AsyncConnection, sql
from psycopg.errors import CheckViolation

from honeydo.adapters.postgres.connection import conninfo
from honeydo.adapters.postgres.database import Database
from honeydo.adapters.postgres.tasks import PostgresTasks
from honeydo.application.errors import Unavailable
from honeydo.application.tasks import Tasks
from honeydo.domain.task import Task
from honeydo.domain.user import UserId
from tests.support.determined import HandClock, counted_ids
from tests.support.gateway import gateway
from tests.support.rows import act_as, somebody_waits, stored_user
from tests.support.values import NOON
from tests.support.waiting import until

SHORT = 0.3

of_the_pool = pytest.mark.parametrize("pipeline", [False], ids=["pool"], indirect=True)


class TasksAt(Protocol):
    def __call__(
        self, url: str, *, pool_size: int = 8, timeout: float = SHORT
    ) -> AbstractAsyncContextManager[tuple[Tasks, Database]]: ...


@pytest.fixture
def tasks_at(pipeline: bool) -> TasksAt:
    @asynccontextmanager
    async def tasks_at(
        url: str, *, pool_size: int = 8, timeout: float = SHORT
    ) -> AsyncIterator[tuple[Tasks, Database]]:
        database = Database.at(url, pool_size=pool_size, timeout=timeout, pipeline=pipeline)
        async with database:
            repository = PostgresTasks(database.execute)
            yield Tasks.over(repository, clock=HandClock(), new_task_id=counted_ids()), database

    return tasks_at


@asynccontextmanager
async def locked(connection: AsyncConnection, user: UserId) -> AsyncIterator[None]:
    """Somebody else's transaction that holds the user's row."""
    async with connection.transaction():
        await act_as(connection, user)
        await connection.execute("SELECT FROM users FOR UPDATE")
        yield


async def end_backends(connection: AsyncConnection, column: str, value: str) -> int:
    """End our other connections to the database of which this is so; how many there were."""
    ended = await connection.execute(
        sql.SQL(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'honeydo' AND {} = %s"
        ).format(sql.Identifier(column)),
        [value],
    )
    return len(await ended.fetchall())


async def test_a_write_that_waits_too_long_is_given_up_and_stores_nothing(
    url: str, connection: AsyncConnection, ada: UserId, tasks_at: TasksAt
) -> None:
    async with tasks_at(url) as (tasks, _):
        hers = await tasks.create(ada, title="Buy honey")

        async with locked(connection, ada):
            with pytest.raises(Unavailable):
                await tasks.create(ada, title="Buy wax", email="ada@example.org")
            with pytest.raises(Unavailable):
                await tasks.toggle(ada, hers.id)

        assert list((await tasks.list(ada)).tasks) == [hers]
        async with connection.transaction():
            assert await stored_user(connection, ada) == (None, 1)


async def test_a_locked_user_holds_up_nobody_else(
    url: str, connection: AsyncConnection, ada: UserId, bob: UserId, tasks_at: TasksAt
) -> None:
    async with tasks_at(url) as (tasks, _):
        hers = await tasks.create(ada, title="Buy honey")

        async with locked(connection, ada):
            assert await tasks.get(ada, hers.id) == hers
            assert (await tasks.create(bob, title="Sell honey")).revision == 1


@of_the_pool
async def test_a_write_that_waits_for_its_user_holds_no_task_meanwhile(
    url: str, connection: AsyncConnection, ada: UserId, tasks_at: TasksAt
) -> None:
    async with tasks_at(url, timeout=5) as (tasks, _):
        task = await tasks.create(ada, title="Buy honey")

        async with locked(connection, ada):
            toggle = asyncio.create_task(tasks.toggle(ada, task.id))
            await until(lambda: somebody_waits(connection))
            # Or two writes could wait for each other.
            await connection.execute("SELECT FROM tasks FOR UPDATE NOWAIT")

        assert (await toggle).revision == 2


@of_the_pool
async def test_the_longest_wait_does_not_outlive_the_request(
    url: str, ada: UserId, tasks_at: TasksAt
) -> None:
    async with tasks_at(url, pool_size=1) as (tasks, database):
        await tasks.list(ada)
        async with database.pool.connection() as connection:
            setting = await connection.execute("SHOW statement_timeout")
            assert await setting.fetchone() == ("0",)


async def test_connections_that_ended_meanwhile_are_not_noticed(
    database_url: str, ada: UserId, tasks_at: TasksAt
) -> None:
    async with (
        tasks_at(database_url, timeout=5) as (tasks, database),
        await AsyncConnection.connect(conninfo(database_url), autocommit=True) as connection,
    ):
        task = await tasks.create(ada, title="Buy honey")
        await database.pool.resize(4, 8)
        await database.pool.wait()

        assert await end_backends(connection, "state", "idle") >= 4

        assert await asyncio.gather(*(tasks.get(ada, task.id) for _ in range(8))) == [task] * 8


async def test_a_connection_that_ends_amid_a_write_fails_that_write_alone(
    database_url: str, ada: UserId, tasks_at: TasksAt
) -> None:
    async with (
        tasks_at(database_url, timeout=5) as (tasks, _),
        await AsyncConnection.connect(conninfo(database_url), autocommit=True) as connection,
        await AsyncConnection.connect(conninfo(database_url), autocommit=True) as operator,
    ):
        task = await tasks.create(ada, title="Buy honey")

        async with locked(connection, ada):
            toggle = asyncio.create_task(tasks.toggle(ada, task.id))
            await until(lambda: end_backends(operator, "wait_event_type", "Lock"))
            with pytest.raises(Unavailable):
                await toggle

        assert await tasks.get(ada, task.id) == task
        assert (await tasks.toggle(ada, task.id)).revision == 2


async def test_a_server_that_is_not_there_is_unavailable(
    ada: UserId, caplog: pytest.LogCaptureFixture, tasks_at: TasksAt
) -> None:
    async with tasks_at("postgresql://ada:secret@127.0.0.1:1/honeydo") as (tasks, database):
        with pytest.raises(Unavailable):
            await tasks.list(ada)
        with pytest.raises(Unavailable):
            await database.is_ready()

    assert "127.0.0.1" in caplog.text
    assert "secret" not in caplog.text + repr(database)


async def test_while_it_is_not_there_nobodys_requests_wait_for_each_other(
    ada: UserId, tasks_at: TasksAt
) -> None:
    async with tasks_at("postgresql://127.0.0.1:1/honeydo", timeout=5) as (tasks, database):
        asking = [asyncio.create_task(tasks.list(ada)) for _ in range(8)]
        await asyncio.sleep(0.05)

        assert database.pool.get_stats()["requests_waiting"] == 8

        outcomes = await asyncio.gather(*asking, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {Unavailable}


async def test_a_server_that_comes_back_is_used_at_once(
    url: str, ada: UserId, tasks_at: TasksAt
) -> None:
    async with gateway(url) as way:
        pass
    async with tasks_at(way.url) as (tasks, _):
        for _ in range(3):
            with pytest.raises(Unavailable):
                await tasks.list(ada)

        async with gateway(url, way.port):
            assert (await tasks.create(ada, title="Buy honey")).revision == 1


async def test_a_server_that_falls_silent_is_unavailable_until_it_speaks_again(
    url: str, ada: UserId, tasks_at: TasksAt
) -> None:
    async with gateway(url) as way, tasks_at(way.url) as (tasks, _):
        task = await tasks.create(ada, title="Buy honey")

        way.open.clear()
        for _ in range(2):
            with pytest.raises(Unavailable):
                await tasks.get(ada, task.id)
        way.open.set()

        assert await tasks.get(ada, task.id) == task


@of_the_pool
async def test_an_exhausted_pool_is_unavailable(url: str, ada: UserId, tasks_at: TasksAt) -> None:
    async with tasks_at(url, pool_size=1) as (tasks, database):
        async with database.pool.connection():
            with pytest.raises(Unavailable):
                await tasks.list(ada)

        assert list((await tasks.list(ada)).tasks) == []


@of_the_pool
async def test_who_is_cancelled_while_giving_a_connection_back_gives_it_back(
    url: str, ada: UserId, tasks_at: TasksAt
) -> None:
    async with (
        tasks_at(url, pool_size=1, timeout=5) as (tasks, database),
        await AsyncConnection.connect(conninfo(url), autocommit=True) as connection,
    ):
        task = await tasks.create(ada, title="Buy honey")
        async with locked(connection, ada):
            toggle = asyncio.create_task(tasks.toggle(ada, task.id))
            await asyncio.sleep(SHORT)
            # As others do who ask for a connection or give theirs back at the same time.
            await database.pool._lock.acquire()
        await asyncio.sleep(SHORT)
        toggle.cancel()
        await asyncio.wait([toggle])
        database.pool._lock.release()

        assert (await tasks.get(ada, task.id)).is_completed


@of_the_pool
async def test_of_too_many_requests_the_last_are_turned_away_at_once(
    url: str, ada: UserId, tasks_at: TasksAt
) -> None:
    async with tasks_at(url, pool_size=1, timeout=30) as (tasks, database):
        async with database.pool.connection():
            waiting = [asyncio.create_task(tasks.list(ada)) for _ in range(100)]
            await asyncio.sleep(0)
            with pytest.raises(Unavailable):
                await tasks.list(ada)

        assert len(await asyncio.gather(*waiting)) == 100


async def test_a_schema_that_is_missing_is_unavailable(
    empty_database_url: str, tasks_at: TasksAt
) -> None:
    async with tasks_at(empty_database_url) as (tasks, _):
        with pytest.raises(Unavailable):
            await tasks.list("ada")


async def test_a_read_only_server_is_unavailable_for_writes(
    url: str, ada: UserId, tasks_at: TasksAt
) -> None:
    separator = "&" if "?" in url else "?"
    read_only = f"{url}{separator}options=-c%20default_transaction_read_only%3Don"
    async with tasks_at(read_only) as (tasks, _):
        with pytest.raises(Unavailable):
            await tasks.create(ada, title="Buy honey")

        assert list((await tasks.list(ada)).tasks) == []


async def test_what_postgresql_objects_to_for_a_defect_of_ours_is_no_outage(
    url: str, ada: UserId, tasks_at: TasksAt
) -> None:
    async with tasks_at(url) as (_, database):
        repository = PostgresTasks(database.execute)
        nameless = Task(
            id=uuid4(),
            owner=ada,
            title="",
            description=None,
            completed_at=None,
            created_at=NOON,
            updated_at=NOON,
        )
        with pytest.raises(CheckViolation):
            await repository.add(nameless)

        assert await repository.get(ada, nameless.id) is None
