from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from honeydo.domain.errors import TaskIdTaken
from honeydo.domain.task import MAX_DESCRIPTION, MAX_TITLE, Task
from honeydo.domain.user import Email, UserId
from tests.support.stores import Store
from tests.support.values import NOON


def new_task(owner: UserId, *, id: UUID | None = None, title: str = "Buy honey") -> Task:
    return Task.create(id=id or uuid4(), owner=owner, title=title, now=NOON)


async def test_an_added_task_is_there_with_its_revision(store: Store, ada: UserId) -> None:
    task = new_task(ada)

    added = await store.tasks.add(task)

    assert added == replace(task, revision=1)
    assert await store.tasks.get(ada, task.id) == added


@pytest.mark.parametrize(
    "values",
    [
        {"title": "\N{HONEYBEE}" * MAX_TITLE, "description": "\N{HONEYBEE}" * MAX_DESCRIPTION},
        {"title": "'; DROP TABLE tasks; --", "description": '%s $1 :id \\ " {}\t\r\n'},
        {"title": "e\u0301 \u202e \ufeff \ufffe \u2028", "description": " \u00a0 kept \u00a0 "},
        {"completed_at": NOON + timedelta(microseconds=1)},
        {"deleted_at": NOON},
        {"created_at": datetime(1, 1, 1, tzinfo=UTC)},
        {"updated_at": datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)},
        {"id": UUID(int=0)},
        {"id": UUID(int=2**128 - 1)},
    ],
)
async def test_what_is_stored_comes_back_as_it_was(
    store: Store, ada: UserId, values: dict[str, object]
) -> None:
    task = replace(new_task(ada), **values)  # type: ignore[arg-type]

    added = await store.tasks.add(task)

    assert added == replace(task, revision=1)
    assert await store.tasks.get(ada, task.id) == added


async def test_a_strange_users_task_is_kept_as_any_other(store: Store) -> None:
    stranger = UserId(f"auth0|\N{HONEYBEE} %$1'\"\\/{uuid4()}".ljust(255))

    added = await store.tasks.add(new_task(stranger))

    assert await store.tasks.get(stranger, added.id) == added


async def test_a_task_that_never_was_is_none(store: Store, ada: UserId) -> None:
    assert await store.tasks.get(ada, uuid4()) is None


async def test_another_owners_task_is_none(store: Store, ada: UserId, bob: UserId) -> None:
    hers = await store.tasks.add(new_task(ada))

    assert await store.tasks.get(bob, hers.id) is None


async def test_equal_ids_of_two_owners_are_two_tasks(
    store: Store, ada: UserId, bob: UserId
) -> None:
    hers = await store.tasks.add(new_task(ada, title="Buy honey"))
    his = await store.tasks.add(new_task(bob, id=hers.id, title="Sell honey"))

    assert his.revision == 1
    assert await store.tasks.get(ada, hers.id) == hers
    assert await store.tasks.get(bob, hers.id) == his


@pytest.mark.parametrize("is_deleted", [False, True])
async def test_a_taken_id_is_refused_and_leaves_no_trace(
    store: Store, ada: UserId, is_deleted: bool
) -> None:
    task = await store.tasks.add(new_task(ada), Email("ada@example.org"))
    if is_deleted:
        saved = await store.tasks.save(task.delete(NOON))
        assert saved
        task = saved
    before = await store.user(ada)

    with pytest.raises(TaskIdTaken):
        await store.tasks.add(new_task(ada, id=task.id, title="x"), Email("eve@example.org"))

    assert await store.user(ada) == before
    assert await store.tasks.get(ada, task.id) == task


async def test_a_saved_change_has_the_owners_next_revision(store: Store, ada: UserId) -> None:
    task = await store.tasks.add(new_task(ada))
    await store.tasks.add(new_task(ada))
    changed = task.edit(
        title="Buy wax", description="Much", is_completed=True, now=NOON + timedelta(days=1)
    )

    saved = await store.tasks.save(changed)

    assert saved == replace(changed, revision=3)
    assert await store.tasks.get(ada, task.id) == saved


async def test_a_change_to_an_outdated_task_is_not_saved(store: Store, ada: UserId) -> None:
    task = await store.tasks.add(new_task(ada))
    newer = await store.tasks.save(task.complete(NOON))

    assert await store.tasks.save(task.edit(title="Too late", now=NOON)) is None

    assert await store.tasks.get(ada, task.id) == newer
    assert await store.user(ada) == (None, 2)


async def test_a_change_to_a_deleted_task_is_saved(store: Store, ada: UserId) -> None:
    task = await store.tasks.add(new_task(ada))
    deleted = await store.tasks.save(task.delete(NOON))
    assert deleted

    restored = await store.tasks.save(deleted.restore(NOON))

    assert restored == replace(task, revision=3)
    assert await store.tasks.get(ada, task.id) == restored


async def test_saving_what_was_never_added_stores_nothing(store: Store, ada: UserId) -> None:
    task = new_task(ada)

    assert await store.tasks.save(task) is None

    assert await store.tasks.get(ada, task.id) is None
    assert await store.user(ada) is None


async def test_another_owners_task_cannot_be_saved_over(
    store: Store, ada: UserId, bob: UserId
) -> None:
    hers = await store.tasks.add(new_task(ada))
    await store.tasks.add(new_task(bob))

    assert await store.tasks.save(replace(hers, owner=bob, title="Mine now")) is None

    assert await store.tasks.get(ada, hers.id) == hers
    assert await store.tasks.get(bob, hers.id) is None
    assert await store.user(bob) == (None, 1)


async def test_the_first_write_keeps_the_owners_email(store: Store, ada: UserId) -> None:
    assert await store.user(ada) is None

    await store.tasks.add(new_task(ada), Email("ada@example.org"))

    assert await store.user(ada) == ("ada@example.org", 1)


async def test_a_later_write_updates_the_email(store: Store, ada: UserId) -> None:
    await store.tasks.add(new_task(ada))
    await store.tasks.add(new_task(ada), Email("ada@example.org"))
    await store.tasks.add(new_task(ada), Email("lovelace@example.org"))

    assert await store.user(ada) == ("lovelace@example.org", 3)


async def test_a_write_without_an_email_leaves_it_alone(store: Store, ada: UserId) -> None:
    task = await store.tasks.add(new_task(ada), Email("ada@example.org"))
    await store.tasks.add(new_task(ada), None)
    await store.tasks.save(task.complete(NOON))

    assert await store.user(ada) == ("ada@example.org", 3)


async def test_two_users_may_have_one_email(store: Store, ada: UserId, bob: UserId) -> None:
    for user in (ada, bob):
        await store.tasks.add(new_task(user), Email("office@example.org"))

    assert await store.user(ada) == await store.user(bob) == ("office@example.org", 1)
