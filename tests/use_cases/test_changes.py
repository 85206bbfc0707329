"""The feed: who applies all changes in order has exactly the user's tasks."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from honeydo.adapters.memory import MemoryTasks, MemoryUpkeep
from honeydo.application.tasks import Tasks
from honeydo.application.upkeep import Purge
from honeydo.domain.changes import BEGINNING, Change, ChangeCursor
from honeydo.domain.errors import CursorExpired, InvalidValues
from honeydo.domain.task import Task, TaskId
from tests.support.determined import HandClock


@pytest.fixture
def purge(memory: MemoryTasks, clock: HandClock) -> Purge:
    """Forgets what is in the trash since before now."""
    return Purge(MemoryUpkeep(memory.users), clock, keep_deleted=timedelta(0))


async def created(tasks: Tasks, *titles: str) -> list[Task]:
    return [await tasks.create("ada", title=title) for title in titles]


def titles(changes: Sequence[Change]) -> list[str | None]:
    """The titles in order; None for what is gone."""
    return [change.task.title if change.task else None for change in changes]


async def test_a_user_without_tasks_has_no_changes(tasks: Tasks) -> None:
    feed = await tasks.changes("ada")

    assert (feed.changes, feed.has_more, feed.cursor) == ([], False, BEGINNING)


async def test_the_feed_begins_with_everything_in_the_order_of_revisions(tasks: Tasks) -> None:
    first, *_ = await created(tasks, "Buy honey", "Feed the bees")
    await tasks.edit("ada", first.id, title="Buy more honey")

    feed = await tasks.changes("ada")

    assert titles(feed.changes) == ["Feed the bees", "Buy more honey"]
    assert [change.revision for change in feed.changes] == [2, 3]


async def test_behind_a_cursor_there_is_only_what_changed_since(tasks: Tasks) -> None:
    first, second = await created(tasks, "Buy honey", "Feed the bees")
    cursor = (await tasks.changes("ada")).cursor
    await tasks.delete("ada", second.id)
    await tasks.complete("ada", first.id)

    feed = await tasks.changes("ada", since=cursor)

    assert [change.id for change in feed.changes] == [second.id, first.id]
    assert titles(feed.changes) == [None, "Buy honey"]
    assert (await tasks.changes("ada", since=feed.cursor)).changes == []


async def test_a_task_comes_back_when_it_is_restored(tasks: Tasks) -> None:
    [task] = await created(tasks, "Buy honey")
    await tasks.delete("ada", task.id)
    cursor = (await tasks.changes("ada")).cursor
    await tasks.restore("ada", task.id)

    assert titles((await tasks.changes("ada", since=cursor)).changes) == ["Buy honey"]


async def test_a_task_deleted_for_good_is_told_as_gone(tasks: Tasks) -> None:
    [task] = await created(tasks, "Buy honey")
    cursor = (await tasks.changes("ada")).cursor
    await tasks.delete("ada", task.id, permanent=True)

    [change] = (await tasks.changes("ada", since=cursor)).changes

    assert change == Change(task.id, 2, None)


async def test_pages_follow_each_other_without_a_gap(tasks: Tasks) -> None:
    await created(tasks, *"abcde")

    cursor, seen = BEGINNING, list[Change]()
    for expected in ("ab", "cd", "e"):
        page = await tasks.changes("ada", since=cursor, limit=2)
        assert titles(page.changes) == [*expected]
        assert page.has_more == (expected != "e")
        cursor = page.cursor
        seen += page.changes

    assert titles(seen) == [*"abcde"]


async def test_a_page_that_fits_exactly_is_the_last(tasks: Tasks) -> None:
    await created(tasks, "a", "b")

    assert not (await tasks.changes("ada", limit=2)).has_more


async def test_one_can_go_on_behind_each_change_of_a_page(tasks: Tasks) -> None:
    await created(tasks, *"abc")
    page = await tasks.changes("ada")

    for number, change in enumerate(page.changes, start=1):
        rest = await tasks.changes("ada", since=page.behind(change))
        assert titles(rest.changes) == [*"abc"[number:]]


@pytest.mark.parametrize("limit", [0, 1_001, -1])
async def test_a_page_has_1_to_1000_changes(tasks: Tasks, limit: int) -> None:
    with pytest.raises(InvalidValues):
        await tasks.changes("ada", limit=limit)


async def test_others_changes_are_not_told(tasks: Tasks) -> None:
    await created(tasks, "Buy honey")

    assert (await tasks.changes("bob")).changes == []


async def test_a_repository_that_shows_a_strangers_task_is_not_believed(
    tasks: Tasks, memory: MemoryTasks
) -> None:
    [task] = await created(tasks, "Buy honey")
    await tasks.create("eve", title="Steal honey")
    memory.users[eve := [*memory.users][1]].tasks[TaskId(int=99)] = task

    with pytest.raises(Exception, match="no task"):
        await tasks.changes(eve)


class TestACursorThatHasExpired:
    async def test_because_what_it_has_not_seen_deleted_is_forgotten(
        self, tasks: Tasks, clock: HandClock, purge: Purge
    ) -> None:
        task, _ = await created(tasks, "Buy honey", "Feed the bees")
        cursor = (await tasks.changes("ada")).cursor
        await tasks.delete("ada", task.id)
        clock.advance()
        assert await purge() == 1

        with pytest.raises(CursorExpired):
            await tasks.changes("ada", since=cursor)
        assert titles((await tasks.changes("ada")).changes) == ["Feed the bees"]

    async def test_not_because_of_what_it_has_seen_deleted(
        self, tasks: Tasks, clock: HandClock, purge: Purge
    ) -> None:
        task, _ = await created(tasks, "Buy honey", "Feed the bees")
        await tasks.delete("ada", task.id)
        cursor = (await tasks.changes("ada")).cursor
        clock.advance()
        assert await purge() == 1

        assert (await tasks.changes("ada", since=cursor)).changes == []

    async def test_in_the_middle_of_a_first_reading(
        self, tasks: Tasks, clock: HandClock, purge: Purge
    ) -> None:
        first, _, _ = await created(tasks, *"abc")
        cursor = (await tasks.changes("ada", limit=1)).cursor
        await tasks.delete("ada", first.id)
        clock.advance()
        await purge()

        with pytest.raises(CursorExpired):
            await tasks.changes("ada", since=cursor)

    async def test_not_in_a_first_reading_by_what_was_forgotten_before(
        self, tasks: Tasks, clock: HandClock, purge: Purge
    ) -> None:
        first, *_ = await created(tasks, *"abc")
        await tasks.delete("ada", first.id)
        clock.advance()
        await purge()

        cursor = (await tasks.changes("ada", limit=1)).cursor

        assert titles((await tasks.changes("ada", since=cursor)).changes) == ["c"]

    async def test_because_the_user_was_erased(self, tasks: Tasks) -> None:
        await created(tasks, "Buy honey")
        cursor = (await tasks.changes("ada")).cursor
        await tasks.erase("ada")

        with pytest.raises(CursorExpired):
            await tasks.changes("ada", since=cursor)

    async def test_because_the_user_was_erased_and_began_anew(
        self, tasks: Tasks, clock: HandClock
    ) -> None:
        await created(tasks, "Buy honey")
        cursor = (await tasks.changes("ada")).cursor
        await tasks.erase("ada")
        clock.advance()
        await created(tasks, "Buy honey", "Feed the bees")

        with pytest.raises(CursorExpired):
            await tasks.changes("ada", since=cursor)

    async def test_because_the_database_was_set_back(
        self, tasks: Tasks, memory: MemoryTasks
    ) -> None:
        await created(tasks, "Buy honey")
        [began_at] = [user.created_at for user in memory.users.values()]

        with pytest.raises(CursorExpired):
            await tasks.changes("ada", since=ChangeCursor(began_at, revision=2))
