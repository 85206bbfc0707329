from uuid import UUID

import pytest

from honeydo.application.tasks import Tasks
from honeydo.domain.errors import InvalidValues, TaskNotFound
from tests.support.determined import HandClock


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


@pytest.mark.parametrize("limit", [-1, 0, 1_001])
async def test_a_page_of_another_size_is_refused(tasks: Tasks, limit: int) -> None:
    with pytest.raises(InvalidValues) as refusal:
        await tasks.list("ada", limit=limit)

    assert [field.field for field in refusal.value.fields] == ["limit"]
