import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from honeydo.application.ports import Announce, IdempotencyKey, Recalled, Write, Written
from honeydo.domain.changes import Change, History, Version
from honeydo.domain.errors import TaskIdTaken
from honeydo.domain.listing import Listing, Page
from honeydo.domain.task import Task, TaskId
from honeydo.domain.user import Email, User, UserId


@dataclass(slots=True)
class StoredUser:
    """A user with a first write: what PostgreSQL keeps of them in its tables."""

    created_at: datetime
    email: Email | None = None
    revision: int = 0
    purged: int = 0
    tasks: dict[TaskId, Task] = field(default_factory=dict)
    keys: dict[str, tuple[datetime, Recalled]] = field(default_factory=dict)

    @property
    def version(self) -> Version:
        return Version(self.created_at, self.revision)

    def store(self, task: Task) -> Task:
        self.revision += 1
        stored = self.tasks[task.id] = replace(task, revision=self.revision)
        return stored


@dataclass(frozen=True, slots=True)
class MemoryTasks:
    """A `TaskRepository` in memory; look into `users` to see what is stored.

    Tasks are frozen values, so nothing changes here but by the methods that write. Each call lets
    other coroutines run first, so that use cases meet the races that a real database has.
    """

    users: dict[UserId, StoredUser] = field(default_factory=dict)
    announce: Announce = lambda _: None

    async def get(self, owner: UserId, task_id: TaskId) -> Task | None:
        return (await self._tasks(owner)).get(task_id)

    async def get_many(self, owner: UserId, task_ids: Collection[TaskId]) -> Mapping[TaskId, Task]:
        tasks = await self._tasks(owner)
        return {each: tasks[each] for each in task_ids if each in tasks}

    async def page(self, owner: UserId, listing: Listing) -> Page:
        tasks = await self._tasks(owner)
        sort, after = listing.sort, listing.after

        def place(task: Task) -> tuple[object, ...]:
            return sort.key(getattr(task, sort.by), task.id)

        found = sorted(filter(listing.admits, tasks.values()), key=place, reverse=sort.descending)
        if after:
            behind = sort.key(after.value, after.id)
            found = [
                task
                for task in found
                if (place(task) < behind if sort.descending else place(task) > behind)
            ]
        return Page.cut(found[: listing.limit + 1], listing, self._version(owner))

    async def count(self, owner: UserId, listing: Listing) -> int:
        tasks = await self._tasks(owner)
        return sum(map(listing.admits, tasks.values()))

    async def version(self, owner: UserId) -> Version:
        await asyncio.sleep(0)
        return self._version(owner)

    async def changes(
        self, owner: UserId, after: int, limit: int
    ) -> tuple[History, Sequence[Change]]:
        tasks = await self._tasks(owner)
        user = self.users.get(owner)
        history = History(user.created_at, user.revision, user.purged) if user else History()
        changed = (task for task in tasks.values() if task.revision > after)
        in_order = sorted(changed, key=lambda task: task.revision)
        return history, [Change.of(task) for task in in_order[:limit]]

    async def add(self, task: Task, email: Email | None = None) -> Task:
        if task.id in await self._tasks(task.owner):
            raise TaskIdTaken
        added = self._user(task.owner, email, task.created_at).store(task)
        self.announce(task.owner)
        return added

    async def save(self, task: Task) -> Task | None:
        stored = (await self._tasks(task.owner)).get(task.id)
        if stored is None or stored.revision != task.revision:
            return None
        saved = self.users[task.owner].store(task)
        self.announce(task.owner)
        return saved

    async def write(
        self,
        owner: UserId,
        writes: Sequence[Write],
        now: datetime,
        *,
        email: Email | None = None,
        key: IdempotencyKey | None = None,
    ) -> Sequence[Written] | None:
        tasks = await self._tasks(owner)
        if not all(_is_current(write.task, tasks.get(write.task.id)) for write in writes):
            return None
        if key and (known := self.users.get(owner)) and _recalled(known, key):
            return None
        user = self._user(owner, email, now)
        written = []
        for write in writes:
            stored = user.store(write.task) if write.is_changed else user.tasks[write.task.id]
            written.append(Written(stored, write.is_new))
        if key:
            user.keys[key.text] = now, Recalled(key.fingerprint, written)
        self.announce(owner)
        return written

    async def recall(self, owner: UserId, key: IdempotencyKey) -> Recalled | None:
        await asyncio.sleep(0)
        user = self.users.get(owner)
        return _recalled(user, key) if user else None

    async def user(self, owner: UserId) -> User | None:
        await asyncio.sleep(0)
        user = self.users.get(owner)
        return User(owner, user.email, user.created_at) if user else None

    async def erase(self, owner: UserId) -> bool:
        await asyncio.sleep(0)
        is_erased = self.users.pop(owner, None) is not None
        self.announce(owner)
        return is_erased

    async def _tasks(self, owner: UserId) -> Mapping[TaskId, Task]:
        await asyncio.sleep(0)
        user = self.users.get(owner)
        return user.tasks if user else {}

    def _version(self, owner: UserId) -> Version:
        user = self.users.get(owner)
        return user.version if user else Version()

    def _user(self, owner: UserId, email: Email | None, now: datetime) -> StoredUser:
        user = self.users.setdefault(owner, StoredUser(created_at=now))
        user.email = email or user.email
        return user


def _is_current(task: Task, stored: Task | None) -> bool:
    return task.revision == (stored.revision if stored else 0)


def _recalled(user: StoredUser, key: IdempotencyKey) -> Recalled | None:
    kept_at, recalled = user.keys.get(key.text, (None, None))
    return recalled if kept_at and kept_at >= key.expired_before else None
