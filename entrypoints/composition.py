"""The use cases over a repository, with the real clock and new ids unless told otherwise."""

from datetime import UTC, datetime

from uuid_utils.compat import uuid7

from honeydo.adapters.memory import MemoryTasks, MemoryVersions, StoredUser
from honeydo.application.live import Live
from honeydo.application.ports import Clock, NewTaskId, TaskRepository
from honeydo.application.tasks import Tasks
from honeydo.domain.user import UserId


def now() -> datetime:
    return datetime.now(UTC)


def tasks_over(
    repository: TaskRepository,
    *,
    clock: Clock = now,
    new_task_id: NewTaskId = uuid7,
    live: Live | None = None,
) -> Tasks:
    return Tasks.over(repository, clock=clock, new_task_id=new_task_id, live=live)


def in_memory(*, clock: Clock = now, new_task_id: NewTaskId = uuid7) -> Tasks:
    """Tasks that last as long as this value, for tests and trials of what embeds Honeydo."""
    users: dict[UserId, StoredUser] = {}
    live = Live(MemoryVersions(users))
    repository = MemoryTasks(users, live.announce)
    return tasks_over(repository, clock=clock, new_task_id=new_task_id, live=live)
