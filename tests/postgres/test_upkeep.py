"""What PostgreSQL forgets in time, for all users alike, and what that may see."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from alembic import command
from psycopg import AsyncConnection

from honeydo.adapters.postgres.connection import conninfo
from honeydo.adapters.postgres.database import Database
from honeydo.adapters.postgres.migrations import configuration
from honeydo.adapters.postgres.tasks import PostgresTasks
from honeydo.adapters.postgres.upkeep import PostgresUpkeep, PostgresVersions
from honeydo.application.ports import IdempotencyKey, Write
from honeydo.application.upkeep import Purge
from honeydo.domain.changes import Version
from honeydo.domain.task import Task
from honeydo.domain.user import UserId
from tests.support.cluster import Cluster
from tests.support.databases import new_database
from tests.support.rows import act_as
from tests.support.values import NOON

DAY = timedelta(days=1)


@pytest.fixture
def url(cluster: Cluster, template: str) -> Iterator[str]:
    """A database of its own: upkeep is for everybody's rows."""
    with new_database(cluster, template) as name:
        yield cluster.url(name)


async def deleted(repository: PostgresTasks, owner: UserId, days_ago: int) -> Task:
    then = NOON - days_ago * DAY
    task = Task.create(id=uuid4(), owner=owner, title="Buy honey", now=then)
    saved = await repository.save((await repository.add(task)).delete(then))
    assert saved
    return saved


async def test_a_purge_forgets_what_is_older_of_everybody_and_nothing_else(
    database: Database, repository: PostgresTasks, ada: UserId, bob: UserId
) -> None:
    purge = Purge(PostgresUpkeep(database), clock=lambda: NOON, keep_deleted=30 * DAY)
    old = [await deleted(repository, owner, 31) for owner in (ada, ada, bob)]
    young = await deleted(repository, ada, 29)
    kept = await repository.add(Task.create(id=uuid4(), owner=bob, title="Keep", now=NOON))

    assert await purge() == 3

    assert [await repository.get(task.owner, task.id) for task in old] == [None] * 3
    assert await repository.get(ada, young.id) == young
    assert await repository.get(bob, kept.id) == kept
    assert await purge() == 0


async def test_what_was_taken_out_of_the_trash_is_not_purged(
    database: Database, repository: PostgresTasks, ada: UserId
) -> None:
    task = await deleted(repository, ada, 31)
    restored = await repository.save(task.restore(NOON))
    upkeep = PostgresUpkeep(database)

    assert await upkeep.owners_with_trash(NOON, 10) == [ada]
    assert await upkeep.purge(ada, NOON, 10) == 0

    assert await repository.get(ada, task.id) == restored
    assert await upkeep.owners_with_trash(NOON, 10) == []


async def test_a_purge_counts_as_a_write_of_which_the_history_tells(
    database: Database, repository: PostgresTasks, ada: UserId
) -> None:
    task = await deleted(repository, ada, 31)
    before, _ = await repository.changes(ada, 0, 10)

    await PostgresUpkeep(database).purge(ada, NOON, 10)

    after, changes = await repository.changes(ada, 0, 10)
    assert (after.revision, after.purged) == (before.revision + 1, task.revision)
    assert changes == []


async def test_a_purge_is_done_in_small_batches_oldest_first(
    database: Database, repository: PostgresTasks, ada: UserId
) -> None:
    upkeep = PostgresUpkeep(database)
    young, old = [await deleted(repository, ada, days_ago) for days_ago in (31, 32)]

    assert await upkeep.purge(ada, NOON, 1) == 1

    assert await repository.get(ada, old.id) is None
    assert await repository.get(ada, young.id) == young
    assert await upkeep.owners_with_trash(NOON - 31 * DAY, 10) == []
    assert await upkeep.owners_with_trash(NOON - 30 * DAY, 10) == [ada]


