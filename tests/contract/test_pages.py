from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from honeydo.domain.listing import MAX_LIMIT, NEWEST_FIRST, Cursor, Listing
from honeydo.domain.task import Task
from honeydo.domain.user import UserId
from tests.support.stores import Store
from tests.support.values import NOON


async def add(store: Store, owner: UserId, number: int, **values: object) -> Task:
    """Add a task whose number tells its id and, in seconds, its age."""
    task = Task.create(
        id=UUID(int=number),
        owner=owner,
        title=f"{number}",
        now=NOON + timedelta(seconds=number),
    )
    return await store.tasks.add(replace(task, **values))  # type: ignore[arg-type]


def numbers(tasks: Sequence[Task]) -> list[int]:
    return [task.id.int for task in tasks]


async def all_pages(store: Store, owner: UserId, listing: Listing) -> list[list[int]]:
    pages = []
    while True:
        page = await store.tasks.page(owner, listing)
        pages.append(numbers(page.tasks))
        if page.next is None:
            return pages
        listing = replace(listing, after=page.next)


async def test_nobodys_page_is_empty(store: Store, ada: UserId) -> None:
    page = await store.tasks.page(ada, Listing())

    assert list(page.tasks) == []
    assert page.next is None


async def test_a_page_has_the_tasks_as_they_are_stored(store: Store, ada: UserId) -> None:
    open_task = await add(store, ada, 1)
    completed = await add(store, ada, 2, completed_at=NOON, description="Much")

    assert list((await store.tasks.page(ada, Listing())).tasks) == [completed, open_task]


async def test_a_page_is_the_newest_first_in_whatever_order_they_came(
    store: Store, ada: UserId
) -> None:
    for number in (2, 3, 1):
        await add(store, ada, number)

    assert numbers((await store.tasks.page(ada, Listing())).tasks) == [3, 2, 1]


async def test_tasks_of_one_instant_are_in_the_order_of_their_ids(
    store: Store, ada: UserId
) -> None:
    ids = [1, 2**63, 2**127, 2**128 - 1]
    for number in ids:
        await add(store, ada, 0, id=UUID(int=number))

    pages = await all_pages(store, ada, Listing(limit=1))

    assert pages == [[number] for number in reversed(ids)]


async def test_a_page_has_one_owners_tasks(store: Store, ada: UserId, bob: UserId) -> None:
    for number in range(4):
        await add(store, (ada, bob)[number % 2], number)

    assert numbers((await store.tasks.page(bob, Listing())).tasks) == [3, 1]


async def test_deleted_tasks_are_on_no_page(store: Store, ada: UserId) -> None:
    for number in range(6):
        await add(
            store,
            ada,
            number,
            deleted_at=NOON if number in (0, 3, 5) else None,
            completed_at=NOON if number > 2 else None,
        )

    for is_completed, expected in [(None, [4, 2, 1]), (False, [2, 1]), (True, [4])]:
        listing = Listing(is_completed=is_completed)
        assert numbers((await store.tasks.page(ada, listing)).tasks) == expected


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7])
@pytest.mark.parametrize("is_completed", [None, False, True])
async def test_pages_put_together_are_the_list(
    store: Store, ada: UserId, is_completed: bool | None, limit: int
) -> None:
    for number in range(6):
        await add(store, ada, number, completed_at=NOON if number % 2 else None)
    listed = {None: [5, 4, 3, 2, 1, 0], False: [4, 2, 0], True: [5, 3, 1]}[is_completed]

    pages = await all_pages(store, ada, Listing(is_completed=is_completed, limit=limit))

    assert pages == [listed[first : first + limit] for first in range(0, len(listed), limit)]


async def test_a_page_holds_at_most_1_000_tasks(store: Store, ada: UserId) -> None:
    for number in range(MAX_LIMIT + 1):
        await add(store, ada, number)

    first, second = await all_pages(store, ada, Listing())

    assert first == list(range(MAX_LIMIT, 0, -1))
    assert second == [0]


async def test_pages_stay_in_place_while_others_add_and_delete(store: Store, ada: UserId) -> None:
    tasks = {number: await add(store, ada, number) for number in (2, 4, 6, 8, 10, 12)}
    first = await store.tasks.page(ada, Listing(limit=2))

    await add(store, ada, 14)
    await add(store, ada, 5)
    for number in (12, 10, 6):
        await store.tasks.save(tasks[number].delete(NOON))
    second = await store.tasks.page(ada, Listing(limit=2, after=first.next))

    await store.tasks.save(tasks[4].delete(NOON))
    third = await store.tasks.page(ada, Listing(limit=2, after=second.next))

    assert [numbers(page.tasks) for page in (first, second, third)] == [[12, 10], [8, 5], [2]]
    assert third.next is None


async def test_a_place_between_tasks_is_as_good_as_any(store: Store, ada: UserId) -> None:
    await add(store, ada, 1)
    await add(store, ada, 3)

    after = Cursor(NEWEST_FIRST, NOON + timedelta(seconds=2), UUID(int=99))

    assert numbers((await store.tasks.page(ada, Listing(after=after))).tasks) == [1]


async def test_behind_the_last_task_there_is_nothing(store: Store, ada: UserId) -> None:
    last = await add(store, ada, 1)

    page = await store.tasks.page(
        ada, Listing(after=Cursor(NEWEST_FIRST, last.created_at, last.id))
    )

    assert list(page.tasks) == []
    assert page.next is None
