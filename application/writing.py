"""Use cases that change something."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final, TypeAlias

from honeydo.domain.ownership import own_task
from honeydo.domain.task import UNCHANGED, Task, TaskId, Unchanged
from honeydo.domain.user import Email, UserId

from .errors import Contended, RevisionMismatch
from .ports import Clock, NewTaskId, TaskRepository

_ATTEMPTS: Final = 10

IfMatch: TypeAlias = Collection[int] | None
"""The revisions of the task that a change is meant for; None: whatever it is."""


@dataclass(frozen=True, slots=True)
class CreateTask:
    tasks: TaskRepository
    clock: Clock
    new_task_id: NewTaskId

    async def __call__(
        self,
        user: str,
        *,
        title: str,
        description: str | None = None,
        is_completed: bool = False,
        id: TaskId | None = None,
        email: str | None = None,
    ) -> Task:
        """A new task. `id` may be the client's own; `email` is kept as the user's last known.

        Raises `InvalidValues`, `TaskIdTaken`.
        """
        task = Task.create(
            id=id or self.new_task_id(),
            owner=UserId(user),
            title=title,
            description=description,
            is_completed=is_completed,
            now=self.clock(),
        )
        return await self.tasks.add(task, None if email is None else Email(email))


@dataclass(frozen=True, slots=True)
class EditTask:
    tasks: TaskRepository
    clock: Clock

    async def __call__(
        self,
        user: str,
        task_id: TaskId,
        *,
        title: str | Unchanged = UNCHANGED,
        description: str | Unchanged | None = UNCHANGED,
        is_completed: bool | Unchanged = UNCHANGED,
        if_match: IfMatch = None,
    ) -> Task:
        """Change what is named, leave the rest.

        Raises `TaskNotFound`, `RevisionMismatch`, `InvalidValues`.
        """

        def edit(task: Task) -> Task:
            return task.edit(
                title=title,
                description=description,
                is_completed=is_completed,
                now=self.clock(),
            )

        return await _change(self.tasks, user, task_id, if_match, edit)


@dataclass(frozen=True, slots=True)
class CompleteTask:
    tasks: TaskRepository
    clock: Clock

    async def __call__(self, user: str, task_id: TaskId, *, if_match: IfMatch = None) -> Task:
        """Mark as completed; once is enough. Raises `TaskNotFound`, `RevisionMismatch`."""
        return await _change(
            self.tasks, user, task_id, if_match, lambda task: task.complete(self.clock())
        )


@dataclass(frozen=True, slots=True)
class ReopenTask:
    tasks: TaskRepository
    clock: Clock

    async def __call__(self, user: str, task_id: TaskId, *, if_match: IfMatch = None) -> Task:
        """Mark as not completed; once is enough. Raises `TaskNotFound`, `RevisionMismatch`."""
        return await _change(
            self.tasks, user, task_id, if_match, lambda task: task.reopen(self.clock())
        )


@dataclass(frozen=True, slots=True)
class ToggleTask:
    tasks: TaskRepository
    clock: Clock

    async def __call__(self, user: str, task_id: TaskId, *, if_match: IfMatch = None) -> Task:
        """Complete an open task, else reopen it. Raises `TaskNotFound`, `RevisionMismatch`."""
        return await _change(
            self.tasks, user, task_id, if_match, lambda task: task.toggle(self.clock())
        )


@dataclass(frozen=True, slots=True)
class DeleteTask:
    tasks: TaskRepository
    clock: Clock

    async def __call__(self, user: str, task_id: TaskId, *, if_match: IfMatch = None) -> Task:
        """Delete; from then on the task is not found. Raises `TaskNotFound`, `RevisionMismatch`."""
        return await _change(
            self.tasks, user, task_id, if_match, lambda task: task.delete(self.clock())
        )


async def _change(
    tasks: TaskRepository,
    user: str,
    task_id: TaskId,
    if_match: IfMatch,
    change: Callable[[Task], Task],
) -> Task:
    """Read, let the domain decide, save unless another writer was first; then decide anew.

    Raises `TaskNotFound`, `RevisionMismatch`; `Contended` if others were first every time.
    """
    owner = UserId(user)
    for _ in range(_ATTEMPTS):
        task = own_task(owner, await tasks.get(owner, task_id))
        if if_match is not None and task.revision not in if_match:
            raise RevisionMismatch(task)
        changed = change(task)
        if changed is task:
            return task
        if saved := await tasks.save(changed):
            return saved
    raise Contended
