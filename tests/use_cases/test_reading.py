from datetime import timedelta
from typing import Final
from uuid import UUID

import pytest

from honeydo.application.tasks import Tasks
from honeydo.domain.errors import InvalidValues, TaskNotFound
from honeydo.domain.listing import Asked, Sort
from tests.support.determined import HandClock
from tests.support.values import NOON

A_SECOND: Final = timedelta(seconds=1)


async def test_a_task_that_never_was_is_not_found(tasks: Tasks) -> None:
    with pytest.raises(TaskNotFound):
        await tasks.get("ada", UUID(int=1))


async def test_a_user_who_never_wrote_has_an_empty_list(tasks: Tasks) -> None:
    page = await tasks.list("ada")

    assert list(page.tasks) == []
    assert page.next is None


async def test_the_list_has_the_newest_task_first(tasks: Tasks, clock: HandClock) -> None:
    for title in ("first", "second", "third"):
        await tasks.create("ada", title=title)
        clock.advance()

    assert [task.title for task in (await tasks.list("ada")).tasks] == ["third", "second", "first"]


async def test_tasks_of_one_instant_are_listed_by_id(tasks: Tasks) -> None:
    for title in ("first", "second", "third"):
        await tasks.create("ada", title=title)

    assert [task.title for task in (await tasks.list("ada")).tasks] == ["third", "second", "first"]


async def test_an_edit_does_not_move_a_task_in_the_list(tasks: Tasks, clock: HandClock) -> None:
    first = await tasks.create("ada", title="first")
    clock.advance()
    await tasks.create("ada", title="second")
    clock.advance()
    await tasks.edit("ada", first.id, title="FIRST")

    assert [task.title for task in (await tasks.list("ada")).tasks] == ["second", "FIRST"]


async def test_the_list_may_be_of_open_or_of_completed_tasks(tasks: Tasks) -> None:
    await tasks.create("ada", title="open")
    await tasks.create("ada", title="completed", is_completed=True)

    for is_completed, titles in [(False, ["open"]), (True, ["completed"])]:
        page = await tasks.list("ada", is_completed=is_completed)
        assert [task.title for task in page.tasks] == titles


async def test_a_long_list_comes_in_pages(tasks: Tasks) -> None:
    for number in range(5):
        await tasks.create("ada", title=f"{number}")

    titles, after = [], None
    for _ in range(3):
        page = await tasks.list("ada", limit=2, after=after)
        titles.append([task.title for task in page.tasks])
        after = page.next

    assert titles == [["4", "3"], ["2", "1"], ["0"]]
    assert after is None


@pytest.fixture
async def pantry(tasks: Tasks, clock: HandClock) -> None:
    """Honey and milk; wax, which is deleted; then honey is completed, then there is more of it."""
    honey = await tasks.create("ada", title="Buy honey", description="From the market")
    await tasks.create("ada", title="buy Milk", is_completed=True)
    clock.advance()
    wax = await tasks.create("ada", title="Buy wax")
    await tasks.delete("ada", wax.id)
    clock.advance()
    await tasks.complete("ada", honey.id)
    clock.advance()
    await tasks.create("ada", title="Sell HONEY")


@pytest.mark.usefixtures("pantry")
@pytest.mark.parametrize(
    ("asked", "titles"),
    [
        ({}, ["Sell HONEY", "buy Milk", "Buy honey"]),
        ({"q": "honey"}, ["Sell HONEY", "Buy honey"]),
        ({"q": "MARKET"}, ["Buy honey"]),
        ({"q": "buy", "is_completed": False}, []),
        ({"created_since": NOON + 3 * A_SECOND}, ["Sell HONEY"]),
        ({"updated_since": NOON + 2 * A_SECOND}, ["Sell HONEY", "Buy honey"]),
        ({"is_deleted": True}, ["Buy wax"]),
        ({"is_deleted": True, "q": "honey"}, []),
        ({"is_deleted": None}, ["Sell HONEY", "Buy wax", "buy Milk", "Buy honey"]),
        ({"sort": Sort("title", descending=False)}, ["Buy honey", "buy Milk", "Sell HONEY"]),
        ({"sort": Sort("updated_at")}, ["Sell HONEY", "Buy honey", "buy Milk"]),
        ({"sort": Sort("completed_at")}, ["Buy honey", "buy Milk", "Sell HONEY"]),
        ({"sort": Sort("completed_at", descending=False)}, ["buy Milk", "Buy honey", "Sell HONEY"]),
    ],
)
async def test_a_list_is_of_what_is_asked_for_in_the_order_asked_for(
    tasks: Tasks, asked: Asked, titles: list[str]
) -> None:
    page = await tasks.list("ada", **asked)

    assert [task.title for task in page.tasks] == titles
    assert page.next is None


@pytest.mark.usefixtures("pantry")
@pytest.mark.parametrize(
    ("asked", "number"),
    [({}, 3), ({"q": "honey"}, 2), ({"is_deleted": True}, 1), ({"is_deleted": None}, 4)],
)
async def test_a_count_is_of_all_pages(tasks: Tasks, asked: Asked, number: int) -> None:
    paged: Asked = {**asked, "limit": 1}
    behind: Asked = {**paged, "after": (await tasks.list("ada", **paged)).next}

    assert await tasks.count("ada", **asked) == number
    assert await tasks.count("ada", **behind) == number
    assert await tasks.count("bob", **asked) == 0


async def test_a_count_of_what_cannot_be_listed_is_refused(tasks: Tasks) -> None:
    with pytest.raises(InvalidValues):
        await tasks.count("ada", q="")


@pytest.mark.parametrize("limit", [-1, 0, 1_001])
async def test_a_page_of_another_size_is_refused(tasks: Tasks, limit: int) -> None:
    with pytest.raises(InvalidValues) as refusal:
        await tasks.list("ada", limit=limit)

    assert [field.field for field in refusal.value.fields] == ["limit"]
