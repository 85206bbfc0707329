"""What can be done to tasks, as values: use cases carry out one of them, a batch many."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from honeydo.domain.ownership import own_task
from honeydo.domain.task import UNCHANGED, Task, TaskId, Unchanged
from honeydo.domain.user import UserId

from .errors import RevisionMismatch

IfMatch: TypeAlias = Collection[int] | None
"""The revisions of the task that a change is meant for; None: whatever it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    """`id` may be the client's own, or is made."""

    title: str
    description: str | None = None
    is_completed: bool = False
    id: TaskId | None = None

    def task(self, owner: UserId, id: TaskId, now: datetime) -> Task:
        return Task.create(
            id=id,
            owner=owner,
            title=self.title,
            description=self.description,
            is_completed=self.is_completed,
            now=now,
        )


@dataclass(frozen=True, slots=True)
class _OfTask:
    id: TaskId
    if_match: IfMatch = None

    @property
    def from_trash(self) -> bool:
        """Whether it is for a task in the trash too."""
        return False


@dataclass(frozen=True, slots=True)
class Complete(_OfTask):
    def changed(self, task: Task, now: datetime) -> Task:
        return task.complete(now)


@dataclass(frozen=True, slots=True)
class Reopen(_OfTask):
    def changed(self, task: Task, now: datetime) -> Task:
        return task.reopen(now)


@dataclass(frozen=True, slots=True)
class Toggle(_OfTask):
    """Complete an open task, else reopen it."""

    def changed(self, task: Task, now: datetime) -> Task:
        return task.toggle(now)


@dataclass(frozen=True, slots=True)
class Edit(_OfTask):
    """What is named is changed, the rest stays."""

    title: str | Unchanged = UNCHANGED
    description: str | Unchanged | None = UNCHANGED
    is_completed: bool | Unchanged = UNCHANGED

    def changed(self, task: Task, now: datetime) -> Task:
        return task.edit(
            title=self.title,
            description=self.description,
            is_completed=self.is_completed,
            now=now,
        )


@dataclass(frozen=True, slots=True)
class Delete(_OfTask):
    """Into the trash, or out of it too if `permanent`."""

    permanent: bool = False

    @property
    def from_trash(self) -> bool:
        return self.permanent

    def changed(self, task: Task, now: datetime) -> Task:
        return task.remove(now) if self.permanent else task.delete(now)


@dataclass(frozen=True, slots=True)
class Restore(_OfTask):
    """Back out of the trash."""

    @property
    def from_trash(self) -> bool:
        return True

    def changed(self, task: Task, now: datetime) -> Task:
        return task.restore(now)


Change: TypeAlias = Complete | Reopen | Toggle | Edit | Delete | Restore
Operation: TypeAlias = Create | Change


def subject(change: Change, owner: UserId, stored: Task | None) -> Task:
    """The task that the owner's change is meant for. Raises `TaskNotFound`, `RevisionMismatch`."""
    task = own_task(owner, stored, from_trash=change.from_trash)
    if change.if_match is not None and task.revision not in change.if_match:
        raise RevisionMismatch(task)
    return task
