"""Requests that come again are answered again, and not done again."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace
from uuid import UUID

import pytest

from honeydo.adapters.memory import MemoryTasks, MemoryUpkeep
from honeydo.application.batching import BatchResult
from honeydo.application.errors import IdempotencyKeyReused, OperationRefused
from honeydo.application.operations import Complete, Create, Delete, Edit, Operation, Toggle
from honeydo.application.tasks import Tasks
from honeydo.application.upkeep import Purge
from honeydo.domain.errors import InvalidValues
from honeydo.domain.user import UserId
from tests.support.determined import HandClock

ADA = UserId("ada")
HONEY: Sequence[Operation] = [Create(title="Buy honey")]
DAY = 24 * 60 * 60


async def test_a_repeat_is_told_what_the_first_one_was(
    tasks: Tasks, memory: MemoryTasks, clock: HandClock
) -> None:
    first = await tasks.batch("ada", HONEY, idempotency_key="monday")
    clock.advance()

    again = await tasks.batch("ada", [*HONEY], idempotency_key="monday")

    assert not first.is_replay
    assert again == replace(first, is_replay=True)
    assert memory.users[ADA].revision == 1


async def test_a_repeat_is_told_the_same_however_things_are_now(tasks: Tasks) -> None:
    honey = await tasks.create("ada", title="Buy honey")
    operations: list[Operation] = [Create(title="Buy wax"), Complete(honey.id, [1])]
    first = await tasks.batch("ada", operations, idempotency_key="monday")
    await tasks.edit("ada", honey.id, title="Buy bread")
    await tasks.delete("ada", honey.id)
    await tasks.delete("ada", first.written[0].task.id, permanent=True)

    again = await tasks.batch("ada", operations, idempotency_key="monday")

    assert again.written == first.written


async def test_without_a_key_the_same_is_done_again(tasks: Tasks) -> None:
    await tasks.batch("ada", HONEY)
    await tasks.batch("ada", HONEY)
    await tasks.batch("ada", HONEY, idempotency_key="monday")
    await tasks.batch("ada", HONEY, idempotency_key="tuesday")

    assert len((await tasks.list("ada")).tasks) == 4


@pytest.mark.parametrize(
    "others",
    [
        [Create(title="Buy wax")],
        [Create(title="Buy honey", id=UUID(int=1))],
        [Create(title="Buy honey", description="Two jars")],
        [*HONEY, *HONEY],
        [Complete(UUID(int=1))],
        [Complete(UUID(int=1), [1])],
        [Edit(UUID(int=1))],
        [Edit(UUID(int=1), description=None)],
    ],
)
async def test_a_key_belongs_to_one_request(tasks: Tasks, others: Sequence[Operation]) -> None:
    first = await tasks.batch("ada", HONEY, idempotency_key="monday")

    with pytest.raises(IdempotencyKeyReused):
        await tasks.batch("ada", others, idempotency_key="monday")

    assert (await tasks.list("ada")).tasks == [first.written[0].task]


@pytest.mark.parametrize("same", [[9, 1], (1, 9), {9, 1}, frozenset({1, 9})])
async def test_equal_conditions_are_equal_however_they_are_kept(
    tasks: Tasks, same: Collection[int]
) -> None:
    honey = await tasks.create("ada", title="Buy honey")
    first = await tasks.batch("ada", [Complete(honey.id, [1, 9])], idempotency_key="monday")

    again = await tasks.batch("ada", [Complete(honey.id, same)], idempotency_key="monday")

    assert again == replace(first, is_replay=True)


async def test_two_users_may_have_the_same_key(tasks: Tasks) -> None:
    hers = await tasks.batch("ada", HONEY, idempotency_key="monday")
    his = await tasks.batch("bob", [Create(title="Sell honey")], idempotency_key="monday")

    assert not his.is_replay
    assert (hers.written[0].task.owner, his.written[0].task.owner) == ("ada", "bob")


async def test_a_request_that_was_refused_may_be_mended(tasks: Tasks) -> None:
    with pytest.raises(OperationRefused):
        await tasks.batch("ada", [*HONEY, Create(title=" ")], idempotency_key="monday")

    mended = await tasks.batch("ada", [*HONEY, Create(title="Wax")], idempotency_key="monday")

    assert not mended.is_replay
    assert len(mended.written) == 2


async def test_a_key_lives_for_a_day(tasks: Tasks, clock: HandClock) -> None:
    first = await tasks.batch("ada", HONEY, idempotency_key="monday")

    clock.advance(DAY)
    still = await tasks.batch("ada", HONEY, idempotency_key="monday")
    clock.advance(0.000_001)
    anew = await tasks.batch("ada", [Create(title="Buy wax")], idempotency_key="monday")

    assert still.written == first.written
    assert not anew.is_replay
    assert len((await tasks.list("ada")).tasks) == 2


async def test_a_key_that_began_anew_lives_for_a_day_again(tasks: Tasks, clock: HandClock) -> None:
    await tasks.batch("ada", HONEY, idempotency_key="monday")
    clock.advance(DAY + 1)
    anew = await tasks.batch("ada", HONEY, idempotency_key="monday")
    clock.advance(DAY)

    again = await tasks.batch("ada", HONEY, idempotency_key="monday")

    assert again == replace(anew, is_replay=True)


async def test_keys_are_thrown_away_when_they_are_of_no_use_any_more(
    tasks: Tasks, memory: MemoryTasks, clock: HandClock
) -> None:
    purge = Purge(MemoryUpkeep(memory.users), clock, keep_deleted=clock.now - clock.now)
    await tasks.batch("ada", HONEY, idempotency_key="monday")
    clock.advance()
    await tasks.batch("ada", HONEY, idempotency_key="tuesday")
    clock.advance(DAY)

    await purge()

    assert memory.users[ADA].keys.keys() == {"tuesday"}


@pytest.mark.parametrize("key", ["", "x" * 256, "a\nb", "\0"])
async def test_what_is_no_key_is_refused(tasks: Tasks, memory: MemoryTasks, key: str) -> None:
    with pytest.raises(InvalidValues) as refusal:
        await tasks.batch("ada", HONEY, idempotency_key=key)

    assert {field.field for field in refusal.value.fields} == {"idempotency_key"}
    assert memory.users == {}


async def test_ten_equal_requests_at_once_make_one_task(tasks: Tasks) -> None:
    results = await asyncio.gather(
        *(tasks.batch("ada", HONEY, idempotency_key="monday") for _ in range(10))
    )

    [task] = (await tasks.list("ada")).tasks
    assert [written.task for result in results for written in result.written] == [task] * 10
    assert sorted(result.is_replay for result in results) == [False] + [True] * 9


async def test_of_different_requests_at_once_one_gets_the_key(tasks: Tasks) -> None:
    results = await asyncio.gather(
        *(
            tasks.batch("ada", [Create(title=f"{number}")], idempotency_key="monday")
            for number in range(5)
        ),
        return_exceptions=True,
    )

    assert [type(result) for result in results].count(IdempotencyKeyReused) == 4
    assert len((await tasks.list("ada")).tasks) == 1


@pytest.mark.parametrize("lead", range(8))
@pytest.mark.parametrize("change", [Complete, Toggle, Delete])
async def test_a_repeat_is_never_refused_for_what_the_first_one_did(
    tasks: Tasks, change: type[Complete | Toggle | Delete], lead: int
) -> None:
    """However far the first one has come when the second begins."""
    honey = await tasks.create("ada", title="Buy honey")

    async def request(after: int) -> BatchResult:
        for _ in range(after):
            await asyncio.sleep(0)
        return await tasks.batch("ada", [change(honey.id, [1])], idempotency_key="monday")

    first, second = await asyncio.gather(request(0), request(lead))

    assert second == replace(first, is_replay=True)
    assert first.written[0].task.revision == 2
