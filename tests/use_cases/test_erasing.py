"""A user who wishes to be forgotten is."""

import pytest

from honeydo.adapters.memory import MemoryTasks
from honeydo.application.operations import Create
from honeydo.application.tasks import Tasks
from honeydo.domain.errors import CursorExpired, TaskNotFound
from tests.support.determined import HandClock


async def test_nothing_is_left(tasks: Tasks, memory: MemoryTasks) -> None:
    task = await tasks.create("ada", title="Buy honey", email="ada@example.com")
    await tasks.delete("ada", task.id)
    await tasks.batch("ada", [Create(title="Buy wax")], idempotency_key="1")

    assert await tasks.erase("ada")
    assert memory.users == {}
    assert await tasks.user("ada") is None
    assert (await tasks.version("ada")).revision == 0


async def test_nobody_else_is_touched(tasks: Tasks) -> None:
    await tasks.create("ada", title="Buy honey")
    wax = await tasks.create("bob", title="Buy wax")

    await tasks.erase("ada")

    assert (await tasks.list("bob")).tasks == [wax]


async def test_once_is_enough(tasks: Tasks) -> None:
    await tasks.create("ada", title="Buy honey")

    assert [await tasks.erase("ada"), await tasks.erase("ada")] == [True, False]


async def test_another_device_finds_no_task(tasks: Tasks) -> None:
    task = await tasks.create("ada", title="Buy honey")
    await tasks.erase("ada")

    with pytest.raises(TaskNotFound):
        await tasks.edit("ada", task.id, title="Buy wax")


async def test_another_device_is_told_to_drop_its_copy(tasks: Tasks) -> None:
    await tasks.create("ada", title="Buy honey")
    cursor = (await tasks.changes("ada")).cursor
    await tasks.erase("ada")

    with pytest.raises(CursorExpired):
        await tasks.changes("ada", since=cursor)


async def test_another_device_is_told_so_even_if_the_user_began_anew(
    tasks: Tasks, clock: HandClock
) -> None:
    await tasks.create("ada", title="Buy honey")
    cursor = (await tasks.changes("ada")).cursor
    await tasks.erase("ada")
    clock.advance()
    for number in range(5):
        await tasks.create("ada", title=f"{number}")

    with pytest.raises(CursorExpired):
        await tasks.changes("ada", since=cursor)


async def test_a_device_that_follows_is_told_at_once(tasks: Tasks) -> None:
    await tasks.create("ada", title="Buy honey")
    following = tasks.follow("ada")
    await anext(following)
    await tasks.erase("ada")

    with pytest.raises(CursorExpired):
        await anext(following)


async def test_whoever_writes_again_begins_anew(tasks: Tasks) -> None:
    old = await tasks.create("ada", title="Buy honey")
    await tasks.create("ada", title="Buy wax")
    await tasks.erase("ada")

    new = await tasks.create("ada", title="Buy honey", id=old.id)

    assert new.revision == 1
    assert (await tasks.list("ada")).tasks == [new]


async def test_an_idempotency_key_is_forgotten_too(tasks: Tasks) -> None:
    await tasks.batch("ada", [Create(title="Buy honey")], idempotency_key="1")
    await tasks.erase("ada")

    again = await tasks.batch("ada", [Create(title="Buy honey")], idempotency_key="1")

    assert not again.is_replay
