"""What use cases do when somebody else is faster: they decide anew, a few times."""

from dataclasses import replace

import pytest

from honeydo.application.errors import Contended
from honeydo.application.tasks import Tasks
from honeydo.domain.errors import TaskNotFound
from tests.support.overtaken import Overtaken


@pytest.fixture
def memory() -> Overtaken:
    return Overtaken()


@pytest.mark.parametrize("times", [1, 2, 9])
async def test_a_toggle_that_was_overtaken_toggles_what_it_finds_then(
    tasks: Tasks, others: Tasks, memory: Overtaken, times: int
) -> None:
    task = await tasks.create("ada", title="Buy honey")
    memory.meanwhile.extend([lambda: others.toggle("ada", task.id)] * times)

    toggled = await tasks.toggle("ada", task.id)

    assert toggled.is_completed is (times % 2 == 0)
    assert toggled.revision == 2 + times


async def test_an_edit_that_was_overtaken_keeps_what_the_other_changed(
    tasks: Tasks, others: Tasks, memory: Overtaken
) -> None:
    task = await tasks.create("ada", title="Buy honey")
    memory.meanwhile.append(lambda: others.toggle("ada", task.id))

    edited = await tasks.edit("ada", task.id, title="Buy wax")

    assert edited.title == "Buy wax"
    assert edited.is_completed


async def test_what_the_other_has_done_already_is_not_done_twice(
    tasks: Tasks, others: Tasks, memory: Overtaken
) -> None:
    task = await tasks.create("ada", title="Buy honey")
    memory.meanwhile.append(lambda: others.toggle("ada", task.id))

    completed = await tasks.complete("ada", task.id)

    assert completed.is_completed
    assert completed.revision == 2


async def test_a_task_that_was_deleted_meanwhile_is_not_found(
    tasks: Tasks, others: Tasks, memory: Overtaken
) -> None:
    task = await tasks.create("ada", title="Buy honey")
    memory.meanwhile.append(lambda: others.delete("ada", task.id))

    with pytest.raises(TaskNotFound):
        await tasks.edit("ada", task.id, title="Buy wax")


async def test_who_is_overtaken_every_time_gives_up_and_has_changed_nothing(
    tasks: Tasks, others: Tasks, memory: Overtaken
) -> None:
    task = await tasks.create("ada", title="Buy honey")
    memory.meanwhile.extend([lambda: others.toggle("ada", task.id)] * 10)

    with pytest.raises(Contended):
        await tasks.edit("ada", task.id, title="Buy wax")

    assert await tasks.get("ada", task.id) == replace(task, revision=11)
