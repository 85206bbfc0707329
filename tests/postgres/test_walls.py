"""Three walls stand between users: the owner in every statement, the domain's look at what was
found, and PostgreSQL's row-level security. Any one of them is enough; with none, nothing is."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from psycopg import AsyncConnection

from honeydo.adapters.postgres import reads
from honeydo.adapters.postgres.reads import CHANGES, GET, GET_MANY
from honeydo.adapters.postgres.statements import Statement
from honeydo.adapters.postgres.tasks import PostgresTasks
from honeydo.adapters.postgres.writes import SAVE
from honeydo.application.errors import Contended, OperationRefused
from honeydo.application.operations import Toggle
from honeydo.application.tasks import Tasks
from honeydo.domain.errors import TaskNotFound
from honeydo.domain.listing import NEWEST_FIRST, Cursor
from honeydo.domain.task import Task
from honeydo.domain.user import UserId
from tests.support.cluster import Cluster
from tests.support.databases import new_database

Reach = Callable[[Tasks, UserId, Task], Awaitable[Task]]
Remove = Callable[[set[str]], Awaitable[None]]

WALLS = {"statements", "domain", "row-level security"}


def anybodys(statement: Statement) -> Statement:
    """The statement for the rows of all owners, under another name, with the same parameters."""
    sql, count = re.subn(
        r"(users\.id|tasks\.owner_id) = (\$\d+::VARCHAR)",
        r"\2 IS NOT NULL",
        statement.sql.decode(),
    )
    assert count
    return replace(statement, name=statement.name + b"_anybodys", sql=sql.encode())


def anybodys_task(_user: UserId, task: Task | None, **_: bool) -> Task:
    if task is None:
        raise TaskNotFound
    return task


@pytest.fixture(scope="module")
def url(cluster: Cluster, template: str) -> Iterator[str]:
    with new_database(cluster, template) as name:
        yield cluster.url(name)


@pytest.fixture
async def remove(
    connection: AsyncConnection, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Remove]:
    async def remove(walls: set[str]) -> None:
        if "statements" in walls:
            used_by = "honeydo.adapters.postgres.tasks"
            for statement in (GET, GET_MANY, CHANGES, SAVE):
                name = statement.name.decode().removeprefix("honeydo_").upper()
                monkeypatch.setattr(f"{used_by}.{name}", anybodys(statement))
            page = reads.page
            monkeypatch.setattr(reads, "page", lambda listing: anybodys(page(listing)))
        if "domain" in walls:
            for module in ("reading", "operations", "syncing"):
                monkeypatch.setattr(f"honeydo.application.{module}.own_task", anybodys_task)
        if "row-level security" in walls:
            for table in ("users", "tasks"):
                await connection.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")

    yield remove
    for table in ("users", "tasks"):
        await connection.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    await connection.execute("TRUNCATE users CASCADE")


async def on_a_page(tasks: Tasks, user: UserId, task: Task, *, continued: bool) -> Task:
    """The task as the user finds it on a page of their own list."""
    newest = Cursor(NEWEST_FIRST, task.created_at.replace(year=9999), task.id)
    after = newest if continued else None
    return await found_by(tasks, user, is_completed=task.is_completed, after=after)


async def found_by(tasks: Tasks, user: UserId, **asked: Any) -> Task:
    page = await tasks.list(user, **asked)
    if not page.tasks:
        raise TaskNotFound
    [found] = page.tasks
    return found


async def in_the_export(tasks: Tasks, user: UserId) -> Task:
    found = [task async for task in tasks.export(user)]
    if not found:
        raise TaskNotFound
    return found[0]


async def among_the_changes(tasks: Tasks, user: UserId) -> Task:
    for change in (await tasks.changes(user)).changes:
        if change.task:
            return change.task
    raise TaskNotFound


REACH: dict[str, Reach] = {
    "get": lambda tasks, user, task: tasks.get(user, task.id),
    "list": lambda tasks, user, task: on_a_page(tasks, user, task, continued=False),
    "list on": lambda tasks, user, task: on_a_page(tasks, user, task, continued=True),
    "search": lambda tasks, user, _: found_by(tasks, user, q="honey"),
    "changes": lambda tasks, user, _: among_the_changes(tasks, user),
    "export": lambda tasks, user, _: in_the_export(tasks, user),
    "edit": lambda tasks, user, task: tasks.edit(user, task.id, title="Mine now"),
    "toggle": lambda tasks, user, task: tasks.toggle(user, task.id),
    "restore": lambda tasks, user, task: tasks.restore(user, task.id),
    "delete": lambda tasks, user, task: tasks.delete(user, task.id),
    "delete for good": lambda tasks, user, task: tasks.delete(user, task.id, permanent=True),
}
by_every_way = pytest.mark.parametrize("reach", REACH.values(), ids=REACH)


@by_every_way
@pytest.mark.parametrize("standing", sorted(WALLS))
async def test_one_wall_is_enough(
    tasks: Tasks, ada: UserId, bob: UserId, remove: Remove, standing: str, reach: Reach
) -> None:
    hers = await tasks.create(ada, title="Buy honey")
    await remove(WALLS - {standing})

    with pytest.raises(TaskNotFound):
        await reach(tasks, bob, hers)

    assert await tasks.get(ada, hers.id) == hers


@by_every_way
async def test_without_walls_a_task_is_reached(
    tasks: Tasks, ada: UserId, bob: UserId, remove: Remove, reach: Reach
) -> None:
    hers = await tasks.create(ada, title="Buy honey")
    await remove(WALLS)

    reached = await reach(tasks, bob, hers)

    assert (reached.id, reached.owner) == (hers.id, ada)
    assert await tasks.get(ada, hers.id) == reached


@pytest.mark.parametrize("standing", sorted(WALLS))
async def test_one_wall_is_enough_against_a_batch(
    tasks: Tasks, ada: UserId, bob: UserId, remove: Remove, standing: str
) -> None:
    hers = await tasks.create(ada, title="Buy honey")
    await tasks.create(bob, title="Sell honey")
    await remove(WALLS - {standing})

    with pytest.raises(OperationRefused) as refusal:
        await tasks.batch(bob, [Toggle(hers.id)])

    assert isinstance(refusal.value.reason, TaskNotFound)
    assert await tasks.get(ada, hers.id) == hers


async def test_without_walls_a_batch_reaches_a_task_but_cannot_store_it(
    tasks: Tasks, ada: UserId, bob: UserId, remove: Remove
) -> None:
    hers = await tasks.create(ada, title="Buy honey")
    await tasks.create(bob, title="Sell honey")
    await remove(WALLS)

    with pytest.raises(Contended):
        await tasks.batch(bob, [Toggle(hers.id)])

    assert await tasks.get(ada, hers.id) == hers


async def forge(repository: PostgresTasks, hers: Task, bob: UserId) -> Task | None:
    """Save another user's task as one's own, past the domain."""
    return await repository.save(replace(hers, owner=bob, title="Mine now"))


@pytest.mark.parametrize("standing", ["statements", "row-level security"])
async def test_one_wall_is_enough_against_a_forged_task(
    repository: PostgresTasks,
    tasks: Tasks,
    ada: UserId,
    bob: UserId,
    remove: Remove,
    standing: str,
) -> None:
    hers = await tasks.create(ada, title="Buy honey")
    await tasks.create(bob, title="Sell honey")
    await remove(WALLS - {standing})

    assert await forge(repository, hers, bob) is None

    assert await repository.get(ada, hers.id) == hers


async def test_without_walls_a_forged_task_is_saved(
    repository: PostgresTasks, tasks: Tasks, ada: UserId, bob: UserId, remove: Remove
) -> None:
    hers = await tasks.create(ada, title="Buy honey")
    await remove(WALLS)

    assert await forge(repository, hers, bob)

    robbed = await repository.get(ada, hers.id)
    assert robbed
    assert robbed.title == "Mine now"
