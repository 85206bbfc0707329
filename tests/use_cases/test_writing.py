import asyncio
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

import pytest

from honeydo.adapters.memory import MemoryTasks
from honeydo.application.tasks import Tasks
from honeydo.domain.errors import InvalidValues, TaskIdTaken, TaskNotFound
from honeydo.domain.task import Task
from honeydo.domain.user import UserId
from tests.support.determined import HandClock

HERS: Final = UUID("1b4e28ba-2fa1-41d2-883f-0016d3cca427")


async def test_a_created_task_is_the_users_own(tasks: Tasks, clock: HandClock) -> None:
    task = await tasks.create("ada", title=" Buy honey ", description="From the market")

    assert task == Task(
        id=UUID(int=1),
        owner=UserId("ada"),
        title="Buy honey",
        description="From the market",
        completed_at=None,
        created_at=clock.now,
        updated_at=clock.now,
        revision=1,
    )


async def test_a_task_may_be_created_completed(tasks: Tasks, clock: HandClock) -> None:
    task = await tasks.create("ada", title="Buy honey", is_completed=True)

    assert task.is_completed
    assert task.completed_at == clock.now


async def test_a_client_may_bring_the_id(tasks: Tasks) -> None:
    task = await tasks.create("ada", title="Buy honey", id=UUID(int=42))

    assert task.id == UUID(int=42)
    assert await tasks.get("ada", UUID(int=42)) == task


async def test_an_id_is_taken_by_ones_own_task(tasks: Tasks) -> None:
    first = await tasks.create("ada", title="Buy honey")

    with pytest.raises(TaskIdTaken):
        await tasks.create("ada", title="Buy wax", id=first.id)

    assert await tasks.get("ada", first.id) == first


async def test_an_id_stays_taken_when_the_task_is_deleted(tasks: Tasks) -> None:
    first = await tasks.create("ada", title="Buy honey")
    await tasks.delete("ada", first.id)

    with pytest.raises(TaskIdTaken):
        await tasks.create("ada", title="Buy wax", id=first.id)


async def test_a_task_that_breaks_rules_is_not_created(tasks: Tasks, memory: MemoryTasks) -> None:
    with pytest.raises(InvalidValues) as refusal:
        await tasks.create("ada", title=" ", description="\0")

    assert [field.field for field in refusal.value.fields] == ["title", "description"]
    assert memory.users == {}


@pytest.mark.parametrize("user", ["", "ada\n", "a" * 256])
async def test_who_cannot_be_a_user_gets_nothing_done(
    tasks: Tasks, memory: MemoryTasks, user: str
) -> None:
    with pytest.raises(InvalidValues) as refusal:
        await tasks.create(user, title="Buy honey")

    assert {field.field for field in refusal.value.fields} == {"user_id"}
    assert memory.users == {}


async def test_a_bad_email_is_refused(tasks: Tasks, memory: MemoryTasks) -> None:
    with pytest.raises(InvalidValues) as refusal:
        await tasks.create("ada", title="Buy honey", email="")

    assert [field.field for field in refusal.value.fields] == ["email"]
    assert memory.users == {}


async def test_the_email_of_the_token_is_kept_as_a_label(tasks: Tasks, memory: MemoryTasks) -> None:
    await tasks.create("ada", title="Buy honey", email="ada@example.org")

    assert memory.users[UserId("ada")].email == "ada@example.org"


async def test_an_edit_changes_what_it_names(tasks: Tasks, clock: HandClock) -> None:
    task = await tasks.create("ada", title="Buy honey", description="From the market")
    later = clock.advance()

    edited = await tasks.edit("ada", task.id, title="Buy wax")

    assert edited == replace(task, title="Buy wax", updated_at=later, revision=2)
    assert await tasks.get("ada", task.id) == edited


async def test_an_edit_clears_the_description_only_when_told_to(tasks: Tasks) -> None:
    task = await tasks.create("ada", title="Buy honey", description="From the market")

    assert (await tasks.edit("ada", task.id, title="Buy wax")).description == "From the market"
    assert (await tasks.edit("ada", task.id, description=None)).description is None


async def test_an_edit_that_changes_nothing_is_no_write(tasks: Tasks, clock: HandClock) -> None:
    task = await tasks.create("ada", title="Buy honey")
    clock.advance()

    assert await tasks.edit("ada", task.id) == task
    assert await tasks.edit("ada", task.id, title="Buy honey", is_completed=False) == task
    assert await tasks.reopen("ada", task.id) == task


