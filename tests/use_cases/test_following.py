"""Following changes: nobody misses one, whoever makes it, and nobody is waited for in vain."""

import asyncio
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

import pytest

from honeydo.adapters.memory import MemoryTasks, MemoryVersions
from honeydo.application.errors import Unavailable
from honeydo.application.live import Live
from honeydo.application.tasks import Tasks
from honeydo.domain.changes import Change, Changes, History, Version
from honeydo.domain.errors import CursorExpired
from honeydo.domain.user import UserId
from tests.support.determined import HandClock, counted_ids

NEVER = 3_600
SOON = 0.001
PATIENCE = 30


@dataclass(frozen=True, slots=True)
class Counting(MemoryTasks):
    """Remembers behind which revisions it has been looked."""

    reads: list[int] = field(default_factory=list)

    async def changes(
        self, owner: UserId, after: int, limit: int
    ) -> tuple[History, Sequence[Change]]:
        self.reads.append(after)
        return await MemoryTasks.changes(self, owner, after, limit)


@dataclass
class Process:
    """One of several that serve the same users."""

    memory: MemoryTasks
    interval: float = NEVER
    looks: list[Collection[UserId]] = field(default_factory=list)
    has_looked: asyncio.Event = field(default_factory=asyncio.Event)
    fails_by: Exception | None = None
    clock: HandClock = field(default_factory=HandClock)

    def __post_init__(self) -> None:
        self.live = Live(self.versions, self.interval)
        self.store = Counting(self.memory.users, self.live.announce)
        self.tasks = Tasks.over(
            self.store,
            clock=self.clock,
            new_task_id=counted_ids(),
            live=self.live,
        )

    async def versions(self, owners: Collection[UserId]) -> Mapping[UserId, Version]:
        self.looks.append(owners)
        self.has_looked.set()
        if self.fails_by:
            raise self.fails_by
        return await MemoryVersions(self.memory.users)(owners)

    def following(self, user: str = "ada") -> aclosing[AsyncGenerator[Changes, None]]:
        return aclosing(self.tasks.follow(user))


@pytest.fixture
def alone(memory: MemoryTasks) -> Process:
    """A process that would see the writes of others next hour."""
    return Process(memory)


@pytest.fixture
def one(memory: MemoryTasks) -> Process:
    return Process(memory, interval=SOON)


@pytest.fixture
def other(memory: MemoryTasks) -> Process:
    return Process(memory)


async def told(pages: AsyncGenerator[Changes, None]) -> list[str | None]:
    """The titles of the next page; None for what is gone."""
    page = await asyncio.wait_for(anext(pages), PATIENCE)
    return [change.task.title if change.task else None for change in page.changes]


async def until_it_waits(waiting: asyncio.Task[Any]) -> None:
    for _ in range(20):
        await asyncio.sleep(0)
    assert not waiting.done()


async def stopped(waiting: asyncio.Task[Any]) -> None:
    waiting.cancel()
    await asyncio.wait([waiting])


async def test_it_begins_with_what_there_is(alone: Process) -> None:
    await alone.tasks.create("ada", title="Buy honey")

    async with alone.following() as pages:
        assert await told(pages) == ["Buy honey"]


async def test_it_says_at_once_that_there_is_nothing(alone: Process) -> None:
    async with alone.following() as pages:
        assert await told(pages) == []


async def test_a_write_of_the_same_process_is_told_at_once(alone: Process) -> None:
    async with alone.following() as pages:
        await told(pages)
        waiting = asyncio.create_task(told(pages))
        await until_it_waits(waiting)

        task = await alone.tasks.create("ada", title="Buy honey")
        assert await waiting == ["Buy honey"]

        await alone.tasks.delete("ada", task.id)
        assert await told(pages) == [None]


async def test_a_write_of_another_process_is_told_soon(one: Process, other: Process) -> None:
    async with one.following() as pages:
        await told(pages)

        await other.tasks.create("ada", title="Buy honey")
        assert await told(pages) == ["Buy honey"]


async def test_a_write_between_two_pages_is_not_lost(alone: Process) -> None:
    async with alone.following() as pages:
        await told(pages)

        # Nobody waits yet: the page has just been handed out.
        await alone.tasks.create("ada", title="Buy honey")
        assert await told(pages) == ["Buy honey"]


async def test_a_write_during_the_look_is_not_lost(alone: Process) -> None:
    """At whichever of its steps the look is."""
    for steps in range(6):
        async with alone.following() as pages:
            await told(pages)
            await alone.tasks.create("ada", title="the one that is looked for")
            looking = asyncio.create_task(told(pages))
            for _ in range(steps):
                await asyncio.sleep(0)
            await alone.tasks.create("ada", title="the one in between")

            titles = await looking
            if len(titles) == 1:
                titles += await told(pages)
            assert titles == ["the one that is looked for", "the one in between"]


