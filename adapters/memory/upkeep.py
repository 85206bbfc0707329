import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from honeydo.domain.changes import Version
from honeydo.domain.task import Task
from honeydo.domain.user import UserId

from .tasks import StoredUser


@dataclass(frozen=True, slots=True)
class MemoryVersions:
    users: dict[UserId, StoredUser]

    async def __call__(self, owners: Collection[UserId]) -> Mapping[UserId, Version]:
        await asyncio.sleep(0)
        return {owner: self.users[owner].version for owner in owners if owner in self.users}


@dataclass(frozen=True, slots=True)
class MemoryUpkeep:
    users: dict[UserId, StoredUser]

    async def owners_with_trash(self, before: datetime, limit: int) -> Sequence[UserId]:
        await asyncio.sleep(0)
        return [owner for owner, user in self.users.items() if _expired(user, before)][:limit]

    async def purge(self, owner: UserId, before: datetime, limit: int) -> int:
        await asyncio.sleep(0)
        user = self.users.get(owner)
        expired = _expired(user, before)[:limit] if user else []
        if user and expired:
            # Their lists of what is deleted change.
            user.revision += 1
            user.purged = max(user.purged, *(task.revision for task in expired))
            for task in expired:
                del user.tasks[task.id]
        return len(expired)

    async def forget_keys(self, before: datetime, limit: int) -> int:
        await asyncio.sleep(0)
        expired = [
            (user, key)
            for user in self.users.values()
            for key, (kept_at, _) in user.keys.items()
            if kept_at < before
        ][:limit]
        for user, key in expired:
            del user.keys[key]
        return len(expired)


def _expired(user: StoredUser, before: datetime) -> list[Task]:
    expired = [task for task in user.tasks.values() if task.deleted_at and task.deleted_at < before]
    return sorted(expired, key=lambda task: (task.deleted_at, task.id))
