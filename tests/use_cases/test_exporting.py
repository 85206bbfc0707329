"""Whoever asks for all of their tasks gets each of them."""

import pytest

from honeydo.adapters.memory import MemoryTasks
from honeydo.application.errors import Unavailable
from honeydo.application.tasks import Tasks
from honeydo.domain.errors import InvalidValues
from honeydo.domain.listing import Listing, Page
from honeydo.domain.task import TaskId
from honeydo.domain.user import UserId
from tests.support.determined import HandClock, counted_ids


async def titles(tasks: Tasks, user: str = "ada") -> list[str]:
    return [task.title async for task in tasks.export(user)]


async def test_open_and_completed_tasks_are_included(tasks: Tasks) -> None:
    for title in ("open", "completed"):
        await tasks.create("ada", title=title, is_completed=title == "completed")

    assert {*await titles(tasks)} == {"open", "completed"}


async def test_the_trash_is_included(tasks: Tasks) -> None:
    task = await tasks.create("ada", title="Buy honey")
    deleted = await tasks.delete("ada", task.id)

    assert [task async for task in tasks.export("ada")] == [deleted]


async def test_what_was_deleted_for_good_is_not(tasks: Tasks) -> None:
    task = await tasks.create("ada", title="Buy honey")
    await tasks.delete("ada", task.id, permanent=True)

    assert await titles(tasks) == []


async def test_nobody_elses_task_is_in_it(tasks: Tasks) -> None:
    await tasks.create("ada", title="Buy honey")
    await tasks.create("bob", title="Sell honey")

    assert await titles(tasks, "bob") == ["Sell honey"]
    assert await titles(tasks, "eve") == []


async def test_a_name_that_nobody_can_have_is_refused(tasks: Tasks) -> None:
    with pytest.raises(InvalidValues):
        await titles(tasks, "")


async def test_there_are_more_than_a_page(tasks: Tasks) -> None:
    for number in range(1_203):
        await tasks.create("ada", title=f"{number}")

    assert await titles(tasks) == [f"{number}" for number in range(1_203)]


async def test_each_is_in_it_once_while_others_write(tasks: Tasks, clock: HandClock) -> None:
    created = [await tasks.create("ada", title=f"{number}") for number in range(1_100)]
    clock.advance()

    seen: list[TaskId] = []
    async for task in tasks.export("ada"):
        if len(seen) in range(0, 1_100, 100):
            # One that has been seen, one that is to come, and a new one.
            await tasks.edit("ada", created[len(seen)].id, title="edited")
            await tasks.complete("ada", created[-1].id)
            await tasks.delete("ada", created[min(len(seen) + 50, 1_098)].id)
            await tasks.create("ada", title="new")
        seen.append(task.id)

    assert {task.id for task in created} <= {*seen}
    assert len(seen) == len({*seen})


async def test_a_task_is_as_it_is_when_its_turn_comes(tasks: Tasks) -> None:
    created = [await tasks.create("ada", title=f"{number}") for number in range(501)]

    export = tasks.export("ada")
    await anext(export)
    await tasks.edit("ada", created[-1].id, title="edited")

    assert [task.title async for task in export][-1] == "edited"


async def test_an_outage_ends_it_with_an_error(clock: HandClock) -> None:
    class Ending(MemoryTasks):
        async def page(self, owner: UserId, listing: Listing) -> Page:
            if listing.after:
                raise Unavailable
            return await super().page(owner, listing)

    tasks = Tasks.over(Ending(), clock=clock, new_task_id=counted_ids())
    for number in range(501):
        await tasks.create("ada", title=f"{number}")

    with pytest.raises(Unavailable):
        await titles(tasks)
