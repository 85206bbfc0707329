"""Random writers and readers of the change feed, all at once: does a reader who applies what it is
told end with exactly what the server has?"""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final, TypeAlias
from uuid import UUID, uuid4

from honeydo.application.errors import Contended, OperationRefused, RevisionMismatch
from honeydo.application.live import Live
from honeydo.application.operations import Create, Delete, Edit, Operation, Restore, Toggle
from honeydo.application.ports import TaskRepository, Upkeep
from honeydo.application.tasks import Tasks
from honeydo.application.upkeep import Purge
from honeydo.domain.changes import BEGINNING, Change, ChangeCursor, Changes
from honeydo.domain.errors import CursorExpired, TaskIdTaken, TaskNotFound
from honeydo.domain.task import Task, TaskId

Within: TypeAlias = Callable[[bool], AbstractAsyncContextManager[TaskRepository]]

_REFUSALS: Final = (TaskNotFound, TaskIdTaken, RevisionMismatch, OperationRefused, Contended)
_WRITERS, _READERS, _WRITES = 3, 3, 40


@dataclass(frozen=True, slots=True)
class World:
    """A store that all share; `within` is a repository in a transaction that lasts as long as the
    context, and is committed or not."""

    tasks: TaskRepository
    upkeep: Upkeep
    within: Within
    live: Live


@dataclass(slots=True)
class Reader:
    """A device with a copy: it reads some, stops anywhere, goes on, and now and then is set back to
    an old copy of its own."""

    owner: str
    tasks: Tasks
    random: Random
    seen: Counter[str]
    copy: dict[TaskId, Task] = field(default_factory=dict)
    cursor: ChangeCursor = BEGINNING
    backup: tuple[dict[TaskId, Task], ChangeCursor] = field(default_factory=lambda: ({}, BEGINNING))

    async def read(self) -> None:
        match self.random.randrange(8):
            case 0:
                self.backup = dict(self.copy), self.cursor
            case 1:
                copy, self.cursor = self.backup
                self.copy = dict(copy)
            case 2 | 3:
                await self._follow()
            case _:
                await self._read_page()

    async def catch_up(self) -> None:
        while not await self._read_page(takes_all=True):
            pass

    async def _read_page(self, *, takes_all: bool = False) -> bool:
        """Whether that was all there is."""
        limit = self.random.choice([1, 2, 3, 7, 1_000])
        try:
            page = await self.tasks.changes(self.owner, since=self.cursor, limit=limit)
        except CursorExpired:
            self._start_over()
            return False
        assert len(page.changes) <= limit
        self._take(page, takes_all=takes_all)
        return takes_all and not page.has_more

    async def _follow(self) -> None:
        following = asyncio.create_task(self._follow_on())
        await asyncio.wait([following], timeout=self.random.random() / 20)
        # Before Python 3.12, once may not be enough where the pool is waited for.
        while not following.done():
            following.cancel()
            await asyncio.wait([following], timeout=0.1)
        if not following.cancelled():
            following.result()

    async def _follow_on(self) -> None:
        async with aclosing(self.tasks.follow(self.owner, since=self.cursor)) as pages:
            try:
                async for page in pages:
                    self.seen["followed"] += len(page.changes)
                    self._take(page, takes_all=True)
            except CursorExpired:
                self._start_over()

    def _take(self, page: Changes, *, takes_all: bool) -> None:
        revisions = [self.cursor.revision, *(change.revision for change in page.changes)]
        assert revisions == sorted({*revisions}), "not in the order of revisions"
        assert len({change.id for change in page.changes}) == len(page.changes), "told twice"
        number = len(page.changes) if takes_all else self.random.randint(0, len(page.changes))
        for change in page.changes[:number]:
            self._apply(change)
        if number == len(page.changes):
            self.cursor = page.cursor
        elif number:
            self.cursor = page.behind(page.changes[number - 1])

    def _apply(self, change: Change) -> None:
        if change.task:
            self.seen["told of a task"] += 1
            self.copy[change.id] = change.task
        else:
            self.seen["told of a deletion"] += change.id in self.copy
            self.copy.pop(change.id, None)

    def _start_over(self) -> None:
        self.seen["started over"] += 1
        self.copy.clear()
        self.cursor = BEGINNING


