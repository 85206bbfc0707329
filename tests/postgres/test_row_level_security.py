from uuid import uuid4

import pytest
from psycopg import AsyncConnection
from psycopg.errors import InsufficientPrivilege

from honeydo.adapters.postgres.database import Database
from honeydo.adapters.postgres.tables import metadata
from honeydo.adapters.postgres.tasks import PostgresTasks
from honeydo.application.tasks import Tasks
from honeydo.domain.task import Task
from honeydo.domain.user import UserId
from tests.support.rows import act_as
from tests.support.values import NOON

COUNT = "SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM tasks)"
INSERT_USER = "INSERT INTO users (id, created_at, updated_at) VALUES (%s, now(), now())"
INSERT_TASK = (
    "INSERT INTO tasks (owner_id, id, title, created_at, updated_at, revision)"
    " VALUES (%s, gen_random_uuid(), 'Mine now', now(), now(), 1)"
)


async def test_it_is_tested_with_a_role_that_does_not_bypass_it(
    connection: AsyncConnection,
) -> None:
    role = await connection.execute(
        "SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
    )
    assert await role.fetchone() == (False, False)


async def test_every_table_has_it_and_forces_it_on_its_owner(connection: AsyncConnection) -> None:
    tables = await connection.execute(
        "SELECT relname, relrowsecurity, relforcerowsecurity,"
        " EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid)"
        " FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        " AND relname <> 'alembic_version'"
    )
    assert sorted(await tables.fetchall()) == [
        (table, True, True, True) for table in sorted(metadata.tables)
    ]


async def test_who_does_not_say_who_they_are_sees_nothing(
    tasks: Tasks, connection: AsyncConnection, ada: UserId
) -> None:
    await tasks.create(ada, title="Buy honey")

    assert await (await connection.execute(COUNT)).fetchone() == (0, 0)


async def test_each_user_sees_their_own_rows(
    tasks: Tasks, connection: AsyncConnection, ada: UserId, bob: UserId
) -> None:
    for title in ("Buy honey", "Buy wax"):
        await tasks.create(ada, title=title)
    await tasks.create(bob, title="Sell honey")

    for user, tasks_seen in [(ada, 2), (bob, 1), ("eve", 0)]:
        async with connection.transaction():
            await act_as(connection, user)
            seen = await (await connection.execute(COUNT)).fetchone()
        assert seen == (1 if tasks_seen else 0, tasks_seen)


@pytest.mark.parametrize(
    "statement", ["UPDATE tasks SET title = 'Mine now'", "DELETE FROM tasks", "DELETE FROM users"]
)
async def test_nobody_changes_another_users_rows(
    tasks: Tasks, connection: AsyncConnection, ada: UserId, statement: str
) -> None:
    hers = await tasks.create(ada, title="Buy honey")

    async with connection.transaction():
        await act_as(connection, "eve")
        changed = await connection.execute(statement)

    assert changed.rowcount == 0
    assert await tasks.get(ada, hers.id) == hers


@pytest.mark.parametrize("insert", [INSERT_USER, INSERT_TASK], ids=["user", "task"])
@pytest.mark.parametrize("acting", ["eve", ""])
async def test_nobody_inserts_rows_for_another_user(
    connection: AsyncConnection, ada: UserId, insert: str, acting: str
) -> None:
    async with connection.transaction(force_rollback=True):
        await act_as(connection, acting)
        with pytest.raises(InsufficientPrivilege):
            await connection.execute(insert, [ada])


async def test_nobody_gives_their_task_to_another_user(
    tasks: Tasks, connection: AsyncConnection, ada: UserId, bob: UserId
) -> None:
    await tasks.create(ada, title="Buy honey")
    await tasks.create(bob, title="Sell honey")

    async with connection.transaction(force_rollback=True):
        await act_as(connection, bob)
        with pytest.raises(InsufficientPrivilege):
            await connection.execute("UPDATE tasks SET owner_id = %s", [ada])


async def test_a_connection_forgets_the_user_with_the_request(url: str, ada: UserId) -> None:
    database = Database.at(url, pool_size=1)
    async with database:
        repository = PostgresTasks(database.execute)
        await repository.add(Task.create(id=uuid4(), owner=ada, title="Buy honey", now=NOON))

        async with database.pool.connection() as used:
            setting = await used.execute("SELECT current_setting('honeydo.user_id', true)")
            count = await used.execute(COUNT)

            assert await setting.fetchone() == ("",)
            assert await count.fetchone() == (0, 0)
