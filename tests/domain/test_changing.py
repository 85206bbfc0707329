from dataclasses import FrozenInstanceError, replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honeydo.domain.errors import InvalidValues
from honeydo.domain.task import Task, TaskId
from honeydo.domain.text import folded
from tests.support.values import edits, tasks, times, titles, white_space


@given(tasks(), edits, times)
def test_an_edit_changes_what_is_named_and_nothing_else(
    task: Task, changes: dict[str, Any], now: datetime
) -> None:
    edited = task.edit(**changes, now=now)

    assert edited.title == changes.get("title", task.title).strip()
    assert edited.description == changes.get("description", task.description)
    assert edited.is_completed == changes.get("is_completed", task.is_completed)
    assert edited == replace(
        task,
        title=edited.title,
        description=edited.description,
        completed_at=edited.completed_at,
        updated_at=edited.updated_at,
    )


@given(tasks(), times)
def test_leaving_the_description_out_differs_from_clearing_it(task: Task, now: datetime) -> None:
    described = replace(task, description="From the market")

    assert described.edit(title="Buy wax", now=now).description == "From the market"
    assert described.edit(description=None, now=now).description is None


@given(tasks(), white_space, times)
def test_a_blank_description_clears_it(task: Task, blank: str, now: datetime) -> None:
    described = replace(task, description="From the market")

    assert described.edit(description=blank, now=now).description is None


@given(tasks(), times)
def test_an_edit_that_names_nothing_is_the_same_task(task: Task, now: datetime) -> None:
    assert task.edit(now=now) is task


@given(tasks(), times)
def test_an_edit_to_what_is_there_already_is_the_same_task(task: Task, now: datetime) -> None:
    same = task.edit(
        title=f" {task.title} ",
        description=task.description,
        is_completed=task.is_completed,
        now=now,
    )
    assert same is task


@given(tasks(), edits, times)
def test_a_change_is_dated_and_never_looks_older_than_the_one_before(
    task: Task, changes: dict[str, Any], now: datetime
) -> None:
    edited = task.edit(**changes, now=now)

    assert edited.updated_at == (task.updated_at if edited is task else max(now, task.updated_at))


@given(tasks(), st.lists(st.tuples(edits, times)))
def test_updated_at_never_goes_back_whatever_the_clocks_say(
    task: Task, changes: list[tuple[dict[str, Any], datetime]]
) -> None:
    for change, now in changes:
        changed = task.edit(**change, now=now)
        assert changed.updated_at >= task.updated_at
        task = changed


@given(tasks(), times)
def test_an_edit_tells_every_broken_rule_at_once(task: Task, now: datetime) -> None:
    with pytest.raises(InvalidValues) as refusal:
        task.edit(title="\0" * 256, description="\0" * 10_001, now=now)
    assert [(field.field, field.code) for field in refusal.value.fields] == [
        ("title", "too_long"),
        ("title", "forbidden_character"),
        ("description", "too_long"),
        ("description", "forbidden_character"),
    ]


@given(tasks(), times)
def test_completing_an_open_task_notes_when(task: Task, now: datetime) -> None:
    completed = replace(task, completed_at=None).complete(now)

    assert completed.is_completed
    assert completed.completed_at == now


@given(tasks(), times, times)
def test_completing_a_completed_task_changes_nothing(
    task: Task, now: datetime, later: datetime
) -> None:
    completed = task.complete(now)

    assert completed.complete(later) is completed


@given(tasks(), titles, times, times)
def test_an_edit_of_a_completed_task_leaves_the_time_of_completion(
    task: Task, title: str, now: datetime, later: datetime
) -> None:
    completed = task.complete(now)

    edited = completed.edit(title=title, is_completed=True, now=later)

    assert edited.completed_at == completed.completed_at


@given(tasks(), times, times)
def test_reopening_once_is_enough(task: Task, now: datetime, later: datetime) -> None:
    reopened = task.reopen(now)

    assert not reopened.is_completed
    assert reopened.completed_at is None
    assert reopened.reopen(later) is reopened


