"""The use cases on every repository."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from honeydo.application.tasks import Tasks
from honeydo.domain.errors import InvalidValues, TaskIdTaken, TaskNotFound
from honeydo.domain.user import UserId
from tests.support.determined import HandClock
from tests.support.stores import Store


async def test_the_life_of_a_task(tasks: Tasks, clock: HandClock, ada: UserId) -> None:
    created = await tasks.create(ada, title="Buy honey", description="Much")
    clock.advance()
    edited = await tasks.edit(ada, created.id, title="Buy wax")
    completed_at = clock.advance()
    completed = await tasks.complete(ada, created.id)
    reopened = await tasks.reopen(ada, created.id)
    deleted = await tasks.delete(ada, created.id)

    assert edited == replace(created, title="Buy wax", updated_at=edited.updated_at, revision=2)
    assert completed == replace(
        edited, completed_at=completed_at, updated_at=completed_at, revision=3
    )
    assert reopened == replace(completed, completed_at=None, revision=4)
    assert deleted == replace(reopened, deleted_at=completed_at, revision=5)


async def test_each_answer_is_what_is_stored(tasks: Tasks, clock: HandClock, ada: UserId) -> None:
    task = await tasks.create(ada, title="Buy honey")
    for change in (tasks.complete, tasks.toggle, tasks.toggle, tasks.reopen):
        clock.advance()
        changed = await change(ada, task.id)
        assert await tasks.get(ada, task.id) == changed
        assert list((await tasks.list(ada)).tasks) == [changed]


async def test_a_change_that_changes_nothing_takes_no_revision(
    tasks: Tasks, store: Store, clock: HandClock, ada: UserId
) -> None:
    task = await tasks.create(ada, title="Buy honey", is_completed=True)
    clock.advance()

    assert await tasks.edit(ada, task.id, title=" Buy honey ") == task
    assert await tasks.complete(ada, task.id) == task
    assert await tasks.get(ada, task.id) == task
    assert await store.user(ada) == (None, 1)


async def test_a_deleted_task_is_invisible(tasks: Tasks, ada: UserId) -> None:
    task = await tasks.create(ada, title="Buy honey")
    await tasks.delete(ada, task.id)

    for use_case in ("get", "edit", "complete", "reopen", "toggle", "delete"):
        with pytest.raises(TaskNotFound):
            await getattr(tasks, use_case)(ada, task.id)
    assert list((await tasks.list(ada)).tasks) == []


async def test_another_users_task_does_not_exist(tasks: Tasks, ada: UserId, bob: UserId) -> None:
    hers = await tasks.create(ada, title="Buy honey")
    await tasks.create(bob, title="Sell honey")

    for use_case in ("get", "edit", "complete", "reopen", "toggle", "delete"):
        with pytest.raises(TaskNotFound):
            await getattr(tasks, use_case)(bob, hers.id)
    assert await tasks.get(ada, hers.id) == hers


async def test_a_taken_id_tells_nothing_of_another_users_tasks(
    tasks: Tasks, ada: UserId, bob: UserId
) -> None:
    hers = await tasks.create(ada, title="Buy honey", id=uuid4())

    his = await tasks.create(bob, title="Sell honey", id=hers.id)

    assert his.revision == 1
    with pytest.raises(TaskIdTaken):
        await tasks.create(ada, title="Buy wax", id=hers.id)


@pytest.mark.parametrize(
    "values", [{"title": ""}, {"title": "\0"}, {"title": "x", "email": ""}, {"title": "\ud800"}]
)
async def test_values_that_break_a_rule_leave_no_trace(
    tasks: Tasks, store: Store, ada: UserId, values: dict[str, str]
) -> None:
    with pytest.raises(InvalidValues):
        await tasks.create(ada, **values)  # type: ignore[arg-type]

    assert await store.user(ada) is None


async def test_a_refused_change_leaves_no_trace(tasks: Tasks, store: Store, ada: UserId) -> None:
    task = await tasks.create(ada, title="Buy honey")

    with pytest.raises(InvalidValues):
        await tasks.edit(ada, task.id, title="x" * 256)
    with pytest.raises(TaskNotFound):
        await tasks.delete(ada, UUID(int=404))

    assert await tasks.get(ada, task.id) == task
    assert await store.user(ada) == (None, 1)


async def test_who_only_looks_leaves_no_trace(tasks: Tasks, store: Store, ada: UserId) -> None:
    await tasks.list(ada)
    with pytest.raises(TaskNotFound):
        await tasks.get(ada, uuid4())

    assert await store.user(ada) is None