@dataclass(slots=True)
class Owner:
    """One user with writers and readers of theirs, and all ids that ever were."""

    world: World
    seed: str
    seen: Counter[str]
    name: str = field(default_factory=lambda: f"owner-{uuid4().hex}")
    ids: list[TaskId] = field(default_factory=lambda: [uuid4()])

    def tasks(self, random: Random, repository: TaskRepository | None = None) -> Tasks:
        """On a server of its own, whose clock is wrong by up to a minute."""
        skew = timedelta(seconds=random.uniform(-60, 60))
        return Tasks.over(
            repository or self.world.tasks,
            clock=lambda: datetime.now(UTC) + skew,
            new_task_id=lambda: UUID(int=random.getrandbits(128)),
            live=self.world.live,
        )

    def reader(self, number: int) -> Reader:
        random = seeded(f"{self.seed} reader {number}")
        return Reader(self.name, self.tasks(random), random, self.seen)

    async def write_much(self, number: int) -> None:
        random = seeded(f"{self.seed} writer {number}")
        tasks = self.tasks(random)
        for _ in range(_WRITES):
            with suppress(*_REFUSALS):
                await self._write(tasks, random)
            await asyncio.sleep(random.random() / 200)

    async def _write(self, tasks: Tasks, random: Random) -> None:
        chosen = random.choice(self.ids)
        what = random.choices(
            ["create", "edit", "toggle", "delete", "restore", "remove", "batch", "slow", "erase"],
            [20, 15, 10, 12, 8, 6, 12, 8, 2],
        )[0]
        match what:
            case "create":
                self.ids.append((await tasks.create(self.name, title=f"{random.random()}")).id)
            case "edit":
                await tasks.edit(self.name, chosen, title=f"{random.random()}")
            case "toggle":
                await tasks.toggle(self.name, chosen)
            case "delete":
                await tasks.delete(self.name, chosen)
            case "restore":
                await tasks.restore(self.name, chosen)
            case "remove":
                await tasks.delete(self.name, chosen, permanent=True)
            case "batch":
                await self._write_batch(tasks, random)
            case "slow":
                await self._write_slowly(random)
            case "erase":
                await tasks.erase(self.name)
        self.seen[what] += 1

    async def _write_batch(self, tasks: Tasks, random: Random) -> None:
        chosen = random.sample(self.ids, min(len(self.ids), 3))
        new = UUID(int=random.getrandbits(128))
        kinds = [Toggle, Delete, Restore]
        operations: Sequence[Operation] = [
            Create(title=f"{random.random()}", id=new),
            *(random.choice(kinds)(each) for each in chosen[:-1]),
            Edit(new, title=f"{random.random()}"),
        ]
        with suppress(OperationRefused):
            await tasks.batch(self.name, operations[: random.randint(1, len(operations))])
            self.ids.append(new)

    async def _write_slowly(self, random: Random) -> None:
        """Several writes that take effect together, some time after the first of them."""
        async with self.world.within(random.random() < 0.7) as repository:
            tasks = self.tasks(random, repository)
            self.ids.append((await tasks.create(self.name, title=f"{random.random()}")).id)
            await asyncio.sleep(random.random() / 50)
            await tasks.toggle(self.name, self.ids[-1])

    async def read_much(self, reader: Reader, done: asyncio.Event) -> None:
        while not done.is_set():
            await reader.read()
            await asyncio.sleep(reader.random.random() / 100)

    async def stored(self, tasks: Tasks) -> dict[TaskId, Task]:
        """What a reader must have in the end."""
        page = await tasks.list(self.name)
        assert page.next is None
        return {task.id: task for task in page.tasks}


def seeded(text: str) -> Random:
    return Random(text)  # noqa: S311


async def prove(world: World, seed: str, owners: int = 3) -> Counter[str]:
    """Fails unless every copy ends as what is stored; what was seen on the way."""
    seen: Counter[str] = Counter()
    done = asyncio.Event()
    cast = [Owner(world, f"{seed} owner {number}", seen) for number in range(owners)]
    readers = [(owner, owner.reader(number)) for owner in cast for number in range(_READERS)]

    async def purge_often() -> None:
        # What servers with early clocks have deleted is forgotten at once, the rest never.
        purge = Purge(world.upkeep, lambda: datetime.now(UTC), timedelta(seconds=-30))
        while not done.is_set():
            seen["purged"] += await purge()
            await asyncio.sleep(0.05)

    async def write_then_say_so() -> None:
        async with asyncio.TaskGroup() as writing:
            for owner in cast:
                for number in range(_WRITERS):
                    writing.create_task(owner.write_much(number))
        done.set()

    await _all(
        done,
        write_then_say_so(),
        purge_often(),
        *(owner.read_much(reader, done) for owner, reader in readers),
    )
    for owner, reader in readers:
        await reader.catch_up()
        assert reader.copy == await owner.stored(reader.tasks), "the copy is another"
    return seen


async def _all(done: asyncio.Event, *coroutines: Coroutine[Any, Any, None]) -> None:
    async def carried_out(coroutine: Coroutine[Any, Any, None]) -> None:
        try:
            await coroutine
        finally:
            # The others may miss it that they are cancelled, before Python 3.12, where the pool is
            # waited for; and would go on for good.
            done.set()

    try:
        async with asyncio.TaskGroup() as group:
            for coroutine in coroutines:
                group.create_task(carried_out(coroutine))
    except* AssertionError as wrong:
        # One is enough, and what pytest can show.
        raise next(_leaves(wrong)) from None


def _leaves(group: BaseExceptionGroup[Any]) -> Any:
    for each in group.exceptions:
        if isinstance(each, BaseExceptionGroup):
            yield from _leaves(each)
        else:
            yield each
