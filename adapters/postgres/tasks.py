from dataclasses import dataclass, replace
from typing import Any

from psycopg.errors import UniqueViolation
from psycopg.rows import TupleRow
from psycopg.types.numeric import Int8

from honeydo.domain.errors import TaskIdTaken
from honeydo.domain.listing import Listing, Page
from honeydo.domain.task import Task, TaskId
from honeydo.domain.user import Email, UserId

from .database import Execute
from .statements import ADD, GET, PAGES, REVISION, SAVE


@dataclass(frozen=True, slots=True)
class PostgresTasks:
    """A `TaskRepository` in PostgreSQL; each method is one statement."""

    execute: Execute

    async def get(self, owner: UserId, task_id: TaskId) -> Task | None:
        rows = await self.execute(owner, GET.of({"owner_id": owner, "id": task_id}))
        return _task(owner, rows[0]) if rows else None

    async def page(self, owner: UserId, listing: Listing) -> Page:
        values: dict[str, Any] = {"owner_id": owner, "limit": Int8(listing.limit + 1)}
        if listing.after:
            values["after_created_at"] = listing.after.created_at
            values["after_id"] = listing.after.id
        statement = PAGES[listing.is_completed, listing.after is not None]
        rows = await self.execute(owner, statement.of(values))
        # A user without tasks to show has one row all the same, with their revision alone.
        tasks = [_task(owner, row) for row in rows if row[0] is not None]
        return Page.cut(tasks, listing.limit, rows[0][-1] if rows else 0)

    async def revision(self, owner: UserId) -> int:
        rows = await self.execute(owner, REVISION.of({"owner_id": owner}))
        return rows[0][0] if rows else 0

    async def add(self, task: Task, email: Email | None = None) -> Task:
        try:
            rows = await self.execute(task.owner, ADD.of(_values(task) | {"email": email}))
        except UniqueViolation as violation:
            if violation.diag.constraint_name != "tasks_pkey":
                raise
            raise TaskIdTaken from None
        return replace(task, revision=rows[0][0])

    async def save(self, task: Task) -> Task | None:
        rows = await self.execute(task.owner, SAVE.of(_values(task)))
        return replace(task, revision=rows[0][0]) if rows else None


def _values(task: Task) -> dict[str, Any]:
    return {
        "id": task.id,
        "owner_id": task.owner,
        "title": task.title,
        "description": task.description,
        "completed_at": task.completed_at,
        "created_at": task.created_at,
        "updated_at": task.updated_at,
        "deleted_at": task.deleted_at,
        "revision": Int8(task.revision),
    }


def _task(asking: UserId, row: TupleRow) -> Task:
    return Task(
        id=row[0],
        # What the row says; to check anew what is the same as the user who asks would take time.
        owner=asking if row[1] == asking else UserId(row[1]),
        title=row[2],
        description=row[3],
        completed_at=row[4],
        created_at=row[5],
        updated_at=row[6],
        deleted_at=row[7],
        revision=row[8],
    )
