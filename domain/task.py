"""What a task is, and how it changes."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any, Final, Literal, Self, TypeAlias
from uuid import UUID

from .errors import InvalidValues
from .text import CONTROL_BUT_TAB_AND_NEWLINES, broken_rules, folded
from .user import UserId

MAX_TITLE: Final = 255
MAX_DESCRIPTION: Final = 10_000

TaskId: TypeAlias = UUID


class _Unchanged(Enum):
    UNCHANGED = "unchanged"


UNCHANGED: Final = _Unchanged.UNCHANGED
"""Says that an edit leaves a value alone; None would clear it."""

Unchanged: TypeAlias = Literal[_Unchanged.UNCHANGED]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Something its owner wants done. Times are aware UTC.

    `revision` is the owner's count of writes when this one was stored (0 before that); whoever
    saves a changed task states by it which version the change was made to.
    """

    id: TaskId
    owner: UserId
    title: str
    description: str | None
    completed_at: datetime | None
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None
    revision: int = 0

    @classmethod
    def create(
        cls,
        *,
        id: TaskId,
        owner: UserId,
        title: str,
        description: str | None = None,
        is_completed: bool = False,
        now: datetime,
    ) -> Self:
        """A new task. Raises `InvalidValues` with every broken rule."""
        title, description = _checked(title, description)
        return cls(
            id=id,
            owner=owner,
            title=title,
            description=description,
            completed_at=now if is_completed else None,
            created_at=now,
            updated_at=now,
        )

    @property
    def is_completed(self) -> bool:
        return self.completed_at is not None

    @property
    def is_deleted(self) -> bool:
        return self.deleted_at is not None

    @property
    def is_removed(self) -> bool:
        """Deleted for good: nothing is left but that it was there."""
        return not self.title

    @property
    def searched(self) -> str:
        """What a search looks at: the title's line, then the description."""
        return folded(f"{self.title}\n{self.description or ''}")

    def says_the_same_as(self, other: Self) -> bool:
        """Whether both came of equal wishes, whenever that was."""
        return (self.title, self.description, self.is_completed, self.is_deleted) == (
            other.title,
            other.description,
            other.is_completed,
            other.is_deleted,
        )

    def edit(
        self,
        *,
        title: str | Unchanged = UNCHANGED,
        description: str | Unchanged | None = UNCHANGED,
        is_completed: bool | Unchanged = UNCHANGED,
        now: datetime,
    ) -> Self:
        """This task with what is named changed; itself if nothing differs.

        Raises `InvalidValues` with every broken rule.
        """
        title, description = _checked(
            self.title if title is UNCHANGED else title,
            self.description if description is UNCHANGED else description,
        )
        completed_at = self.completed_at
        if is_completed is not UNCHANGED and is_completed != self.is_completed:
            completed_at = now if is_completed else None
        return self._changed(now, title=title, description=description, completed_at=completed_at)

    def complete(self, now: datetime) -> Self:
        return self.edit(is_completed=True, now=now)

    def reopen(self, now: datetime) -> Self:
        return self.edit(is_completed=False, now=now)

    def toggle(self, now: datetime) -> Self:
        return self.edit(is_completed=not self.is_completed, now=now)

    def delete(self, now: datetime) -> Self:
        return self if self.is_deleted else self._changed(now, deleted_at=now)

    def restore(self, now: datetime) -> Self:
        return self._changed(now, deleted_at=None)

    def remove(self, now: datetime) -> Self:
        """What is left once it is deleted for good: its name, for those who still have a copy."""
        return self._changed(
            now, title="", description=None, completed_at=None, deleted_at=self.deleted_at or now
        )

    def _changed(self, now: datetime, **values: Any) -> Self:
        if all(getattr(self, name) == value for name, value in values.items()):
            return self
        # Clocks of two servers differ: a later change must not look older.
        return replace(self, **values, updated_at=max(now, self.updated_at))


def _checked(title: str, description: str | None) -> tuple[str, str | None]:
    """Title and description as they are kept: trimmed, and none instead of blank."""
    title = title.strip()
    broken = [*broken_rules("title", title, longest=MAX_TITLE)]
    if description is not None and not description.strip():
        description = None
    if description is not None:
        broken += broken_rules(
            "description",
            description,
            longest=MAX_DESCRIPTION,
            forbidden=CONTROL_BUT_TAB_AND_NEWLINES,
        )
    if broken:
        raise InvalidValues(*broken)
    return title, description
