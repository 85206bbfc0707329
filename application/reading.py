"""Use cases that look."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Unpack

from honeydo.domain.changes import Version
from honeydo.domain.listing import Asked, Listing, Page, Sort
from honeydo.domain.ownership import own_task
from honeydo.domain.task import Task, TaskId
from honeydo.domain.user import User, UserId

from .ports import TaskRepository


@dataclass(frozen=True, slots=True)
class GetTask:
    tasks: TaskRepository

    async def __call__(self, user: str, task_id: TaskId) -> Task:
        """One's own task. Raises `TaskNotFound`."""
        owner = UserId(user)
        return own_task(owner, await self.tasks.get(owner, task_id))


@dataclass(frozen=True, slots=True)
class GetVersion:
    tasks: TaskRepository

    async def __call__(self, user: str) -> Version:
        """As long as it stays the same, so does every list of the user's, and it costs less than a
        list to ask for."""
        return await self.tasks.version(UserId(user))


@dataclass(frozen=True, slots=True)
class ListTasks:
    tasks: TaskRepository

    async def __call__(self, user: str, **asked: Unpack[Asked]) -> Page:
        """A page of one's own tasks, asked for as in `Listing`: newest first, without the deleted
        ones, unless told otherwise. `page.next` is the `after` of the next one.

        Raises `InvalidValues`.
        """
        owner = UserId(user)
        page = await self.tasks.page(owner, Listing(**asked))
        for task in page.tasks:
            own_task(owner, task, from_trash=True)
        return page


@dataclass(frozen=True, slots=True)
class CountTasks:
    tasks: TaskRepository

    async def __call__(self, user: str, **asked: Unpack[Asked]) -> int:
        """How many tasks all pages of the list have together. Raises `InvalidValues`."""
        return await self.tasks.count(UserId(user), Listing(**asked))


@dataclass(frozen=True, slots=True)
class GetUser:
    tasks: TaskRepository

    async def __call__(self, user: str) -> User | None:
        """What is kept of the user; None before their first task."""
        return await self.tasks.user(UserId(user))


@dataclass(frozen=True, slots=True)
class ExportTasks:
    tasks: TaskRepository

    async def __call__(self, user: str) -> AsyncIterator[Task]:
        """All of the user's tasks with those in the trash; each once, as it is when its turn
        comes."""
        owner = UserId(user)
        listing = Listing(is_deleted=None, sort=Sort("id", descending=False), limit=500)
        while True:
            page = await self.tasks.page(owner, listing)
            for task in page.tasks:
                yield own_task(owner, task, from_trash=True)
            if page.next is None:
                return
            listing = replace(listing, after=page.next)
