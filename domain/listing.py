"""What a list of tasks may be asked for, and what it answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from .errors import InvalidField, InvalidValues
from .task import Task, TaskId

MAX_LIMIT: Final = 1_000


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the list, newest first: just behind the task with these values.

    It stays put whatever is added or deleted around it.
    """

    created_at: datetime
    id: TaskId


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One page of a user's tasks, newest first.

    `is_completed` None asks for open and completed ones; `limit` is 1 to 1,000 tasks.
    Raises `InvalidValues`.
    """

    is_completed: bool | None = None
    limit: int = MAX_LIMIT
    after: Cursor | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= MAX_LIMIT:
            raise InvalidValues(
                InvalidField("limit", "out_of_range", f"The limit is 1 to {MAX_LIMIT:,}.")
            )


@dataclass(frozen=True, slots=True)
class Page:
    """Tasks, newest first, and where the next page begins (None: there is none), as of the owner's
    `revision`."""

    tasks: Sequence[Task]
    next: Cursor | None
    revision: int

    @classmethod
    def cut(cls, tasks: Sequence[Task], limit: int, revision: int) -> Self:
        """A page of `limit` from tasks of which one more was looked up, to know of the rest."""
        if len(tasks) <= limit:
            return cls(tasks, None, revision)
        last = tasks[limit - 1]
        return cls(tasks[:limit], Cursor(last.created_at, last.id), revision)
