"""What the use cases and their drivers need from outside."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from honeydo.domain.listing import Listing, Page
from honeydo.domain.task import Task, TaskId
from honeydo.domain.user import Email, UserId


class TaskRepository(Protocol):
    """The users' tasks. Each method is atomic by itself and sees one owner's tasks alone.

    Every method raises `Unavailable` when the store does not answer.
    """

    async def get(self, owner: UserId, task_id: TaskId) -> Task | None:
        """The task, deleted or not."""

    async def page(self, owner: UserId, listing: Listing) -> Page:
        """The tasks asked for that are not deleted."""

    async def revision(self, owner: UserId) -> int:
        """How many writes the owner has made: what their list is, changes with it alone."""

    async def add(self, task: Task, email: Email | None = None) -> Task:
        """Store a new task, and its owner with their first one; the task with its revision.

        Keeps `email` as the owner's, None leaves it. Raises `TaskIdTaken` and stores nothing if
        the owner has a task with this id, be it a deleted one.
        """

    async def save(self, task: Task) -> Task | None:
        """Store a changed task if what is stored still has its revision; the task with its new
        one. None, and nothing is stored, if another writer was first."""


class Clock(Protocol):
    def __call__(self) -> datetime:
        """Now, as aware UTC."""


class NewTaskId(Protocol):
    def __call__(self) -> TaskId:
        """An id that no task has yet."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a bearer token proves, and until when (seconds since the epoch)."""

    user: UserId
    email: Email | None
    expires_at: float


class VerifyToken(Protocol):
    async def __call__(self, token: str, /) -> Identity:
        """Raises `InvalidToken`."""
