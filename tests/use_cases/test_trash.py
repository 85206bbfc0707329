from uuid import UUID

import pytest

from honeydo.adapters.memory import MemoryTasks
from honeydo.application.errors import RevisionMismatch
from honeydo.application.tasks import Tasks
from honeydo.domain.errors import TaskNotFound
from honeydo.domain.task import Task
from honeydo.domain.user import UserId
from tests.support.determined import HandClock


@pytest.fixture
async def honey(tasks: Tasks) -> Task:
    return await tasks.create("ada", title="Buy honey", is_completed=True)


async def titles(tasks: Tasks, *, is_deleted: bool | None = False) -> list[str]:
    return [task.title for task in (await tasks.list("ada", is_deleted=is_deleted)).tasks]


async def test_a_deleted_task_is_in_the_trash_alone(
    tasks: Tasks, honey: Task, clock: HandClock
) -> None:
    deleted = await tasks.delete("ada", honey.id)

    assert deleted.deleted_at == clock.now
    assert await titles(tasks) == []
    assert await titles(tasks, is_deleted=True) == ["Buy honey"]
    with pytest.raises(TaskNotFound):
        await tasks.get("ada", honey.id)


async def test_a_restored_task_is_as_it_was(tasks: Tasks, honey: Task, clock: HandClock) -> None:
    await tasks.delete("ada", honey.id)
    clock.advance()

    restored = await tasks.restore("ada", honey.id)

    assert restored == await tasks.get("ada", honey.id)
    assert (restored.deleted_at, restored.updated_at) == (None, clock.now)
    assert restored.says_the_same_as(honey)
    assert (restored.completed_at, restored.created_at) == (honey.completed_at, honey.created_at)
    assert await titles(tasks, is_deleted=True) == []


async def test_restoring_once_is_enough(tasks: Tasks, honey: Task) -> None:
    assert await tasks.restore("ada", honey.id) == honey


@pytest.mark.parametrize("is_in_trash", [False, True])
async def test_what_is_deleted_for_good_is_nowhere(
    tasks: Tasks, honey: Task, is_in_trash: bool
) -> None:
    if is_in_trash:
        await tasks.delete("ada", honey.id)

    await tasks.delete("ada", honey.id, permanent=True)

    assert await titles(tasks, is_deleted=None) == []
    assert await tasks.count("ada", is_deleted=None) == 0
    for touch in (tasks.get, tasks.restore, tasks.delete, tasks.toggle):
        with pytest.raises(TaskNotFound):
            await touch("ada", honey.id)
    with pytest.raises(TaskNotFound):
        await tasks.delete("ada", honey.id, permanent=True)


async def test_nothing_of_what_a_task_said_is_kept_once_it_is_deleted_for_good(
    tasks: Tasks, memory: MemoryTasks
) -> None:
    task = await tasks.create("ada", title="Buy honey", description="Secretly", is_completed=True)
    await tasks.delete("ada", task.id, permanent=True)

    kept = memory.users[UserId("ada")].tasks[task.id]
    assert (kept.title, kept.description, kept.completed_at) == ("", None, None)


async def test_what_never_was_cannot_be_restored(tasks: Tasks) -> None:
    with pytest.raises(TaskNotFound):
        await tasks.restore("ada", UUID(int=404))


async def test_the_trash_of_others_cannot_be_touched(tasks: Tasks, honey: Task) -> None:
    await tasks.delete("ada", honey.id)

    with pytest.raises(TaskNotFound):
        await tasks.restore("bob", honey.id)
    with pytest.raises(TaskNotFound):
        await tasks.delete("bob", honey.id, permanent=True)
    assert (await tasks.list("bob", is_deleted=True)).tasks == []
    assert await titles(tasks, is_deleted=True) == ["Buy honey"]


async def test_only_what_one_knows_is_restored_or_deleted_for_good(
    tasks: Tasks, honey: Task
) -> None:
    deleted = await tasks.delete("ada", honey.id)

    with pytest.raises(RevisionMismatch) as refusal:
        await tasks.restore("ada", honey.id, if_match=[honey.revision])
    assert refusal.value.current == deleted
    with pytest.raises(RevisionMismatch):
        await tasks.delete("ada", honey.id, if_match=[honey.revision], permanent=True)

    restored = await tasks.restore("ada", honey.id, if_match=[deleted.revision])
    gone = await tasks.delete("ada", honey.id, if_match=[restored.revision], permanent=True)
    assert gone.is_removed
