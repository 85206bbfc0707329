"""Three walls stand between users: the owner in every statement, the domain's look at what was
found, and PostgreSQL's row-level security. Any one of them is enough; with none, nothing is."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace

import pytest
from psycopg import AsyncConnection

from honeydo.adapters.postgres.statements import GET, PAGES, SAVE, Statement
from honeydo.adapters.postgres.tasks import PostgresTasks
from honeydo.application.tasks import Tasks
from honeydo.domain.errors import TaskNotFound
from honeydo.domain.listing import Cursor
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


def anybodys_task(_user: UserId, task: Task | None) -> Task:
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
            monkeypatch.setattr(f"{used_by}.GET", anybodys(GET))
            monkeypatch.setattr(f"{used_by}.SAVE", anybodys(SAVE))
            pages = {asked: anybodys(page) for asked, page in PAGES.items()}
            monkeypatch.setattr(f"{used_by}.PAGES", pages)
        if "domain" in walls:
            for module in ("reading", "writing"):
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
    newest = Cursor(task.created_at.replace(year=9999), task.id)
    page = await tasks.list(
        user, is_completed=task.is_completed, after=newest if continued else None
    )
    if not page.tasks:
        raise TaskNotFound
    [found] = page.tasks
    return found


REACH: dict[str, Reach] = {
    "get": lambda tasks, user, task: tasks.get(user, task.id),
    "list": lambda tasks, user, task: on_a_page(tasks, user, task, continued=False),
    "list on": lambda tasks, user, task: on_a_page(tasks, user, task, continued=True),
    "edit": lambda tasks, user, task: tasks.edit(user, task.id, title="Mine now"),
    "toggle": lambda tasks, user, task: tasks.toggle(user, task.id),
    "delete": lambda tasks, user, task: tasks.delete(user, task.id),
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