async def test_an_edit_that_breaks_a_rule_changes_nothing(tasks: Tasks) -> None:
    task = await tasks.create("ada", title="Buy honey")

    with pytest.raises(InvalidValues):
        await tasks.edit("ada", task.id, title="", is_completed=True)

    assert await tasks.get("ada", task.id) == task


async def test_completing_is_noted_once(tasks: Tasks, clock: HandClock) -> None:
    task = await tasks.create("ada", title="Buy honey")
    noted = clock.advance()
    completed = await tasks.complete("ada", task.id)
    clock.advance()

    assert await tasks.complete("ada", task.id) == completed
    assert completed.completed_at == noted


async def test_a_toggled_task_is_completed_and_then_open_again(tasks: Tasks) -> None:
    task = await tasks.create("ada", title="Buy honey")

    assert (await tasks.toggle("ada", task.id)).is_completed
    assert not (await tasks.toggle("ada", task.id)).is_completed


async def test_a_deleted_task_is_gone_for_every_use_case(tasks: Tasks) -> None:
    task = await tasks.create("ada", title="Buy honey")

    deleted = await tasks.delete("ada", task.id)

    assert deleted.is_deleted
    for use_case in ("get", "edit", "complete", "reopen", "toggle", "delete"):
        with pytest.raises(TaskNotFound):
            await getattr(tasks, use_case)("ada", task.id)
    assert (await tasks.list("ada")).tasks == []


async def test_each_write_takes_the_users_next_revision(tasks: Tasks) -> None:
    first = await tasks.create("ada", title="Buy honey")
    second = await tasks.create("ada", title="Buy wax")
    toggled = await tasks.toggle("ada", first.id)
    somebody_elses = await tasks.create("bob", title="Sell honey")

    assert [first.revision, second.revision, toggled.revision] == [1, 2, 3]
    assert somebody_elses.revision == 1


# A client's own id


async def test_a_task_with_an_id_of_ones_own_is_made_once(
    tasks: Tasks, memory: MemoryTasks, clock: HandClock
) -> None:
    first = await tasks.get_or_create("ada", HERS, title="Buy honey", description="Two jars")
    clock.advance()
    again = await tasks.get_or_create("ada", HERS, title=" Buy honey ", description="Two jars")

    assert (first.is_new, again.is_new) == (True, False)
    assert first.task == again.task == await tasks.get("ada", HERS)
    assert memory.users[UserId("ada")].revision == 1


@pytest.mark.parametrize(
    "other",
    [
        {"title": "Sell honey"},
        {"title": "buy honey"},
        {"title": "Buy honey", "description": "Two jars"},
        {"title": "Buy honey", "is_completed": True},
    ],
)
async def test_a_different_task_with_the_id_is_refused(tasks: Tasks, other: dict[str, Any]) -> None:
    await tasks.get_or_create("ada", HERS, title="Buy honey")

    with pytest.raises(TaskIdTaken):
        await tasks.get_or_create("ada", HERS, **other)


async def test_what_has_changed_since_is_a_different_task(tasks: Tasks) -> None:
    await tasks.get_or_create("ada", HERS, title="Buy honey")
    await tasks.toggle("ada", HERS)

    with pytest.raises(TaskIdTaken):
        await tasks.get_or_create("ada", HERS, title="Buy honey")


@pytest.mark.parametrize("permanent", [False, True])
async def test_the_id_of_a_deleted_task_is_not_given_again(tasks: Tasks, permanent: bool) -> None:
    await tasks.get_or_create("ada", HERS, title="Buy honey")
    await tasks.delete("ada", HERS, permanent=permanent)

    with pytest.raises(TaskIdTaken):
        await tasks.get_or_create("ada", HERS, title="Buy honey")


async def test_of_equal_requests_at_once_one_makes_the_task(tasks: Tasks) -> None:
    written = await asyncio.gather(
        *(tasks.get_or_create("ada", HERS, title="Buy honey") for _ in range(5))
    )

    assert [each.is_new for each in written].count(True) == 1
    assert {each.task.revision for each in written} == {1}


async def test_another_user_may_have_the_same_id(tasks: Tasks) -> None:
    await tasks.get_or_create("ada", HERS, title="Buy honey")
    his = await tasks.get_or_create("bob", HERS, title="Sell honey")

    assert his.is_new
    assert (await tasks.get("ada", HERS)).title == "Buy honey"


async def test_values_are_checked_also_where_a_task_has_the_id(tasks: Tasks) -> None:
    await tasks.get_or_create("ada", HERS, title="Buy honey")

    with pytest.raises(InvalidValues):
        await tasks.get_or_create("ada", HERS, title="")
