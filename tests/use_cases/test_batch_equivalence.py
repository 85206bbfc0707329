"""A batch does what its operations do one by one."""

from collections.abc import Sequence
from copy import deepcopy
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from honeydo.adapters.memory import MemoryTasks
from honeydo.application.operations import (
    Complete,
    Create,
    Delete,
    Edit,
    Operation,
    Reopen,
    Restore,
    Toggle,
)
from honeydo.application.ports import Written
from honeydo.application.tasks import Tasks
from honeydo.domain.errors import HoneydoError
from tests.support.determined import HandClock, counted_ids
from tests.support.refusals import refused

# None that is made by us.
ids = st.integers(1_001, 1_004).map(lambda number: UUID(int=number))
titles = st.sampled_from(["Buy honey", "Buy wax", " "])
changes = (Complete, Reopen, Toggle, Delete, Restore)
operations = st.one_of(
    st.builds(Create, title=titles, is_completed=st.booleans(), id=st.none() | ids),
    st.builds(Edit, ids, title=titles, description=st.none() | st.just("Two jars")),
    st.builds(Delete, ids, permanent=st.just(True)),
    *(st.builds(change, ids) for change in changes),
)
batches = st.lists(st.lists(operations, min_size=1, max_size=6), max_size=8)


async def one(tasks: Tasks, operation: Operation) -> Written:
    """The operation by the use case for it."""
    match operation:
        case Create(id=None):
            made = await tasks.create(
                "ada", title=operation.title, is_completed=operation.is_completed
            )
            return Written(made, is_new=True)
        case Create(id=UUID() as id):
            return await tasks.get_or_create(
                "ada", id, title=operation.title, is_completed=operation.is_completed
            )
        case Edit():
            changed = await tasks.edit(
                "ada", operation.id, title=operation.title, description=operation.description
            )
        case Delete():
            changed = await tasks.delete("ada", operation.id, permanent=operation.permanent)
        case _:
            changed = await getattr(tasks, type(operation).__name__.lower())("ada", operation.id)
    return Written(changed, is_new=False)


@given(batches)
async def test_a_batch_does_what_its_operations_do_one_by_one(
    batches: Sequence[Sequence[Operation]],
) -> None:
    clock, many, single = HandClock(), MemoryTasks(), MemoryTasks()
    batching = Tasks.over(many, clock=clock, new_task_id=counted_ids())
    one_by_one = Tasks.over(single, clock=clock, new_task_id=counted_ids())
    for batch in batches:
        clock.advance()
        before, done, why = deepcopy(single.users), list[Written](), ""
        try:
            for operation in batch:
                done.append(await one(one_by_one, operation))
        except HoneydoError as error:
            why = repr(error)
        if why:
            index, reason = await refused(batching, batch)
            assert (index, repr(reason)) == (len(done), why)
            single.users.clear()
            single.users.update(before)
        else:
            assert (await batching.batch("ada", batch)).written == done
        assert many.users == single.users
