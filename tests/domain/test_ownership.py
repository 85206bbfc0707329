from datetime import datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from honeydo.domain.errors import NotYourCollection, TaskNotFound
from honeydo.domain.ownership import own_collection, own_task
from honeydo.domain.task import Task
from honeydo.domain.user import UserId
from tests.support.values import tasks, times, user_ids


@given(user_ids)
def test_a_user_acts_on_their_own_collection(user: UserId) -> None:
    assert own_collection(user, str(user)) is user


@given(user_ids, user_ids)
def test_the_collection_of_anybody_else_is_refused(user: UserId, other: UserId) -> None:
    assume(user != other)
    with pytest.raises(NotYourCollection):
        own_collection(user, other)


@pytest.mark.parametrize("other", ["ADA", "ada ", "", "ada\0", "a" * 300])
def test_a_name_that_is_almost_or_never_a_users_is_somebody_elses(other: str) -> None:
    with pytest.raises(NotYourCollection):
        own_collection(UserId("ada"), other)


@given(tasks())
def test_a_task_is_touched_by_its_owner(task: Task) -> None:
    assert own_task(task.owner, task) is task


@given(tasks(), user_ids)
def test_to_anybody_else_a_task_does_not_exist(task: Task, other: UserId) -> None:
    assume(task.owner != other)
    with pytest.raises(TaskNotFound):
        own_task(other, task)


@given(tasks(), times)
def test_a_deleted_task_does_not_exist(task: Task, now: datetime) -> None:
    with pytest.raises(TaskNotFound):
        own_task(task.owner, task.delete(now))


@given(tasks(), times)
def test_a_deleted_task_can_be_taken_from_the_trash(task: Task, now: datetime) -> None:
    deleted = task.delete(now)

    assert own_task(task.owner, deleted, from_trash=True) is deleted
    assert own_task(task.owner, task, from_trash=True) is task


@given(tasks(), times, st.booleans())
def test_what_is_deleted_for_good_is_not_in_the_trash(
    task: Task, now: datetime, from_trash: bool
) -> None:
    with pytest.raises(TaskNotFound):
        own_task(task.owner, task.remove(now), from_trash=from_trash)


@given(tasks(), user_ids, times)
def test_the_trash_of_others_does_not_exist(task: Task, other: UserId, now: datetime) -> None:
    assume(task.owner != other)
    with pytest.raises(TaskNotFound):
        own_task(other, task.delete(now), from_trash=True)


@given(tasks(), times)
def test_the_refusal_does_not_tell_why(task: Task, now: datetime) -> None:
    stranger = UserId("x" if task.owner != "x" else "y")
    refusals = []
    for user, found in [(stranger, task), (task.owner, task.delete(now)), (task.owner, None)]:
        with pytest.raises(TaskNotFound) as refusal:
            own_task(user, found)
        refusals.append((type(refusal.value), str(refusal.value)))
    assert len(set(refusals)) == 1
