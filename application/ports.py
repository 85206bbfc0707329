"""What the use cases and their drivers need from outside."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias

from honeydo.domain.changes import Change, History, Version
from honeydo.domain.listing import Listing, Page
from honeydo.domain.task import Task, TaskId
from honeydo.domain.user import Email, User, UserId


@dataclass(frozen=True, slots=True)
class Write:
    """One of several writes that are stored together: the task as this one leaves it, still with
    the revision that is stored (0: none is)."""

    task: Task
    is_new: bool = False
    is_changed: bool = True


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a write: the task with its revision, and whether it is a new one."""

    task: Task
    is_new: bool


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A client's name for a request, so that it can be repeated, and what tells whether it is the
    same request. Its namesakes from before `expired_before` do not count any more."""

    text: str
    fingerprint: bytes
    expired_before: datetime


@dataclass(frozen=True, slots=True)
class Recalled:
    """What was written under an idempotency key, by which request."""

    fingerprint: bytes
    written: Sequence[Written]


class TaskRepository(Protocol):
    """The users' tasks. Each method is atomic by itself and sees one owner's tasks alone.

    Every method raises `Unavailable` when the store does not answer.
    """

    async def get(self, owner: UserId, task_id: TaskId) -> Task | None:
        """The task, deleted or not."""

    async def get_many(self, owner: UserId, task_ids: Collection[TaskId]) -> Mapping[TaskId, Task]:
        """Those of the tasks that are there, deleted or not."""

    async def page(self, owner: UserId, listing: Listing) -> Page:
        """The tasks asked for."""

    async def count(self, owner: UserId, listing: Listing) -> int:
        """How many tasks are asked for, on all pages together."""

    async def version(self, owner: UserId) -> Version:
        """That of all that the owner has."""

    async def changes(
        self, owner: UserId, after: int, limit: int
    ) -> tuple[History, Sequence[Change]]:
        """At most `limit` changes behind this revision, in the order of revisions."""

    async def add(self, task: Task, email: Email | None = None) -> Task:
        """Store a new task, and its owner with their first one; the task with its revision.

        Keeps `email` as the owner's, None leaves it. Raises `TaskIdTaken` and stores nothing if
        the owner has a task with this id, be it a deleted one.
        """

    async def save(self, task: Task) -> Task | None:
        """Store a changed task if what is stored still has its revision; the task with its new
        one. None, and nothing is stored, if another writer was first."""

    async def write(
        self,
        owner: UserId,
        writes: Sequence[Write],
        now: datetime,
        *,
        email: Email | None = None,
        key: IdempotencyKey | None = None,
    ) -> Sequence[Written] | None:
        """Store all, with revisions in their order, and the key with them, or nothing.

        None, and nothing is stored, if another writer was first at one of the tasks or has taken
        the key. Raises `IdempotencyKeyInUse` while a request with this key is being stored.
        """

    async def recall(self, owner: UserId, key: IdempotencyKey) -> Recalled | None:
        """What was written under the key, however things are now."""

    async def user(self, owner: UserId) -> User | None:
        """What is kept of the user."""

    async def erase(self, owner: UserId) -> bool:
        """Forget the user with all that is theirs; whether there was anything."""


class Upkeep(Protocol):
    """What the store throws away in time. Raises `Unavailable`."""

    async def owners_with_trash(self, before: datetime, limit: int) -> Sequence[UserId]:
        """Some of those who may have tasks that were deleted before then."""

    async def purge(self, owner: UserId, before: datetime, limit: int) -> int:
        """Forget at most `limit` tasks that were deleted before then; how many."""

    async def forget_keys(self, before: datetime, limit: int) -> int:
        """Forget at most `limit` idempotency keys, of whomever, from before then; how many."""


class Versions(Protocol):
    async def __call__(self, owners: Collection[UserId]) -> Mapping[UserId, Version]:
        """The version of each owner who has one, all by one look. Raises `Unavailable`."""


Announce: TypeAlias = Callable[[UserId], None]
"""Told of each owner whose tasks have changed."""


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
