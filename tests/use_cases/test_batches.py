"""Several changes as one: all or none, in order."""

from copy import deepcopy
from dataclasses import replace
from uuid import UUID

import pytest

from honeydo.adapters.memory import MemoryTasks
from honeydo.application.errors import RevisionMismatch
from honeydo.application.operations import (
    Complete,
    Create,
    Delete,
    Edit,
    Reopen,
    Restore,
    Toggle,
)
from honeydo.application.ports import Written
from honeydo.application.tasks import Tasks
from honeydo.domain.errors import InvalidValues, TaskIdTaken, TaskNotFound
from honeydo.domain.user import UserId
from tests.support.determined import HandClock
from tests.support.refusals import refused

HERS = UUID(int=42)
ADA = UserId("ada")


async def test_every_operation_is_carried_out_in_order(tasks: Tasks, clock: HandClock) -> None:
    honey = await tasks.create("ada", title="Buy honey")
    wax = await tasks.create("ada", title="Buy wax")
    now = clock.advance()

    result = await tasks.batch(
        "ada", [Create(title="Buy bread"), Complete(honey.id), Delete(wax.id)]
    )

    [bread, completed, deleted] = result.written
    assert not result.is_replay
    assert (bread.is_new, completed.is_new, deleted.is_new) == (True, False, False)
    assert (bread.task.title, bread.task.created_at, bread.task.revision) == ("Buy bread", now, 3)
    assert completed.task == replace(honey, completed_at=now, updated_at=now, revision=4)
    assert deleted.task == replace(wax, deleted_at=now, updated_at=now, revision=5)
    assert (await tasks.list("ada")).tasks == [bread.task, completed.task]


async def test_if_one_is_refused_none_is_done(tasks: Tasks, memory: MemoryTasks) -> None:
    honey = await tasks.create("ada", title="Buy honey")
    before = deepcopy(memory.users)

    index, reason = await refused(
        tasks, [Create(title="Buy wax"), Complete(honey.id), Delete(HERS), Create(title="")]
    )

    assert (index, type(reason)) == (2, TaskNotFound)
    assert memory.users == before


async def test_who_is_refused_everything_leaves_no_trace(tasks: Tasks, memory: MemoryTasks) -> None:
    await refused(tasks, [Create(title="Buy honey"), Create(title=" ")])

    assert memory.users == {}


async def test_each_operation_on_a_task_finds_what_the_one_before_left(
    tasks: Tasks, memory: MemoryTasks
) -> None:
    honey = await tasks.create("ada", title="Buy honey")

    result = await tasks.batch(
        "ada",
        [
            Toggle(honey.id),
            Edit(honey.id, title="Buy wax"),
            Delete(honey.id),
            Restore(honey.id),
            Toggle(honey.id),
        ],
    )

    seen = [(w.task.title, w.task.is_completed, w.task.is_deleted) for w in result.written]
    assert seen == [
        ("Buy honey", True, False),
        ("Buy wax", True, False),
        ("Buy wax", True, True),
        ("Buy wax", True, False),
        ("Buy wax", False, False),
    ]
    assert [written.task.revision for written in result.written] == [2, 3, 4, 5, 6]
    assert memory.users[ADA].tasks == {honey.id: result.written[-1].task}


async def test_a_task_can_be_made_and_changed_at_once(tasks: Tasks) -> None:
    result = await tasks.batch(
        "ada", [Create(title="Buy honey", id=HERS), Edit(HERS, description="Two jars")]
    )

    assert [written.is_new for written in result.written] == [True, False]
    assert await tasks.get("ada", HERS) == result.written[1].task
    assert result.written[1].task.description == "Two jars"


async def test_what_was_deleted_in_the_batch_is_gone_for_the_operations_behind(
    tasks: Tasks,
) -> None:
    honey = await tasks.create("ada", title="Buy honey")

    index, reason = await refused(tasks, [Delete(honey.id), Complete(honey.id)])

    assert (index, type(reason)) == (1, TaskNotFound)


async def test_an_operation_that_changes_nothing_is_no_write(
    tasks: Tasks, clock: HandClock
) -> None:
    honey = await tasks.create("ada", title="Buy honey", is_completed=True)
    clock.advance()

    result = await tasks.batch("ada", [Complete(honey.id), Edit(honey.id)])

    assert result.written == [Written(honey, is_new=False)] * 2
    assert (await tasks.version("ada")).revision == 1


async def test_an_id_with_equal_content_is_the_task_that_is_there(tasks: Tasks) -> None:
    honey = await tasks.create("ada", title="Buy honey", id=HERS)

    result = await tasks.batch("ada", [Create(title=" Buy honey ", id=HERS)])

    assert result.written == [Written(honey, is_new=False)]


