"""What was deleted long ago is forgotten, and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from honeydo.adapters.memory import MemoryTasks, MemoryUpkeep
from honeydo.application.operations import Create
from honeydo.application.tasks import Tasks
from honeydo.application.upkeep import Purge
from honeydo.domain.errors import CursorExpired, TaskNotFound
from honeydo.domain.user import UserId
from tests.support.determined import HandClock

ADA = UserId("ada")
DAY = 86_400


@pytest.fixture
def purge(memory: MemoryTasks, clock: HandClock) -> Purge:
    return Purge(MemoryUpkeep(memory.users), clock, timedelta(days=30))


async def deleted(tasks: Tasks, title: str, user: str = "ada") -> None:
    task = await tasks.create(user, title=title)
    await tasks.delete(user, task.id)


def titles(memory: MemoryTasks, user: str = "ada") -> set[str]:
    return {task.title for task in memory.users[UserId(user)].tasks.values()}


async def test_exactly_what_was_deleted_for_longer_is_purged(
    tasks: Tasks, memory: MemoryTasks, clock: HandClock, purge: Purge
) -> None:
    await deleted(tasks, "just over 30 days")
    clock.advance(0.000_001)
    await deleted(tasks, "30 days")
    clock.advance(29 * DAY)
    await deleted(tasks, "a day")
    await tasks.create("ada", title="alive")
    clock.advance(DAY)

    assert await purge() == 1
    assert titles(memory) == {"30 days", "a day", "alive"}


async def test_a_task_is_as_old_as_its_deletion(
    tasks: Tasks, memory: MemoryTasks, clock: HandClock, purge: Purge
) -> None:
    old = await tasks.create("ada", title="Buy honey")
    clock.advance(365 * DAY)
    await tasks.delete("ada", old.id)

    assert await purge() == 0
    assert titles(memory) == {"Buy honey"}


async def test_a_restored_task_stays(
    tasks: Tasks, memory: MemoryTasks, clock: HandClock, purge: Purge
) -> None:
    task = await tasks.create("ada", title="Buy honey")
    await tasks.delete("ada", task.id)
    await tasks.restore("ada", task.id)
    clock.advance(365 * DAY)

    assert await purge() == 0
    assert titles(memory) == {"Buy honey"}


async def test_what_is_left_of_a_task_that_was_deleted_for_good_goes_too(
    tasks: Tasks, memory: MemoryTasks, clock: HandClock, purge: Purge
) -> None:
    task = await tasks.create("ada", title="Buy honey")
    await tasks.delete("ada", task.id, permanent=True)
    clock.advance(31 * DAY)

    assert await purge() == 1
    assert titles(memory) == set()


async def test_a_purged_task_can_neither_be_restored_nor_listed(
    tasks: Tasks, clock: HandClock, purge: Purge
) -> None:
    task = await tasks.create("ada", title="Buy honey")
    await tasks.delete("ada", task.id)
    clock.advance(31 * DAY)
    await purge()

    with pytest.raises(TaskNotFound):
        await tasks.restore("ada", task.id)
    assert (await tasks.list("ada", is_deleted=True)).tasks == []


async def test_everybodys_trash_is_purged(
    tasks: Tasks, memory: MemoryTasks, clock: HandClock, purge: Purge
) -> None:
    for number in range(3):
        for user in ("ada", "bob", "eve"):
            await deleted(tasks, f"{number}", user)
    clock.advance(31 * DAY)

    assert await purge() == 9
    assert [user.tasks for user in memory.users.values()] == [{}, {}, {}]
    assert await purge() == 0


async def test_lists_of_the_trash_have_another_revision_afterwards(
    tasks: Tasks, clock: HandClock, purge: Purge
) -> None:
    await deleted(tasks, "Buy honey")
    before = await tasks.version("ada")
    clock.advance(31 * DAY)
    await purge()

    assert (await tasks.version("ada")).revision > before.revision


async def test_a_cursor_from_before_the_purged_deletion_expires(
    tasks: Tasks, clock: HandClock, purge: Purge
) -> None:
    task = await tasks.create("ada", title="Buy honey")
    old = (await tasks.changes("ada")).cursor
    await tasks.delete("ada", task.id)
    clock.advance(31 * DAY)
    await purge()

    with pytest.raises(CursorExpired):
        await tasks.changes("ada", since=old)


async def test_a_cursor_that_has_seen_the_purged_deletion_goes_on(
    tasks: Tasks, clock: HandClock, purge: Purge
) -> None:
    await deleted(tasks, "Buy honey")
    young = (await tasks.changes("ada")).cursor
    clock.advance(31 * DAY)
    await purge()
    wax = await tasks.create("ada", title="Buy wax")

    changes = await tasks.changes("ada", since=young)

    assert [change.task for change in changes.changes] == [wax]


async def test_whoever_begins_after_a_purge_sees_what_there_is(
    tasks: Tasks, clock: HandClock, purge: Purge
) -> None:
    await deleted(tasks, "Buy honey")
    wax = await tasks.create("ada", title="Buy wax")
    clock.advance(31 * DAY)
    await purge()

    beginning = await tasks.changes("ada")

    assert [change.task for change in beginning.changes] == [wax]
    assert (await tasks.changes("ada", since=beginning.cursor)).changes == []


async def test_an_idempotency_key_lives_for_24_hours(
    tasks: Tasks, memory: MemoryTasks, clock: HandClock, purge: Purge
) -> None:
    await tasks.batch("ada", [Create(title="Buy honey")], idempotency_key="old")
    clock.advance(0.000_001)
    await tasks.batch("ada", [Create(title="Buy wax")], idempotency_key="young")
    clock.advance(DAY)

    assert await purge() == 0
    assert memory.users[ADA].keys.keys() == {"young"}
    assert titles(memory) == {"Buy honey", "Buy wax"}


@dataclass(frozen=True, slots=True)
class Watched(MemoryUpkeep):
    """Notes how much was asked for at once, and how much that came to."""

    steps: list[tuple[int, int]] = field(default_factory=list)

    async def owners_with_trash(self, before: datetime, limit: int) -> Sequence[UserId]:
        found = await MemoryUpkeep.owners_with_trash(self, before, limit)
        self.steps.append((limit, len(found)))
        return found

    async def purge(self, owner: UserId, before: datetime, limit: int) -> int:
        purged = await MemoryUpkeep.purge(self, owner, before, limit)
        self.steps.append((limit, purged))
        return purged

    async def forget_keys(self, before: datetime, limit: int) -> int:
        forgotten = await MemoryUpkeep.forget_keys(self, before, limit)
        self.steps.append((limit, forgotten))
        return forgotten


async def test_however_much_there_is_it_goes_in_small_batches(
    tasks: Tasks, memory: MemoryTasks, clock: HandClock
) -> None:
    for number in range(1_001):
        await deleted(tasks, f"{number}")
        await deleted(tasks, f"{number}", user=f"user {number}")
        await tasks.batch("bob", [Create(title="x")], idempotency_key=f"{number}")
    clock.advance(31 * DAY)
    upkeep = Watched(memory.users)

    assert await Purge(upkeep, clock, timedelta(days=30))() == 2_002
    assert {limit for limit, _ in upkeep.steps} == {500}
    assert max(number for _, number in upkeep.steps) == 500
    assert memory.users[UserId("bob")].keys == {}


async def test_a_purge_ends_while_users_go_on_deleting(
    tasks: Tasks, memory: MemoryTasks, clock: HandClock
) -> None:
    @dataclass(frozen=True, slots=True)
    class Busy(MemoryUpkeep):
        async def purge(self, owner: UserId, before: datetime, limit: int) -> int:
            await deleted(tasks, "just now")
            return await MemoryUpkeep.purge(self, owner, before, limit)

    await deleted(tasks, "Buy honey")
    clock.advance(31 * DAY)

    assert await Purge(Busy(memory.users), clock, timedelta(days=30))() == 1
    assert titles(memory) == {"just now"}


async def test_an_untouched_history_keeps_every_cursor(tasks: Tasks, purge: Purge) -> None:
    await tasks.create("ada", title="Buy honey")
    cursor = (await tasks.changes("ada")).cursor
    await purge()

    assert (await tasks.changes("ada", since=cursor)).cursor == cursor