async def test_a_longer_past_comes_page_by_page(alone: Process) -> None:
    for title in "abc":
        await alone.tasks.create("ada", title=title)

    async with aclosing(alone.tasks.follow("ada", limit=2)) as pages:
        assert await told(pages) == ["a", "b"]
        assert await told(pages) == ["c"]


async def test_nothing_is_read_before_it_is_taken(alone: Process) -> None:
    async with alone.following() as pages:
        await told(pages)
        task = await alone.tasks.create("ada", title="Buy honey")
        await alone.tasks.edit("ada", task.id, title="Buy more honey")

        assert await told(pages) == ["Buy more honey"]


async def test_who_waits_does_not_read(alone: Process) -> None:
    async with alone.following() as pages:
        await told(pages)
        await alone.tasks.create("ada", title="Buy honey")
        await told(pages)
        waiting = asyncio.create_task(told(pages))

        await until_it_waits(waiting)
        await stopped(waiting)

    assert alone.store.reads == [0, 0]


async def test_others_are_not_woken(alone: Process) -> None:
    async with alone.following("bob") as pages:
        await told(pages)
        waiting = asyncio.create_task(told(pages))
        await alone.tasks.create("ada", title="Buy honey")

        await until_it_waits(waiting)
        await stopped(waiting)


async def test_one_look_is_for_all_who_wait(one: Process, other: Process) -> None:
    users = [f"user {number}" for number in range(50)]

    async def follow(user: str) -> list[str | None]:
        async with one.following(user) as first, one.following(user) as second:
            assert await told(first) == await told(second) == []
            await other.tasks.create(user, title=user)
            titles = await told(first)
            assert await told(second) == titles
            return titles

    assert await asyncio.gather(*map(follow, users)) == [[user] for user in users]
    assert max(map(len, one.looks)) == 50


async def test_nobody_looks_while_nobody_waits(one: Process) -> None:
    async with one.following() as pages:
        await told(pages)
    await asyncio.sleep(10 * SOON)
    before = len(one.looks)

    await asyncio.sleep(10 * SOON)

    assert len(one.looks) == before


async def test_it_is_looked_for_one_who_comes_as_the_last_one_leaves(
    one: Process, other: Process
) -> None:
    with one.live.watching(UserId("bob")):
        await one.has_looked.wait()
    with one.live.watching(UserId("ada")) as watcher:
        await other.tasks.create("ada", title="Buy honey")

        await asyncio.wait_for(watcher.wait_beyond(Version()), PATIENCE)


async def test_a_look_that_fails_is_made_again(one: Process, other: Process) -> None:
    one.fails_by = Unavailable()
    async with one.following() as pages:
        await told(pages)
        waiting = asyncio.create_task(told(pages))
        await one.has_looked.wait()
        await other.tasks.create("ada", title="Buy honey")
        one.fails_by = None

        assert await waiting == ["Buy honey"]


async def test_who_waits_looks_for_themself_when_nobody_can_look_for_them(
    one: Process, other: Process
) -> None:
    one.fails_by = LookupError("a defect")
    async with one.following() as pages:
        await told(pages)
        waiting = asyncio.create_task(told(pages))
        await one.has_looked.wait()
        await other.tasks.create("ada", title="Buy honey")

        assert await waiting == ["Buy honey"]


async def test_an_erased_users_copies_expire(one: Process, other: Process) -> None:
    await other.tasks.create("ada", title="Buy honey")
    async with one.following() as pages:
        await told(pages)
        await other.tasks.erase("ada")

        with pytest.raises(CursorExpired):
            await told(pages)


async def test_a_user_who_was_erased_and_wrote_as_often_is_another(
    one: Process, other: Process
) -> None:
    await other.tasks.create("ada", title="Buy honey")
    async with one.following() as pages:
        await told(pages)
        await other.tasks.erase("ada")
        other.clock.advance()
        await other.tasks.create("ada", title="Buy wax")

        with pytest.raises(CursorExpired):
            await told(pages)


async def test_closing_lets_everybody_go(alone: Process) -> None:
    async def follow(user: str) -> int:
        return len([page async for page in alone.tasks.follow(user)])

    following = [asyncio.create_task(follow(f"user {number % 3}")) for number in range(9)]
    await until_it_waits(following[-1])
    alone.live.close()

    assert await asyncio.gather(*following) == [1] * 9
    assert [page async for page in alone.tasks.follow("too late")] == []


async def test_who_leaves_is_forgotten(alone: Process) -> None:
    async with alone.following() as pages:
        await told(pages)
        waiting = asyncio.create_task(told(pages))
        await until_it_waits(waiting)
        await stopped(waiting)

    assert alone.live._watchers == {}


async def test_without_a_process_around_it_one_looks_for_oneself(memory: MemoryTasks) -> None:
    tasks = Tasks.over(memory, clock=HandClock(), new_task_id=counted_ids())
    async with aclosing(tasks.follow("ada")) as pages:
        await told(pages)
        await tasks.create("ada", title="Buy honey")

        assert await told(pages) == ["Buy honey"]