async def test_an_id_that_comes_twice_makes_one_task(tasks: Tasks) -> None:
    result = await tasks.batch("ada", [Create(title="Buy honey", id=HERS)] * 2)

    assert [written.is_new for written in result.written] == [True, False]
    assert (await tasks.list("ada")).tasks == [result.written[0].task]


async def test_an_id_with_different_content_is_taken(tasks: Tasks) -> None:
    await tasks.create("ada", title="Buy honey", id=HERS)

    index, reason = await refused(tasks, [Create(title="Buy wax", id=HERS)])

    assert (index, type(reason)) == (0, TaskIdTaken)


@pytest.mark.parametrize("permanent", [False, True])
async def test_the_id_of_a_deleted_task_stays_taken(tasks: Tasks, permanent: bool) -> None:
    await tasks.create("ada", title="Buy honey", id=HERS)
    await tasks.delete("ada", HERS, permanent=permanent)

    _, reason = await refused(tasks, [Create(title="Buy honey", id=HERS)])

    assert isinstance(reason, TaskIdTaken)


async def test_what_is_deleted_for_good_cannot_be_restored(tasks: Tasks) -> None:
    honey = await tasks.create("ada", title="Buy honey")

    index, reason = await refused(tasks, [Delete(honey.id, permanent=True), Restore(honey.id)])

    assert (index, type(reason)) == (1, TaskNotFound)
    assert await tasks.get("ada", honey.id) == honey


async def test_another_users_task_is_not_found(tasks: Tasks) -> None:
    his = await tasks.create("bob", title="Sell honey")

    _, reason = await refused(tasks, [Delete(his.id)])

    assert isinstance(reason, TaskNotFound)
    assert await tasks.get("bob", his.id) == his


async def test_every_operation_may_state_the_revision_from_before_the_batch(tasks: Tasks) -> None:
    honey = await tasks.create("ada", title="Buy honey")
    known = [honey.revision]

    result = await tasks.batch(
        "ada",
        [
            Complete(honey.id, known),
            Edit(honey.id, known, title="Buy wax"),
            Delete(honey.id, known),
            Restore(honey.id, known),
            Reopen(honey.id, known),
        ],
    )

    assert result.written[-1].task.revision == 6


async def test_a_task_in_the_trash_can_be_restored_and_changed_by_its_revision(
    tasks: Tasks,
) -> None:
    honey = await tasks.create("ada", title="Buy honey")
    deleted = await tasks.delete("ada", honey.id)
    known = [deleted.revision]

    result = await tasks.batch("ada", [Restore(honey.id, known), Complete(honey.id, known)])

    assert result.written[-1].task.is_completed


async def test_who_meant_another_revision_is_told_what_is_stored(
    tasks: Tasks, memory: MemoryTasks
) -> None:
    honey = await tasks.create("ada", title="Buy honey")

    index, reason = await refused(tasks, [Edit(honey.id, title="Buy wax"), Complete(honey.id, [2])])

    assert index == 1
    assert isinstance(reason, RevisionMismatch)
    assert reason.current == honey
    assert memory.users[ADA].tasks == {honey.id: honey}


async def test_a_task_made_in_the_batch_has_no_revision_to_state(tasks: Tasks) -> None:
    index, reason = await refused(tasks, [Create(title="Buy honey", id=HERS), Complete(HERS, [1])])

    assert index == 1
    assert isinstance(reason, InvalidValues)
    assert [(field.field, field.code) for field in reason.fields] == [("if_match", "not_stored")]


@pytest.mark.parametrize("number", [1, 100])
async def test_a_batch_has_up_to_a_hundred_operations(tasks: Tasks, number: int) -> None:
    result = await tasks.batch("ada", [Create(title="Buy honey")] * number)

    assert len({written.task.id for written in result.written}) == number


@pytest.mark.parametrize("number", [0, 101])
async def test_a_batch_of_none_or_more_is_refused(
    tasks: Tasks, memory: MemoryTasks, number: int
) -> None:
    with pytest.raises(InvalidValues) as refusal:
        await tasks.batch("ada", [Create(title="Buy honey")] * number)

    assert [(each.field, each.code) for each in refusal.value.fields] == [
        ("operations", "out_of_range")
    ]
    assert memory.users == {}


async def test_the_email_of_the_token_is_kept_as_a_label(tasks: Tasks, memory: MemoryTasks) -> None:
    await tasks.batch("ada", [Create(title="Buy honey")], email="ada@example.org")

    assert memory.users[ADA].email == "ada@example.org"
