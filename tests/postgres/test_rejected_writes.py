"""A write that is refused, whoever refuses it, leaves the rows as they were."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import uuid4

import pytest
from psycopg import AsyncConnection
from psycopg.errors import CheckViolation
from psycopg.rows import TupleRow

from honeydo.adapters.postgres.tasks import PostgresTasks
from honeydo.domain.errors import TaskIdTaken
from honeydo.domain.task import Task
from honeydo.domain.user import Email, UserId
from tests.support.rows import act_as
from tests.support.values import NOON

Rows = Callable[[UserId], Awaitable[list[TupleRow]]]

EVE = Email("eve@example.org")


@pytest.fixture
def rows(connection: AsyncConnection[TupleRow]) -> Rows:
    """All that is stored of a user, and which transaction stored it."""

    async def rows(user: UserId) -> list[TupleRow]:
        async with connection.transaction():
            await act_as(connection, user)
            users = await connection.execute("SELECT xmin::text, * FROM users")
            tasks = await connection.execute("SELECT xmin::text, * FROM tasks ORDER BY id")
            return [*await users.fetchall(), *await tasks.fetchall()]

    return rows


@pytest.fixture
async def stored(repository: PostgresTasks, ada: UserId) -> Task:
    return await repository.add(new_task(ada), Email("ada@example.org"))


def new_task(owner: UserId) -> Task:
    return Task.create(id=uuid4(), owner=owner, title="Buy honey", now=NOON)


async def test_a_taken_id(repository: PostgresTasks, rows: Rows, stored: Task) -> None:
    before = await rows(stored.owner)

    with pytest.raises(TaskIdTaken):
        await repository.add(replace(new_task(stored.owner), id=stored.id), EVE)

    assert await rows(stored.owner) == before


async def test_a_lost_race(repository: PostgresTasks, rows: Rows, stored: Task) -> None:
    await repository.save(stored.complete(NOON))
    before = await rows(stored.owner)

    assert await repository.save(stored.edit(title="Too late", now=NOON)) is None

    assert await rows(stored.owner) == before


async def test_a_change_to_a_task_that_was_never_added(
    repository: PostgresTasks, rows: Rows, stored: Task, bob: UserId
) -> None:
    before = await rows(stored.owner)

    assert await repository.save(new_task(stored.owner)) is None
    assert await repository.save(new_task(bob)) is None

    assert await rows(stored.owner) == before
    assert await rows(bob) == []


async def test_a_task_that_broke_a_rule_past_the_domain(
    repository: PostgresTasks, rows: Rows, stored: Task, bob: UserId
) -> None:
    before = await rows(stored.owner)

    with pytest.raises(CheckViolation):
        await repository.add(replace(new_task(stored.owner), title=""), EVE)
    with pytest.raises(CheckViolation):
        await repository.save(replace(stored, title=""))
    with pytest.raises(CheckViolation):
        await repository.add(replace(new_task(bob), title=""), EVE)

    assert await rows(stored.owner) == before
    assert await rows(bob) == []


async def test_a_write_that_is_stored_is_seen_in_the_rows(
    repository: PostgresTasks, rows: Rows, stored: Task
) -> None:
    before = await rows(stored.owner)

    await repository.save(stored.complete(NOON))

    assert len(before) == 2
    assert all(row not in before for row in await rows(stored.owner))
