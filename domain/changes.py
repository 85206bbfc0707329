"""What has changed since one last looked: how copies of a user's tasks are kept up to date."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, NamedTuple, Self

from .errors import CursorExpired
from .task import Task, TaskId


@dataclass(frozen=True, slots=True)
class Change:
    """A task at its latest state; None stands for one that is deleted."""

    id: TaskId
    revision: int
    task: Task | None

    @classmethod
    def of(cls, task: Task) -> Self:
        return cls(task.id, task.revision, None if task.is_deleted else task)


class Version(NamedTuple):
    """Of all that a user has, which changes with it alone: how many writes there have been, since
    when. Who was erased and came back counts anew, but from another beginning."""

    began_at: datetime | None = None
    revision: int = 0


@dataclass(frozen=True, slots=True)
class History:
    """What is known of a user's writes: since when there have been any (None: there are none), how
    many, and up to which one deleted tasks have been forgotten."""

    began_at: datetime | None = None
    revision: int = 0
    purged: int = 0


@dataclass(frozen=True, slots=True)
class ChangeCursor:
    """How far one has followed the changes: up to `revision`, beginning when those up to `purged`
    had been forgotten already."""

    began_at: datetime | None = None
    revision: int = 0
    purged: int = 0

    def require_valid(self, history: History) -> None:
        """Raises `CursorExpired` if changes that its holder has not seen are gone: deleted tasks
        have been forgotten, the user was erased, or the database was set back."""
        if self.revision and (
            self.began_at != history.began_at
            or history.purged > max(self.revision, self.purged)
            or history.revision < self.revision
        ):
            raise CursorExpired

    @property
    def version(self) -> Version:
        """What its holder has once there is nothing behind it."""
        return Version(self.began_at, self.revision)


BEGINNING: Final = ChangeCursor()


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes in the order of their revisions, each task once; `cursor` goes on behind them."""

    changes: Sequence[Change]
    cursor: ChangeCursor
    has_more: bool

    def behind(self, change: Change) -> ChangeCursor:
        """Goes on behind this one of them."""
        return replace(self.cursor, revision=change.revision)

    @classmethod
    def cut(
        cls, found: Sequence[Change], since: ChangeCursor, limit: int, history: History
    ) -> Self:
        """From the changes found behind `since`, of which one more than `limit` was looked up.

        Raises `CursorExpired`.
        """
        since.require_valid(history)
        purged = since.purged if since.revision else history.purged
        has_more = len(found) > limit
        reached = found[limit - 1].revision if has_more else history.revision
        return cls(found[:limit], ChangeCursor(history.began_at, reached, purged), has_more)
