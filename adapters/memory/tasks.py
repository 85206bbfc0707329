import asyncio
from dataclasses import dataclass, field, replace

from honeydo.domain.errors import TaskIdTaken
from honeydo.domain.listing import Listing, Page
from honeydo.domain.task import Task, TaskId
from honeydo.domain.user import Email, UserId


@dataclass(slots=True)
class StoredUser:
    """A user with a first write: what PostgreSQL keeps in a row of `users`, and their tasks."""

    email: Email | None = None
    revision: int = 0
    tasks: dict[TaskId, Task] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MemoryTasks:
    """A `TaskRepository` in memory; look into `users` to see what is stored.

    Tasks are frozen values, so nothing changes here but by `add` and `save`. Each call lets other
    coroutines run first, so that use cases meet the races that a real database has.
    """

    users: dict[UserId, StoredUser] = field(default_factory=dict)

    async def get(self, owner: UserId, task_id: TaskId) -> Task | None:
        await asyncio.sleep(0)
        user = self.users.get(owner)
        return user.tasks.get(task_id) if user else None

    async def page(self, owner: UserId, listing: Listing) -> Page:
        await asyncio.sleep(0)
        user = self.users.get(owner) or StoredUser()
        found = sorted(
            (task for task in user.tasks.values() if _matches(task, listing)),
            key=lambda task: (task.created_at, task.id),
            reverse=True,
        )
        return Page.cut(found[: listing.limit + 1], listing.limit, user.revision)

    async def revision(self, owner: UserId) -> int:
        await asyncio.sleep(0)
        user = self.users.get(owner)
        return user.revision if user else 0

    async def add(self, task: Task, email: Email | None = None) -> Task:
        await asyncio.sleep(0)
        user = self.users.get(task.owner) or StoredUser()
        if task.id in user.tasks:
            raise TaskIdTaken
        self.users[task.owner] = user
        user.email = email or user.email
        return _store(user, task)

    async def save(self, task: Task) -> Task | None:
        await asyncio.sleep(0)
        user = self.users.get(task.owner)
        stored = user.tasks.get(task.id) if user else None
        if user is None or stored is None or stored.revision != task.revision:
            return None
        return _store(user, task)


def _matches(task: Task, listing: Listing) -> bool:
    return (
        not task.is_deleted
        and listing.is_completed in (None, task.is_completed)
        and (
            listing.after is None
            or (task.created_at, task.id) < (listing.after.created_at, listing.after.id)
        )
    )


def _store(user: StoredUser, task: Task) -> Task:
    user.revision += 1
    stored = user.tasks[task.id] = replace(task, revision=user.revision)
    return stored
