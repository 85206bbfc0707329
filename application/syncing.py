"""Use cases that keep a copy of one's tasks up to date."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from honeydo.domain.changes import BEGINNING, ChangeCursor, Changes
from honeydo.domain.errors import InvalidValues
from honeydo.domain.listing import MAX_LIMIT, limit_rule
from honeydo.domain.ownership import own_task
from honeydo.domain.user import UserId

from .live import Live
from .ports import TaskRepository


@dataclass(frozen=True, slots=True)
class ListChanges:
    tasks: TaskRepository

    async def __call__(
        self, user: str, *, since: ChangeCursor = BEGINNING, limit: int = MAX_LIMIT
    ) -> Changes:
        """What has changed since the cursor, 1 to 1,000 tasks of it. Whoever applies all changes in
        order has exactly the user's tasks.

        Raises `CursorExpired` (start over from the beginning), `InvalidValues`.
        """
        owner = UserId(user)
        if broken := [*limit_rule(limit)]:
            raise InvalidValues(*broken)
        history, found = await self.tasks.changes(owner, since.revision, limit + 1)
        for change in found:
            if change.task:
                own_task(owner, change.task)
        return Changes.cut(found, since, limit, history)


@dataclass(frozen=True, slots=True)
class FollowChanges:
    changes: ListChanges
    live: Live

    async def __call__(
        self, user: str, *, since: ChangeCursor = BEGINNING, limit: int = 100
    ) -> AsyncGenerator[Changes, None]:
        """What has changed since the cursor, be it nothing, and then what changes, within about a
        second, until the server stops: at most `limit` changes at once, none while they are not
        taken.

        Raises `CursorExpired` and `Unavailable`, also later on.
        """
        is_first = True
        with self.live.watching(UserId(user)) as watcher:
            while watcher.is_open:
                watcher.begin()
                changes = await self.changes(user, since=since, limit=limit)
                since, has_more = changes.cursor, changes.has_more
                if changes.changes or is_first:
                    yield changes
                is_first = False
                # Thousands may wait here: their tasks need not wait with them.
                del changes
                if not has_more:
                    await watcher.wait_beyond(since.version)