@given(tasks(), times, times)
def test_toggling_twice_is_as_before(task: Task, now: datetime, later: datetime) -> None:
    toggled = task.toggle(now)
    again = toggled.toggle(later)

    assert toggled.is_completed is not task.is_completed
    assert again == replace(task, completed_at=again.completed_at, updated_at=again.updated_at)
    assert again.is_completed is task.is_completed


@given(tasks(), times, times)
def test_deleting_once_is_enough(task: Task, now: datetime, later: datetime) -> None:
    deleted = task.delete(now)

    assert deleted.is_deleted
    assert deleted.deleted_at == now
    assert deleted.delete(later) is deleted


@given(tasks(), times, times)
def test_restoring_brings_back_what_was_deleted(task: Task, now: datetime, later: datetime) -> None:
    restored = task.delete(now).restore(later)

    assert not restored.is_deleted
    assert restored == replace(task, updated_at=max(task.updated_at, now, later))


@given(tasks(), times)
def test_restoring_what_is_not_deleted_changes_nothing(task: Task, now: datetime) -> None:
    assert task.restore(now) is task


@given(tasks(), times, times)
def test_what_is_deleted_for_good_leaves_but_its_name(
    task: Task, created_at: datetime, now: datetime
) -> None:
    task = replace(task, created_at=created_at)
    removed = task.remove(now)

    assert removed.is_removed
    assert removed.is_deleted
    assert removed == Task(
        id=task.id,
        owner=task.owner,
        title="",
        description=None,
        completed_at=None,
        created_at=created_at,
        updated_at=max(task.updated_at, now),
        deleted_at=now,
        revision=task.revision,
    )
    assert removed.remove(now) is removed


@given(tasks(), times, times)
def test_the_trash_is_where_it_was_since_then(task: Task, now: datetime, later: datetime) -> None:
    assert task.delete(now).remove(later).deleted_at == now


@given(tasks(), edits, times)
def test_no_other_task_passes_for_one_that_is_gone(
    task: Task, changes: dict[str, Any], now: datetime
) -> None:
    assert not task.edit(**changes, now=now).is_removed
    assert not task.delete(now).is_removed


@given(tasks(), st.uuids(), times, times)
def test_tasks_say_the_same_whenever_it_was_said(
    task: Task, id: TaskId, now: datetime, later: datetime
) -> None:
    again = Task.create(
        id=id,
        owner=task.owner,
        title=f" {task.title} ",
        description=task.description,
        is_completed=task.is_completed,
        now=now,
    )

    assert task.says_the_same_as(again)
    assert again.says_the_same_as(task.toggle(now).toggle(later))


@given(tasks(), edits, times)
def test_tasks_say_the_same_until_an_edit_says_otherwise(
    task: Task, changes: dict[str, Any], now: datetime
) -> None:
    edited = task.edit(**changes, now=now)

    assert edited.says_the_same_as(task) is (edited is task)


@given(tasks(), times)
def test_a_deleted_task_does_not_say_the_same_any_more(task: Task, now: datetime) -> None:
    assert not task.delete(now).says_the_same_as(task)
    assert not task.remove(now).says_the_same_as(task)


@given(tasks(), titles)
def test_what_is_searched_is_the_title_before_the_description(task: Task, text: str) -> None:
    described = replace(task, title=text, description="From the market")

    assert described.searched == f"{folded(text)}\nFROM THE MARKET"
    assert replace(described, description=None).searched == f"{folded(text)}\n"


@given(tasks(), times)
def test_only_storing_a_task_gives_it_a_revision(task: Task, now: datetime) -> None:
    changed = [task.toggle(now), task.delete(now), task.delete(now).restore(now), task.remove(now)]

    assert {each.revision for each in changed} == {task.revision}


@given(tasks())
def test_nobody_changes_a_task_behind_its_back(task: Task) -> None:
    with pytest.raises(FrozenInstanceError):
        task.title = "Buy wax"  # type: ignore[misc]
