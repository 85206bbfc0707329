"""What a list of tasks may be asked for, and what it answers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal, Self, TypeAlias, TypedDict

from .changes import Version
from .errors import InvalidField, InvalidValues
from .task import Task, TaskId
from .text import broken_rules, folded

MAX_LIMIT: Final = 1_000
MAX_QUERY: Final = 255

SortField: TypeAlias = Literal["created_at", "updated_at", "title", "completed_at"]
SortValue: TypeAlias = datetime | str | TaskId | None


@dataclass(frozen=True, slots=True)
class Sort:
    """The order of a list, newest first unless told otherwise.

    Titles are compared without regard to case, an accented letter behind its plain one. Tasks that
    are not completed come last when it goes by `completed_at`, whichever way. The order by `id` is
    for going through all tasks.
    """

    by: SortField | Literal["id"] = "created_at"
    descending: bool = True

    def key(self, value: SortValue, id: TaskId) -> tuple[Any, ...]:
        """Where a task with this value stands; no two tasks of an owner stand at one place."""
        if value is None:
            return not self.descending, _NEVER, id
        if isinstance(value, str):
            return folded(value), id
        return (self.descending, value, id) if self.by == "completed_at" else (value, id)


def limit_rule(limit: int) -> Iterator[InvalidField]:
    """What is wrong with the length of a page."""
    if not 1 <= limit <= MAX_LIMIT:
        yield InvalidField("limit", "out_of_range", f"The limit is 1 to {MAX_LIMIT:,}.")


_NEVER: Final = datetime(1, 1, 1, tzinfo=UTC)
NEWEST_FIRST: Final = Sort()


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list of this order: just behind the task with this id, which is or was sorted by
    this value. It stays put whatever is added, changed or deleted around it.
    """

    sort: Sort
    value: SortValue
    id: TaskId


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One page of a user's tasks. None of a filter lets all tasks pass.

    `is_deleted` True asks for the trash, None for trash and all; `q` is looked for in title and
    description without regard to case, and has 1 to 255 characters; times are aware, and let those
    pass that are as late or later; `limit` is 1 to 1,000 tasks. Raises `InvalidValues`.
    """

    is_completed: bool | None = None
    is_deleted: bool | None = False
    q: str | None = None
    created_since: datetime | None = None
    updated_since: datetime | None = None
    sort: Sort = NEWEST_FIRST
    limit: int = MAX_LIMIT
    after: Cursor | None = None

    def __post_init__(self) -> None:
        broken = [*limit_rule(self.limit)]
        if self.q is not None:
            broken += broken_rules("q", self.q, longest=MAX_QUERY)
        if self.after and self.after.sort != self.sort:
            broken.append(
                InvalidField("after", "other_order", "The cursor is of a list in another order.")
            )
        if broken:
            raise InvalidValues(*broken)

    def admits(self, task: Task) -> bool:
        """Whether the task is in the list, on whichever page."""
        return (
            not task.is_removed
            and self.is_completed in (None, task.is_completed)
            and self.is_deleted in (None, task.is_deleted)
            and (self.q is None or folded(self.q) in task.searched)
            and (self.created_since is None or task.created_at >= self.created_since)
            and (self.updated_since is None or task.updated_at >= self.updated_since)
        )


class Asked(TypedDict, total=False):
    """The values of a `Listing`, by name."""

    is_completed: bool | None
    is_deleted: bool | None
    q: str | None
    created_since: datetime | None
    updated_since: datetime | None
    sort: Sort
    limit: int
    after: Cursor | None


@dataclass(frozen=True, slots=True)
class Page:
    """Tasks in the order asked for, and where the next page begins (None: there is none), as of the
    owner's `version`."""

    tasks: Sequence[Task]
    next: Cursor | None
    version: Version

    @classmethod
    def cut(cls, tasks: Sequence[Task], listing: Listing, version: Version) -> Self:
        """The page from tasks of which one more was looked up, to know of the rest."""
        if len(tasks) <= listing.limit:
            return cls(tasks, None, version)
        last = tasks[listing.limit - 1]
        value = getattr(last, listing.sort.by)
        return cls(tasks[: listing.limit], Cursor(listing.sort, value, last.id), version)
