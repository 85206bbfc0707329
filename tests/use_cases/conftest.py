import pytest

from honeydo.adapters.memory import MemoryTasks
from honeydo.application.tasks import Tasks
from tests.support.determined import HandClock, counted_ids


@pytest.fixture
def tasks(memory: MemoryTasks, clock: HandClock) -> Tasks:
    return Tasks.over(memory, clock=clock, new_task_id=counted_ids())


@pytest.fixture
def others(memory: MemoryTasks, clock: HandClock) -> Tasks:
    """Users at work in another process."""
    return Tasks.over(MemoryTasks(memory.users), clock=clock, new_task_id=counted_ids())
