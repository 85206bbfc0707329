"""What use cases do when somebody else is faster: they decide anew, a few times."""

from dataclasses import dataclass, replace

import pytest

from honeydo.adapters.memory import MemoryTasks
from honeydo.application.errors import Contended
from honeydo.application.ports import TaskRepository
from honeydo.application.tasks import Tasks
from honeydo.domain.errors import TaskNotFound
from honeydo.domain.listing import Listing, Page
from honeydo.domain.task import Task, TaskId
from honeydo.domain.user import Email, UserId
from tests.support.determined import HandClock, counted_ids


@dataclass(slots=True)
class Overtaken:
    """A repository where, as often as said, another writer comes between the reading of a task
    and its saving: toggles it, or deletes it."""

    tasks: TaskRepository
    clock: HandClock
    times: int = 0
    deletes: bool = False

    async def get(self, owner: UserId, task_id: TaskId) -> Task | None:
        return await self.tasks.get(owner, task_id)

    async def page(self, owner: UserId, listing: Listing) -> Page:
        return await self.tasks.page(owner, listing)

    async def revision(self, owner: UserId) -> int:
        return await self.tasks.revision(owner)

    async def add(self, task: Task, email: Email | None = None) -> Task:
        return await self.tasks.add(task, email)

    async def save(self, task: Task) -> Task | None:
        if self.times:
            self.times -= 1
            stored = await self.tasks.get(task.owner, task.id)
            assert stored
            change = stored.delete if self.deletes else stored.toggle
            assert await self.tasks.save(change(self.clock()))
        return await self.tasks.save(task)


@pytest.fixture
def overtaken(memory: MemoryTasks, clock: HandClock) -> Overtaken:
    return Overtaken(memory, clock)


@pytest.fixture
def tasks(overtaken: Overtaken, clock: HandClock) -> Tasks:
    return Tasks.over(overtaken, clock=clock, new_task_id=counted_ids())


@pytest.mark.parametrize("times", [1, 2, 9])
async def test_a_toggle_that_was_overtaken_toggles_what_it_finds_then(
    tasks: Tasks, overtaken: Overtaken, times: int
) -> None:
    task = await tasks.create("ada", title="Buy honey")
    overtaken.times = times

    toggled = await tasks.toggle("ada", task.id)

    assert toggled.is_completed is (times % 2 == 0)
    assert toggled.revision == 2 + times


async def test_an_edit_that_was_overtaken_keeps_what_the_other_changed(
    tasks: Tasks, overtaken: Overtaken
) -> None:
    task = await tasks.create("ada", title="Buy honey")
    overtaken.times = 1

    edited = await tasks.edit("ada", task.id, title="Buy wax")

    assert edited.title == "Buy wax"
    assert edited.is_completed


async def test_what_the_other_has_done_already_is_not_done_twice(
    tasks: Tasks, overtaken: Overtaken
) -> None:
    task = await tasks.create("ada", title="Buy honey")
    overtaken.times = 1

    completed = await tasks.complete("ada", task.id)

    assert completed.is_completed
    assert completed.revision == 2


async def test_a_task_that_was_deleted_meanwhile_is_not_found(
    tasks: Tasks, overtaken: Overtaken
) -> None:
    task = await tasks.create("ada", title="Buy honey")
    overtaken.times, overtaken.deletes = 1, True

    with pytest.raises(TaskNotFound):
        await tasks.edit("ada", task.id, title="Buy wax")


async def test_who_is_overtaken_every_time_gives_up_and_has_changed_nothing(
    tasks: Tasks, overtaken: Overtaken
) -> None:
    task = await tasks.create("ada", title="Buy honey")
    overtaken.times = 10

    with pytest.raises(Contended):
        await tasks.edit("ada", task.id, title="Buy wax")

    assert await tasks.get("ada", task.id) == replace(task, revision=11)
