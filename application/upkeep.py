"""Use cases that end what was kept: a user's wish to be forgotten, and time."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from honeydo.domain.user import UserId

from .batching import KEYS_LIVE
from .ports import Clock, TaskRepository, Upkeep

_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class EraseUser:
    tasks: TaskRepository

    async def __call__(self, user: str) -> bool:
        """Forget the user with all that is theirs, at once; whether there was anything. Cursors of
        their changes expire, so that copies are dropped too."""
        return await self.tasks.erase(UserId(user))


@dataclass(frozen=True, slots=True)
class Purge:
    upkeep: Upkeep
    clock: Clock
    keep_deleted: timedelta

    async def __call__(self) -> int:
        """Forget what has been deleted for longer than `keep_deleted`, and idempotency keys that
        have expired, a little at a time; how many tasks."""
        now = self.clock()
        while await self.upkeep.forget_keys(now - KEYS_LIVE, _AT_ONCE) == _AT_ONCE:
            pass
        before, purged = now - self.keep_deleted, 0
        while owners := await self.upkeep.owners_with_trash(before, _AT_ONCE):
            for owner in owners:
                while forgotten := await self.upkeep.purge(owner, before, _AT_ONCE):
                    purged += forgotten
        return purged
