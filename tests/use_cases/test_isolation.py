from uuid import UUID

import pytest

from honeydo.adapters.memory import MemoryTasks
from honeydo.application.tasks import Tasks
from honeydo.domain.errors import TaskNotFound
from honeydo.domain.user import UserId


@pytest.mark.parametrize("use_case", ["get", "edit", "complete", "reopen", "toggle", "delete"])
async def test_another_users_task_cannot_be_told_from_one_that_never_was(
    tasks: Tasks, use_case: str
) -> None:
    hers = await tasks.create("ada", title="Buy honey")
    touch = getattr(tasks, use_case)

    with pytest.raises(TaskNotFound) as refused:
        await touch("bob", hers.id)
    with pytest.raises(TaskNotFound) as never_was:
        await touch("bob", UUID(int=404))

    assert str(refused.value) == str(never_was.value)
    assert await tasks.get("ada", hers.id) == hers


async def test_a_list_has_ones_own_tasks_alone(tasks: Tasks) -> None:
    await tasks.create("ada", title="Buy honey")
    his = await tasks.create("bob", title="Sell honey")

    assert (await tasks.list("bob")).tasks == [his]


async def test_two_users_may_bring_the_same_id(tasks: Tasks) -> None:
    hers = await tasks.create("ada", title="Buy honey", id=UUID(int=42))
    his = await tasks.create("bob", title="Sell honey", id=UUID(int=42))

    await tasks.delete("bob", UUID(int=42))

    assert his.owner == "bob"
    assert await tasks.get("ada", UUID(int=42)) == hers


async def test_who_only_looks_leaves_no_trace(tasks: Tasks, memory: MemoryTasks) -> None:
    await tasks.list("bob")
    with pytest.raises(TaskNotFound):
        await tasks.toggle("bob", UUID(int=1))

    assert UserId("bob") not in memory.users
