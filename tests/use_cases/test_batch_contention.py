"""What a batch does when somebody else is faster: it is decided anew, a few times."""

from dataclasses import replace
from uuid import UUID

import pytest

from honeydo.application.errors import Contended, RevisionMismatch
from honeydo.application.operations import Complete, Create, Toggle
from honeydo.application.tasks import Tasks
from honeydo.domain.errors import TaskIdTaken, TaskNotFound
from tests.support.overtaken import Overtaken
from tests.support.refusals import refused

HERS = UUID(int=42)


@pytest.fixture
def memory() -> Overtaken:
    return Overtaken()


@pytest.mark.parametrize("times", [1, 9])
async def test_a_batch_that_was_overtaken_is_decided_anew(
    tasks: Tasks, others: Tasks, memory: Overtaken, times: int
) -> None:
    honey = await tasks.create("ada", title="Buy honey")
    memory.meanwhile.extend([lambda: others.toggle("ada", honey.id)] * times)

    result = await tasks.batch("ada", [Create(title="Buy wax"), Toggle(honey.id)])

    [wax, toggled] = result.written
    assert toggled.task.is_completed is (times % 2 == 0)
    assert len((await tasks.list("ada")).tasks) == 2
    assert [wax.task.revision, toggled.task.revision] == [times + 2, times + 3]


async def test_a_batch_whose_task_was_deleted_meanwhile_is_refused(
    tasks: Tasks, others: Tasks, memory: Overtaken
) -> None:
    honey = await tasks.create("ada", title="Buy honey")
    memory.meanwhile.append(lambda: others.delete("ada", honey.id))

    index, reason = await refused(tasks, [Create(title="Buy wax"), Complete(honey.id)])

    assert (index, type(reason)) == (1, TaskNotFound)
    assert (await tasks.list("ada")).tasks == []


async def test_a_batch_whose_id_was_taken_meanwhile_is_refused(
    tasks: Tasks, others: Tasks, memory: Overtaken
) -> None:
    memory.meanwhile.append(lambda: others.create("ada", title="Buy wax", id=HERS))

    index, reason = await refused(tasks, [Create(title="Buy honey", id=HERS)])

    assert (index, type(reason)) == (0, TaskIdTaken)


async def test_what_is_meant_for_a_revision_is_not_done_to_a_later_one(
    tasks: Tasks, others: Tasks, memory: Overtaken
) -> None:
    honey = await tasks.create("ada", title="Buy honey")
    memory.meanwhile.append(lambda: others.edit("ada", honey.id, title="Buy wax"))

    _, reason = await refused(tasks, [Complete(honey.id, [honey.revision])])

    assert isinstance(reason, RevisionMismatch)
    assert reason.current.title == "Buy wax"


async def test_a_batch_of_nothing_but_new_tasks_is_overtaken_by_nobody(
    tasks: Tasks, others: Tasks, memory: Overtaken
) -> None:
    honey = await tasks.create("ada", title="Buy honey")
    memory.meanwhile.append(lambda: others.toggle("ada", honey.id))

    result = await tasks.batch("ada", [Create(title="Buy wax")])

    assert (result.written[0].task.id, result.written[0].task.revision) == (UUID(int=2), 3)


async def test_a_batch_that_is_overtaken_every_time_gives_up_and_has_changed_nothing(
    tasks: Tasks, others: Tasks, memory: Overtaken
) -> None:
    honey = await tasks.create("ada", title="Buy honey")
    memory.meanwhile.extend([lambda: others.toggle("ada", honey.id)] * 10)

    with pytest.raises(Contended):
        await tasks.batch("ada", [Create(title="Buy wax"), Complete(honey.id)])

    assert (await tasks.list("ada")).tasks == [replace(honey, revision=11)]
