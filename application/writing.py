"""Use cases that change one task."""

from dataclasses import dataclass
from typing import Final

from honeydo.domain.errors import TaskIdTaken
from honeydo.domain.task import UNCHANGED, Task, TaskId, Unchanged
from honeydo.domain.user import Email, UserId

from .errors import Contended
from .operations import (
    Change,
    Complete,
    Create,
    Delete,
    Edit,
    IfMatch,
    Reopen,
    Restore,
    Toggle,
    subject,
)
from .ports import Clock, NewTaskId, TaskRepository, Written

ATTEMPTS: Final = 10
"""How often a change is decided anew because another writer was first."""


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
        create = Create(title=title, description=description, is_completed=is_completed)
        task = create.task(UserId(user), id or self.new_task_id(), self.clock())
        return await self.tasks.add(task, None if email is None else Email(email))


@dataclass(frozen=True, slots=True)
class GetOrCreateTask:
    tasks: TaskRepository
    clock: Clock

    async def __call__(
        self,
        user: str,
        id: TaskId,
        *,
        title: str,
        description: str | None = None,
        is_completed: bool = False,
        email: str | None = None,
    ) -> Written:
        """The task with the client's own id, new unless there is an equal one: a client that got no
        answer asks again. Raises `InvalidValues`, `TaskIdTaken` by a different task."""
        create = Create(title=title, description=description, is_completed=is_completed)
        task = create.task(UserId(user), id, self.clock())
        try:
            added = await self.tasks.add(task, None if email is None else Email(email))
            return Written(added, is_new=True)
        except TaskIdTaken:
            stored = await self.tasks.get(task.owner, id)
            if stored and stored.says_the_same_as(task):
                return Written(stored, is_new=False)
            raise


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
        edit = Edit(task_id, if_match, title, description, is_completed)
        return await _change(self.tasks, self.clock, user, edit)


@dataclass(frozen=True, slots=True)
class CompleteTask:
    tasks: TaskRepository
    clock: Clock

    async def __call__(self, user: str, task_id: TaskId, *, if_match: IfMatch = None) -> Task:
        """Mark as completed; once is enough. Raises `TaskNotFound`, `RevisionMismatch`."""
        return await _change(self.tasks, self.clock, user, Complete(task_id, if_match))


@dataclass(frozen=True, slots=True)
class ReopenTask:
    tasks: TaskRepository
    clock: Clock

    async def __call__(self, user: str, task_id: TaskId, *, if_match: IfMatch = None) -> Task:
        """Mark as not completed; once is enough. Raises `TaskNotFound`, `RevisionMismatch`."""
        return await _change(self.tasks, self.clock, user, Reopen(task_id, if_match))


@dataclass(frozen=True, slots=True)
class ToggleTask:
    tasks: TaskRepository
    clock: Clock

    async def __call__(self, user: str, task_id: TaskId, *, if_match: IfMatch = None) -> Task:
        """Complete an open task, else reopen it. Raises `TaskNotFound`, `RevisionMismatch`."""
        return await _change(self.tasks, self.clock, user, Toggle(task_id, if_match))


@dataclass(frozen=True, slots=True)
class DeleteTask:
    tasks: TaskRepository
    clock: Clock

    async def __call__(
        self, user: str, task_id: TaskId, *, if_match: IfMatch = None, permanent: bool = False
    ) -> Task:
        """Into the trash, where the task is not found but by `restore` and a list of what is
        deleted; `permanent` ends it for good, also one that is in the trash.

        Raises `TaskNotFound`, `RevisionMismatch`.
        """
        return await _change(self.tasks, self.clock, user, Delete(task_id, if_match, permanent))


@dataclass(frozen=True, slots=True)
class RestoreTask:
    tasks: TaskRepository
    clock: Clock

    async def __call__(self, user: str, task_id: TaskId, *, if_match: IfMatch = None) -> Task:
        """Take out of the trash; once is enough. Raises `TaskNotFound`, `RevisionMismatch`."""
        return await _change(self.tasks, self.clock, user, Restore(task_id, if_match))


async def _change(tasks: TaskRepository, clock: Clock, user: str, change: Change) -> Task:
    """Read, let the domain decide, save unless another writer was first; then decide anew.

    Raises `TaskNotFound`, `RevisionMismatch`; `Contended` if others were first every time.
    """
    owner = UserId(user)
    for _ in range(ATTEMPTS):
        task = subject(change, owner, await tasks.get(owner, change.id))
        changed = change.changed(task, clock())
        if changed is task:
            return task
        if saved := await tasks.save(changed):
            return saved
    raise Contended
