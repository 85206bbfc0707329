from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from psycopg.errors import UniqueViolation
from psycopg.rows import TupleRow
from psycopg.types.numeric import Int8

from honeydo.application.errors import IdempotencyKeyInUse
from honeydo.application.ports import Announce, IdempotencyKey, Recalled, Write, Written
from honeydo.domain.changes import Change, History, Version
from honeydo.domain.errors import TaskIdTaken
from honeydo.domain.listing import Listing, Page
from honeydo.domain.task import Task, TaskId
from honeydo.domain.text import folded
from honeydo.domain.user import Email, User, UserId

from . import reads
from .batches import (
    FORGET_EXPIRED_KEY,
    LOCK_OR_MAKE,
    LOCK_OR_MAKE_WITH_KEY,
    LOCK_WITH_KEY,
    TAKE_KEY,
    WRITE,
    WRITE_ONCE,
    document,
    search,
    written,
)
from .database import Execute
from .reads import CHANGES, GET, GET_MANY, RECALL, USER, VERSION
from .writes import ADD, ERASE, LOCK, SAVE


@dataclass(frozen=True, slots=True)
class PostgresTasks:
    """A `TaskRepository` in PostgreSQL; each method is one transaction and one round trip."""

    execute: Execute
    announce: Announce = lambda _: None

    async def get(self, owner: UserId, task_id: TaskId) -> Task | None:
        rows = await self.execute(owner, GET.of({"owner_id": owner, "id": task_id}))
        return _task(owner, rows[0]) if rows else None

    async def get_many(self, owner: UserId, task_ids: Collection[TaskId]) -> Mapping[TaskId, Task]:
        if not task_ids:
            return {}
        rows = await self.execute(owner, GET_MANY.of({"owner_id": owner, "ids": [*task_ids]}))
        return {row[0]: _task(owner, row) for row in rows}

    async def page(self, owner: UserId, listing: Listing) -> Page:
        values = _asked(owner, listing) | {"limit": Int8(listing.limit + 1)}
        if listing.after:
            value = listing.after.value
            values["after"] = folded(value) if isinstance(value, str) else value
            values["after_id"] = listing.after.id
        rows = await self.execute(owner, reads.page(listing).of(values))
        tasks = [_task(owner, row) for row in rows if row[0] is not None]
        return Page.cut(tasks, listing, Version(*_of_owner(rows)))

    async def count(self, owner: UserId, listing: Listing) -> int:
        [[count]] = await self.execute(owner, reads.count(listing).of(_asked(owner, listing)))
        return int(count)

    async def version(self, owner: UserId) -> Version:
        rows = await self.execute(owner, VERSION.of({"owner_id": owner}))
        return Version(*rows[0]) if rows else Version()

    async def changes(
        self, owner: UserId, after: int, limit: int
    ) -> tuple[History, Sequence[Change]]:
        values = {"owner_id": owner, "after": Int8(after), "limit": Int8(limit)}
        rows = await self.execute(owner, CHANGES.of(values))
        changes = [Change.of(_task(owner, row[:-1])) for row in rows if row[0] is not None]
        return History(*_of_owner(rows)), changes

    async def add(self, task: Task, email: Email | None = None) -> Task:
        try:
            rows = await self.execute(task.owner, ADD.of(_values(task) | {"email": email}))
        except UniqueViolation as violation:
            if violation.diag.constraint_name != "tasks_pkey":
                raise
            raise TaskIdTaken from None
        self.announce(task.owner)
        return replace(task, revision=rows[0][0])

    async def save(self, task: Task) -> Task | None:
        rows = await self.execute(task.owner, SAVE.of(_values(task)))
        if not rows:
            return None
        self.announce(task.owner)
        return replace(task, revision=rows[0][0])

    async def write(
        self,
        owner: UserId,
        writes: Sequence[Write],
        now: datetime,
        *,
        email: Email | None = None,
        key: IdempotencyKey | None = None,
    ) -> Sequence[Written] | None:
        described = document(writes)
        values = {"owner_id": owner, "writes": described, "now": now, "email": email}
        # Who has something to change has written before, or was erased since.
        makes_owner = not any(write.task.revision for write in writes)
        steps = [LOCK_OR_MAKE if makes_owner else LOCK, WRITE]
        if key:
            # The owner is locked before the key's row, as erasing them does.
            locked = LOCK_OR_MAKE_WITH_KEY if makes_owner else LOCK_WITH_KEY
            steps = [TAKE_KEY, locked, FORGET_EXPIRED_KEY, WRITE_ONCE]
            values |= _key(key) | {"fingerprint": key.fingerprint}
        try:
            rows = await self.execute(owner, *(step.of(values) for step in steps))
        except UniqueViolation as violation:
            if violation.diag.constraint_name != "idempotency_keys_pkey":
                raise
            return None
        if key and not rows[0][1]:
            raise IdempotencyKeyInUse
        if not rows or rows[0][0] is None:
            return None
        self.announce(owner)
        return written(owner, described, rows[0][0])

    async def recall(self, owner: UserId, key: IdempotencyKey) -> Recalled | None:
        rows = await self.execute(owner, RECALL.of({"owner_id": owner} | _key(key)))
        if not rows:
            return None
        fingerprint, described, revision_before = rows[0]
        return Recalled(fingerprint, written(owner, described, revision_before))

    async def user(self, owner: UserId) -> User | None:
        rows = await self.execute(owner, USER.of({"owner_id": owner}))
        if not rows:
            return None
        email, created_at = rows[0]
        return User(owner, Email(email) if email else None, created_at)

    async def erase(self, owner: UserId) -> bool:
        is_erased = bool(await self.execute(owner, ERASE.of({"owner_id": owner})))
        self.announce(owner)
        return is_erased


def _of_owner(rows: Sequence[TupleRow]) -> Sequence[Any]:
    """What the row without a task says of the owner, if they have written anything."""
    return next(((row[5], *row[8:]) for row in rows if row[0] is None), ())


def _asked(owner: UserId, listing: Listing) -> dict[str, Any]:
    return {
        "owner_id": owner,
        "q": folded(listing.q) if listing.q else None,
        "created_since": listing.created_since,
        "updated_since": listing.updated_since,
    }


def _key(key: IdempotencyKey) -> dict[str, Any]:
    return {"key": key.text, "expired_before": key.expired_before}


def _values(task: Task) -> dict[str, Any]:
    return {
        "id": task.id,
        "owner_id": task.owner,
        "title": task.title or None,
        "description": task.description,
        "search": search(task),
        "completed_at": task.completed_at,
        "created_at": task.created_at,
        "updated_at": task.updated_at,
        "deleted_at": task.deleted_at,
        "revision": Int8(task.revision),
    }


class _Blank:
    """What a task is while its slots are filled: a frozen dataclass's own `__init__` takes five
    times as long, a tenth of what a list costs."""

    __slots__ = tuple(field.name for field in fields(Task))


def _task(asking: UserId, row: TupleRow) -> Task:
    task: Any = _Blank()
    (
        task.id,
        owner,
        title,
        task.description,
        task.completed_at,
        task.created_at,
        task.updated_at,
        task.deleted_at,
        task.revision,
    ) = row
    # What the row says; to check anew what is the same as the user who asks would take time.
    task.owner = asking if owner == asking else UserId(owner)
    task.title = title or ""
    task.__class__ = Task
    made: Task = task
    return made
