"""Several writes as one, and what is remembered of them under a key."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from honeydo.application.ports import IdempotencyKey, Recalled, Write, Written
from honeydo.domain.task import Task
from honeydo.domain.user import Email, UserId
from tests.support.stores import Store
from tests.support.values import NOON

KEY = IdempotencyKey("monday", b"request", expired_before=NOON)


def new_task(owner: UserId, title: str = "Buy honey") -> Task:
    return Task.create(id=uuid4(), owner=owner, title=title, now=NOON)


async def test_each_write_takes_a_revision_in_order(store: Store, ada: UserId) -> None:
    known = await store.tasks.add(new_task(ada))
    new, other = new_task(ada, "Buy wax \N{HONEYBEE}"), new_task(ada, "Sell\u00df")

    written = await store.tasks.write(
        ada, [Write(new, is_new=True), Write(known.complete(NOON)), Write(other, is_new=True)], NOON
    )

    assert written == [
        Written(replace(new, revision=2), is_new=True),
        Written(replace(known.complete(NOON), revision=3), is_new=False),
        Written(replace(other, revision=4), is_new=True),
    ]
    assert [await store.tasks.get(ada, each.task.id) for each in written] == [
        each.task for each in written
    ]
    assert (await store.tasks.version(ada)).revision == 4


async def test_of_several_writes_to_a_task_the_last_one_stays(store: Store, ada: UserId) -> None:
    new = new_task(ada)
    edited = new.edit(title="Buy wax", now=NOON)
    completed = edited.complete(NOON)

    written = await store.tasks.write(
        ada, [Write(new, is_new=True), Write(edited), Write(completed)], NOON
    )

    assert written
    assert [each.task.revision for each in written] == [1, 2, 3]
    assert await store.tasks.get(ada, new.id) == replace(completed, revision=3)


async def test_what_changes_nothing_takes_no_revision(store: Store, ada: UserId) -> None:
    known = await store.tasks.add(new_task(ada))
    completed = known.complete(NOON)

    written = await store.tasks.write(
        ada,
        [Write(known, is_changed=False), Write(completed), Write(completed, is_changed=False)],
        NOON,
    )

    assert written
    assert [each.task.revision for each in written] == [1, 2, 2]
    assert (await store.tasks.version(ada)).revision == 2


@pytest.mark.parametrize("stale_by", [-1, 1])
async def test_one_task_that_is_not_what_it_was_stops_all(
    store: Store, ada: UserId, stale_by: int
) -> None:
    known = await store.tasks.add(new_task(ada), Email("ada@example.org"))
    new = new_task(ada)
    stale = replace(known.complete(NOON), revision=known.revision + stale_by)

    written = await store.tasks.write(
        ada, [Write(new, is_new=True), Write(stale)], NOON, email=Email("x@example.org"), key=KEY
    )

    assert written is None
    assert await store.tasks.get(ada, new.id) is None
    assert await store.tasks.get(ada, known.id) == known
    assert await store.tasks.recall(ada, KEY) is None
    assert await store.user(ada) == ("ada@example.org", 1)


async def test_a_new_task_whose_id_is_taken_stops_all(store: Store, ada: UserId) -> None:
    known = await store.tasks.add(new_task(ada))
    double = replace(new_task(ada, "Buy wax"), id=known.id)

    assert await store.tasks.write(ada, [Write(double, is_new=True)], NOON) is None

    assert await store.tasks.get(ada, known.id) == known


async def test_another_owners_task_cannot_be_written(
    store: Store, ada: UserId, bob: UserId
) -> None:
    hers = await store.tasks.add(new_task(ada))
    forged = replace(hers.complete(NOON), owner=bob)

    assert await store.tasks.write(bob, [Write(forged)], NOON) is None

    assert await store.tasks.get(ada, hers.id) == hers
    assert await store.tasks.get(bob, hers.id) is None


@pytest.mark.parametrize("key", [None, KEY])
async def test_a_change_for_who_has_nothing_leaves_nothing_of_them(
    store: Store, ada: UserId, key: IdempotencyKey | None
) -> None:
    erased = Write(replace(new_task(ada), revision=3))

    assert (
        await store.tasks.write(ada, [erased], NOON, email=Email("a@example.org"), key=key) is None
    )

    assert await store.user(ada) is None


async def test_the_key_recalls_what_was_written_however_things_are_now(
    store: Store, ada: UserId
) -> None:
    known = await store.tasks.add(new_task(ada))
    writes = [Write(new_task(ada, "\N{HONEYBEE}"), is_new=True), Write(known, is_changed=False)]
    written = await store.tasks.write(ada, writes, NOON, key=KEY)
    assert written

    await store.tasks.save(written[0].task.remove(NOON))
    await store.tasks.save(known.complete(NOON))

    assert await store.tasks.recall(ada, KEY) == Recalled(b"request", written)


async def test_a_key_is_its_owners(store: Store, ada: UserId, bob: UserId) -> None:
    await store.tasks.write(ada, [Write(new_task(ada), is_new=True)], NOON, key=KEY)

    assert await store.tasks.recall(bob, KEY) is None
    assert await store.tasks.write(bob, [Write(new_task(bob), is_new=True)], NOON, key=KEY)


async def test_a_key_that_is_taken_stops_all(store: Store, ada: UserId) -> None:
    await store.tasks.write(ada, [Write(new_task(ada), is_new=True)], NOON, key=KEY)
    second = new_task(ada)

    write, email = Write(second, is_new=True), Email("ada@example.org")
    assert await store.tasks.write(ada, [write], NOON, key=KEY, email=email) is None

    assert await store.tasks.get(ada, second.id) is None
    assert await store.user(ada) == (None, 1)


async def test_an_expired_key_is_as_good_as_new(store: Store, ada: UserId) -> None:
    await store.tasks.write(ada, [Write(new_task(ada), is_new=True)], NOON, key=KEY)
    later = NOON + timedelta(days=1, microseconds=1)
    again = replace(KEY, fingerprint=b"other", expired_before=NOON + timedelta(microseconds=1))

    assert await store.tasks.recall(ada, again) is None
    written = await store.tasks.write(ada, [Write(new_task(ada), is_new=True)], later, key=again)

    assert written
    assert await store.tasks.recall(ada, again) == Recalled(b"other", written)


async def test_a_batch_keeps_the_owners_email(store: Store, ada: UserId) -> None:
    write = Write(new_task(ada), is_new=True)

    await store.tasks.write(ada, [write], NOON, email=Email("ada@example.org"))
    await store.tasks.write(ada, [Write(new_task(ada), is_new=True)], NOON)

    assert await store.user(ada) == ("ada@example.org", 2)


async def test_many_tasks_are_looked_up_at_once(store: Store, ada: UserId, bob: UserId) -> None:
    first, second = [await store.tasks.add(new_task(ada)) for _ in range(2)]
    his = await store.tasks.add(new_task(bob))

    found = await store.tasks.get_many(ada, {first.id, second.id, his.id, uuid4()})

    assert found == {first.id: first, second.id: second}


async def test_an_erased_user_leaves_nothing_and_nobody_else_is_touched(
    store: Store, ada: UserId, bob: UserId
) -> None:
    hers = await store.tasks.write(ada, [Write(new_task(ada), is_new=True)], NOON, key=KEY)
    his = await store.tasks.add(new_task(bob))
    assert hers

    assert await store.tasks.erase(ada)

    assert await store.user(ada) is None
    assert await store.tasks.get(ada, hers[0].task.id) is None
    assert await store.tasks.recall(ada, KEY) is None
    assert await store.tasks.get(bob, his.id) == his
    assert not await store.tasks.erase(ada)
