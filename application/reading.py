"""Use cases that look."""

from dataclasses import dataclass

from honeydo.domain.listing import MAX_LIMIT, Cursor, Listing, Page
from honeydo.domain.ownership import own_task
from honeydo.domain.task import Task, TaskId
from honeydo.domain.user import UserId

from .ports import TaskRepository


@dataclass(frozen=True, slots=True)
class GetTask:
    tasks: TaskRepository

    async def __call__(self, user: str, task_id: TaskId) -> Task:
        """One's own task. Raises `TaskNotFound`."""
        owner = UserId(user)
        return own_task(owner, await self.tasks.get(owner, task_id))


@dataclass(frozen=True, slots=True)
class GetRevision:
    tasks: TaskRepository

    async def __call__(self, user: str) -> int:
        """The user's count of writes: as long as it stays the same, so does every list of theirs,
        and it costs less than a list to ask for."""
        return await self.tasks.revision(UserId(user))


@dataclass(frozen=True, slots=True)
class ListTasks:
    tasks: TaskRepository

    async def __call__(
        self,
        user: str,
        *,
        is_completed: bool | None = None,
        limit: int = MAX_LIMIT,
        after: Cursor | None = None,
    ) -> Page:
        """A page of one's own tasks, newest first; `page.next` is the `after` of the next one.

        Raises `InvalidValues` for a limit that is not 1 to 1,000.
        """
        owner = UserId(user)
        listing = Listing(is_completed=is_completed, limit=limit, after=after)
        page = await self.tasks.page(owner, listing)
        for task in page.tasks:
            own_task(owner, task)
        return page
