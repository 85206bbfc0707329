"""Changes that are meant for what the caller knows, and asking whether anything is new."""

from collections.abc import Awaitable, Callable, Collection

import pytest

from honeydo.application.errors import RevisionMismatch
from honeydo.application.tasks import Tasks
from honeydo.domain.errors import TaskNotFound
from honeydo.domain.task import Task, TaskId

Change = Callable[[Tasks, TaskId, Collection[int]], Awaitable[Task]]

CHANGES: dict[str, Change] = {
    "edit": lambda tasks, it, known: tasks.edit("ada", it, title="Sell", if_match=known),
    "complete": lambda tasks, it, known: tasks.complete("ada", it, if_match=known),
    "reopen": lambda tasks, it, known: tasks.reopen("ada", it, if_match=known),
    "toggle": lambda tasks, it, known: tasks.toggle("ada", it, if_match=known),
    "delete": lambda tasks, it, known: tasks.delete("ada", it, if_match=known),
}
by_every_change = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)


@by_every_change
async def test_a_change_is_made_to_the_revision_that_it_is_meant_for(
    tasks: Tasks, change: Change
) -> None:
    honey = await tasks.create("ada", title="Buy honey")

    changed = await change(tasks, honey.id, {honey.revision, 99})

    assert changed.id == honey.id


@by_every_change
@pytest.mark.parametrize("known", [[], [2]])
async def test_a_change_that_is_meant_for_another_revision_tells_what_is_there(
    tasks: Tasks, change: Change, known: list[int]
) -> None:
    honey = await tasks.create("ada", title="Buy honey")

    with pytest.raises(RevisionMismatch) as mismatch:
        await change(tasks, honey.id, known)

    assert mismatch.value.current == honey
    assert await tasks.get("ada", honey.id) == honey


@by_every_change
async def test_what_one_has_not_is_not_found_whatever_its_revision(
    tasks: Tasks, change: Change
) -> None:
    bobs = await tasks.create("bob", title="Buy honey")

    with pytest.raises(TaskNotFound):
        await change(tasks, bobs.id, [bobs.revision])


async def test_a_users_revision_counts_their_writes_alone(tasks: Tasks) -> None:
    assert (await tasks.version("ada")).revision == 0

    honey = await tasks.create("ada", title="Buy honey")
    await tasks.complete("ada", honey.id)
    await tasks.create("bob", title="Sell honey")

    assert (await tasks.version("ada")).revision == 2
    assert (await tasks.list("ada")).version == await tasks.version("ada")
    assert (await tasks.version("bob")).revision == 1