async def test_keys_are_forgotten_a_day_later_by_the_servers_own_clock(
    database: Database, repository: PostgresTasks, connection: AsyncConnection, ada: UserId
) -> None:
    """Row-level security alone lets nobody forget a younger one."""
    async with connection.transaction():
        now = await (await connection.execute("SELECT now()")).fetchone()
    assert now
    old, young = now[0] - DAY - timedelta(minutes=1), now[0] - DAY + timedelta(minutes=1)
    for text, at in (("old", old), ("young", young)):
        task = Task.create(id=uuid4(), owner=ada, title="Buy honey", now=at)
        key = IdempotencyKey(text, b"", expired_before=old - DAY)
        await repository.write(ada, [Write(task, is_new=True)], at, key=key)

    assert await PostgresUpkeep(database).forget_keys(now[0] + DAY, 10) == 1

    assert await repository.recall(ada, IdempotencyKey("old", b"", old - DAY)) is None
    assert await repository.recall(ada, IdempotencyKey("young", b"", old - DAY))


async def test_one_look_tells_the_versions_of_many(
    database: Database, repository: PostgresTasks, ada: UserId, bob: UserId
) -> None:
    for owner in (ada, ada, bob):
        await repository.add(Task.create(id=uuid4(), owner=owner, title="Buy honey", now=NOON))
    stranger = UserId("never wrote")

    found = await PostgresVersions(database)([ada, bob, stranger])

    assert found == {ada: Version(NOON, 2), bob: Version(NOON, 1)}


@pytest.mark.parametrize(
    "attempt",
    [
        "SELECT FROM tasks",
        "SELECT FROM idempotency_keys",
        "UPDATE users SET email = 'eve@example.org'",
        "UPDATE tasks SET title = 'Mine now'",
        "DELETE FROM users",
        "DELETE FROM tasks",
        "DELETE FROM idempotency_keys",
        "SELECT FROM users FOR UPDATE",
    ],
)
async def test_upkeep_sees_who_there_is_and_can_do_nothing_else(
    repository: PostgresTasks, connection: AsyncConnection, ada: UserId, attempt: str
) -> None:
    task = Task.create(id=uuid4(), owner=ada, title="Buy honey", now=NOON)
    async with connection.transaction():
        now = await (await connection.execute("SELECT now()")).fetchone()
    assert now
    await repository.write(
        ada, [Write(task, is_new=True)], now[0], key=IdempotencyKey("monday", b"", NOON)
    )

    async with connection.transaction():
        await connection.execute("SELECT set_config('honeydo.upkeep', 'on', true)")
        seen = await connection.execute("SELECT id FROM users")
        assert await seen.fetchall() == [(ada,)]
        assert (await connection.execute(attempt.encode())).rowcount == 0


async def test_a_user_sees_nobodys_row_but_their_own_without_being_upkeep(
    repository: PostgresTasks, connection: AsyncConnection, ada: UserId
) -> None:
    await repository.add(Task.create(id=uuid4(), owner=ada, title="Buy honey", now=NOON))

    async with connection.transaction():
        await act_as(connection, "eve")
        seen = await connection.execute("SELECT id FROM users")
        assert await seen.fetchall() == []


def test_whoever_was_there_before_the_trash_is_looked_at_by_the_first_purge(
    empty_database_url: str,
) -> None:
    config = configuration(empty_database_url)
    command.upgrade(config, "0001")
    with psycopg.connect(conninfo(empty_database_url)) as old:
        old.execute("SELECT set_config('honeydo.user_id', 'ada', true)")
        old.execute("INSERT INTO users VALUES ('ada', NULL, 1, now(), now())")

    command.upgrade(config, "head")

    with psycopg.connect(conninfo(empty_database_url)) as new:
        new.execute("SELECT set_config('honeydo.upkeep', 'on', true)")
        found = new.execute("SELECT id FROM users WHERE trash_since < now() - interval '30 days'")
        assert found.fetchall() == [("ada",)]
        new.execute("SELECT set_config('honeydo.user_id', 'bob', true)")
        new.execute("INSERT INTO users (id, created_at, updated_at) VALUES ('bob', now(), now())")
        bob = new.execute("SELECT trash_since FROM users WHERE id = 'bob'")
        assert bob.fetchone() == (None,)
