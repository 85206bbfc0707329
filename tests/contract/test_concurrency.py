"""Several writers at once; each test commits for real."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import chain
from uuid import UUID

import pytest

from honeydo.application.errors import Contended
from honeydo.application.tasks import Tasks
from honeydo.domain.errors import TaskIdTaken, TaskNotFound
from honeydo.domain.task import Task
from honeydo.domain.user import Email, UserId
from tests.support.stores import Store
from tests.support.values import NOON

WRITERS = 8

pytestmark = pytest.mark.parametrize("store", ["memory", "postgres", "pipeline"], indirect=True)


async def until_done(write: Callable[[], Awaitable[Task]]) -> Task:
    while True:
        try:
            return await write()
        except Contended:
            continue


async def test_of_several_changes_to_one_reading_one_is_saved(store: Store, ada: UserId) -> None:
    task = await store.tasks.add(
        Task.create(id=UUID(int=1), owner=ada, title="Buy honey", now=NOON)
    )

    saved = await asyncio.gather(
        *(store.tasks.save(task.edit(title=f"{n}", now=NOON)) for n in range(WRITERS))
    )

    [winner] = [change for change in saved if change]
    assert winner.revision == 2
    assert await store.tasks.get(ada, task.id) == winner


async def test_two_toggles_at_once_are_two_toggles(tasks: Tasks, ada: UserId) -> None:
    task = await tasks.create(ada, title="Buy honey")

    toggled = await asyncio.gather(tasks.toggle(ada, task.id), tasks.toggle(ada, task.id))

    first, second = sorted(toggled, key=lambda one: one.revision)
    assert task.revision < first.revision < second.revision
    assert (first.is_completed, second.is_completed) == (True, False)
    assert not (await tasks.get(ada, task.id)).is_completed


async def test_no_toggle_of_many_writers_is_lost(tasks: Tasks, ada: UserId) -> None:
    task = await tasks.create(ada, title="Buy honey")
    each = 15

    async def writer() -> list[Task]:
        return [await until_done(lambda: tasks.toggle(ada, task.id)) for _ in range(each)]

    written = await asyncio.gather(*(writer() for _ in range(WRITERS)))
    toggled = sorted((one for mine in written for one in mine), key=lambda one: one.revision)

    assert len({one.revision for one in toggled}) == WRITERS * each
    assert [one.is_completed for one in toggled] == [True, False] * (WRITERS * each // 2)
    assert await tasks.get(ada, task.id) == toggled[-1]


async def test_the_writes_of_one_owner_are_numbered_without_gaps(
    tasks: Tasks, store: Store, ada: UserId
) -> None:
    async def writer(number: int) -> list[int]:
        task = await tasks.create(ada, title=f"{number}")
        changes = (tasks.toggle, tasks.toggle, tasks.complete, tasks.delete)
        return [task.revision, *[(await change(ada, task.id)).revision for change in changes]]

    written = await asyncio.gather(*(writer(number) for number in range(3 * WRITERS)))

    assert all(revisions == sorted(revisions) for revisions in written)
    assert sorted(chain(*written)) == list(range(1, 15 * WRITERS + 1))
    assert await store.user(ada) == (None, 15 * WRITERS)


async def test_an_id_is_taken_once(tasks: Tasks, store: Store, ada: UserId) -> None:
    outcomes = await asyncio.gather(
        *(tasks.create(ada, title=f"{n}", id=UUID(int=42)) for n in range(WRITERS)),
        return_exceptions=True,
    )

    [winner] = [outcome for outcome in outcomes if isinstance(outcome, Task)]
    assert sum(isinstance(outcome, TaskIdTaken) for outcome in outcomes) == WRITERS - 1
    assert await tasks.get(ada, UUID(int=42)) == winner
    assert await store.user(ada) == (None, 1)


async def test_the_first_writes_of_a_user_may_come_at_once(
    tasks: Tasks, store: Store, ada: UserId
) -> None:
    created = await asyncio.gather(
        *(tasks.create(ada, title=f"{n}", email=Email("ada@example.org")) for n in range(WRITERS))
    )

    assert sorted(task.revision for task in created) == list(range(1, WRITERS + 1))
    assert await store.user(ada) == ("ada@example.org", WRITERS)


async def test_an_edit_meets_the_task_or_finds_it_deleted(tasks: Tasks, ada: UserId) -> None:
    for _ in range(10):
        task = await tasks.create(ada, title="Buy honey")

        edited, deleted = await asyncio.gather(
            tasks.edit(ada, task.id, title="Buy wax"),
            tasks.delete(ada, task.id),
            return_exceptions=True,
        )

        assert isinstance(deleted, Task)
        if isinstance(edited, Task):
            assert deleted.title == "Buy wax"
            assert deleted.revision > edited.revision
        else:
            assert isinstance(edited, TaskNotFound)
            assert deleted.title == "Buy honey"


async def test_two_users_with_equal_ids_never_meet(tasks: Tasks, ada: UserId, bob: UserId) -> None:
    async def write(user: UserId) -> list[int]:
        task = await tasks.create(user, title=user, id=UUID(int=42))
        return [task.revision] + [
            (await tasks.toggle(user, task.id)).revision for _ in range(WRITERS)
        ]

    hers, his = await asyncio.gather(write(ada), write(bob))

    assert hers == his == list(range(1, WRITERS + 2))
    assert [(await tasks.get(user, UUID(int=42))).title for user in (ada, bob)] == [ada, bob]
