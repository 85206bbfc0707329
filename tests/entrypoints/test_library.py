import subprocess
import sys
from datetime import UTC, datetime
from uuid import UUID

import pytest

import honeydo
import honeydo.application.errors
import honeydo.domain.errors
from honeydo import application, domain
from tests.support.determined import HandClock, counted_ids


def test_everything_public_can_be_had() -> None:
    for name in honeydo.__all__:
        assert getattr(honeydo, name) is not None
    assert sorted(dir(honeydo)) == sorted(honeydo.__all__)


def test_everything_that_embedders_need_to_name_is_public() -> None:
    """What use cases take, answer and raise, but for what the standard library has."""
    operations = {"Create", "Edit", "Complete", "Reopen", "Toggle", "Delete", "Restore"}
    asked = {"UNCHANGED", "Cursor", "ChangeCursor", "Operation", "Sort", "TaskId", "UserId"}
    answered = {"BatchResult", "Change", "Changes", "Page", "Task", "User", "Written"}
    refusals = {
        name
        for module in (application.errors, domain.errors)
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, honeydo.HoneydoError)
    }
    # Embedders say who the user is.
    refusals.remove("InvalidToken")

    assert {*honeydo.__all__} == operations | asked | answered | refusals | {
        "InvalidField",
        "Tasks",
        "in_memory",
        "migrate",
        "open",
        "within",
    }


def test_what_is_not_public_is_missing() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Hive'"):
        honeydo.Hive  # noqa: B018


@pytest.mark.parametrize("module", ["honeydo", "honeydo.domain.task", "honeydo.application.tasks"])
def test_importing_the_inside_loads_nothing_of_others(module: str) -> None:
    program = f"""
import sys
before = {{*sys.modules}}
import {module}
loaded = {{name.partition(".")[0] for name in {{*sys.modules}} - before}}
print(*sorted(loaded - {{"honeydo"}} - sys.stdlib_module_names))
"""
    others = subprocess.run(  # noqa: S603
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert others.stdout == "\n"


async def test_tasks_in_memory_work_without_a_database() -> None:
    tasks = honeydo.in_memory()
    task = await tasks.create("ada", title="Buy honey")
    assert (await tasks.list("ada")).tasks == [task]
    with pytest.raises(honeydo.TaskNotFound):
        await tasks.get("bob", task.id)


async def test_clock_and_ids_of_tasks_in_memory_can_be_determined() -> None:
    clock, ids = HandClock(), counted_ids()
    tasks = honeydo.in_memory(clock=clock, new_task_id=ids)
    task = await tasks.create("ada", title="Buy honey")
    assert (task.id, task.created_at) == (UUID(int=1), clock.now)


async def test_by_default_ids_grow_with_time_and_times_are_utc() -> None:
    tasks = honeydo.in_memory()
    before = datetime.now(UTC)
    created = [await tasks.create("ada", title="Buy honey") for _ in range(3)]
    assert [task.id for task in created] == sorted(task.id for task in created)
    assert {type(task.id) for task in created} == {UUID}
    assert before <= created[0].created_at <= datetime.now(UTC)
    assert created[0].created_at.tzinfo is UTC
