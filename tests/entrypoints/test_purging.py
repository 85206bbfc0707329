"""What `serve` does in the background."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from honeydo.adapters.memory import MemoryTasks, MemoryUpkeep
from honeydo.application.errors import Unavailable
from honeydo.application.tasks import Tasks
from honeydo.application.upkeep import Purge
from honeydo.domain.user import UserId
from honeydo.entrypoints.purging import purging
from tests.support.determined import HandClock, counted_ids
from tests.support.waiting import until

KEEP = timedelta(days=30)
ADA = UserId("ada")


@dataclass(frozen=True, slots=True)
class Failing(MemoryUpkeep):
    """Each run meets one of the failures, until there are none left."""

    failures: list[Exception] = field(default_factory=list)
    runs: list[datetime] = field(default_factory=list)

    async def owners_with_trash(self, before: datetime, limit: int) -> Sequence[UserId]:
        self.runs.append(before)
        if self.failures:
            raise self.failures.pop(0)
        return await MemoryUpkeep.owners_with_trash(self, before, limit)


@pytest.fixture(autouse=True)
def info(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "honeydo.entrypoints.purging")


@pytest.fixture
async def trash(memory: MemoryTasks, clock: HandClock) -> Tasks:
    """Two tasks that were deleted long ago."""
    tasks = Tasks.over(memory, clock=clock, new_task_id=counted_ids())
    for title in ("Buy honey", "Buy wax"):
        task = await tasks.create("ada", title=title)
        await tasks.delete("ada", task.id)
    clock.advance(31 * 86_400)
    return tasks


async def comes_true(holds: Callable[[], object]) -> None:
    async def checked() -> object:
        return holds()

    await until(checked)


@pytest.mark.usefixtures("trash")
async def test_it_purges_soon_after_the_start(
    memory: MemoryTasks, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    upkeep = Failing(memory.users)
    async with purging(Purge(upkeep, clock, KEEP), first_within=0):
        await comes_true(lambda: not memory.users[ADA].tasks)

    assert [record.message for record in caplog.records] == [
        "Purged tasks that were deleted long ago: 2"
    ]


async def test_it_goes_on_purging(memory: MemoryTasks, clock: HandClock, trash: Tasks) -> None:
    async with purging(Purge(Failing(memory.users), clock, KEEP), first_within=0, every=0):
        await comes_true(lambda: not memory.users[ADA].tasks)
        task = await trash.create("ada", title="Buy more")
        await trash.delete("ada", task.id)
        clock.advance(31 * 86_400)
        await comes_true(lambda: not memory.users[ADA].tasks)


async def test_with_nothing_to_purge_it_is_silent(
    memory: MemoryTasks, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    upkeep = Failing(memory.users)
    async with purging(Purge(upkeep, clock, KEEP), first_within=0, every=0):
        await comes_true(lambda: len(upkeep.runs) > 3)

    assert caplog.records == []


@pytest.mark.usefixtures("trash")
@pytest.mark.parametrize(
    ("failure", "level"), [(Unavailable(), "WARNING"), (RuntimeError("a defect"), "ERROR")]
)
async def test_a_failure_is_logged_once_a_run_and_tried_again_later(
    memory: MemoryTasks,
    clock: HandClock,
    caplog: pytest.LogCaptureFixture,
    failure: Exception,
    level: str,
) -> None:
    upkeep = Failing(memory.users, [failure, failure])
    async with purging(Purge(upkeep, clock, KEEP), first_within=0, every=0):
        await comes_true(lambda: not memory.users[ADA].tasks)

    assert [record.levelname for record in caplog.records] == [level, level, "INFO"]


async def test_it_ends_though_what_it_waits_for_swallows_that(
    memory: MemoryTasks, clock: HandClock
) -> None:
    class Swallowing(MemoryUpkeep):
        async def forget_keys(self, before: datetime, limit: int) -> int:  # noqa: ARG002
            has_begun.set()
            with suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
            return 0

    has_begun = asyncio.Event()
    async with asyncio.timeout(10):
        async with purging(Purge(Swallowing(memory.users), clock, KEEP), first_within=0):
            await has_begun.wait()


async def test_it_ends_with_the_server_in_whatever_it_is(
    memory: MemoryTasks, clock: HandClock
) -> None:
    class Hanging(MemoryUpkeep):
        async def forget_keys(self, before: datetime, limit: int) -> int:
            has_begun.set()
            await asyncio.Event().wait()
            return await super().forget_keys(before, limit)

    has_begun = asyncio.Event()
    async with purging(Purge(Hanging(memory.users), clock, KEEP), first_within=0):
        await has_begun.wait()

    assert len(asyncio.all_tasks()) == 1


@pytest.mark.usefixtures("trash")
async def test_it_ends_with_the_server_before_it_has_begun(
    memory: MemoryTasks, clock: HandClock
) -> None:
    async with purging(Purge(MemoryUpkeep(memory.users), clock, KEEP), first_within=3_600):
        pass

    assert len(memory.users[ADA].tasks) == 2


async def test_an_error_of_the_server_is_told_as_it_is(
    memory: MemoryTasks, clock: HandClock
) -> None:
    with pytest.raises(ZeroDivisionError):
        async with purging(Purge(MemoryUpkeep(memory.users), clock, KEEP)):
            raise ZeroDivisionError
