"""All that is kept of a user, as a file."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Self

from msgspec import Meta, Struct
from msgspec.json import Encoder

from honeydo.application.tasks import Tasks
from honeydo.domain.task import Task
from honeydo.domain.user import User

from .schemas import TaskBody, Time

_AT_ONCE: Final = 50

_encode: Final = Encoder().encode
_encode_lines: Final = Encoder().encode_lines


class UserLine(Struct, frozen=True, tag_field="type", tag="user"):
    """The first line of an export."""

    id: str
    email: Annotated[str | None, Meta(description="As the last token said that had one.")]
    created_at: Annotated[Time, Meta(description="When the first task was created.")]

    @classmethod
    def of(cls, user: User) -> Self:
        return cls(str(user.id), user.email and str(user.email), user.created_at)


class TaskLine(TaskBody, frozen=True, tag_field="type", tag="task"):
    """Any other line of an export: a task, be it in the trash."""


@dataclass(frozen=True, slots=True)
class Format:
    """How the file is called, and how it is made: in pieces, of which only one is in memory."""

    media_type: str
    content_type: str
    filename: str
    pieces: Callable[[Tasks, str], AsyncGenerator[bytes, None]]


async def _json_lines(tasks: Tasks, user: str) -> AsyncGenerator[bytes, None]:
    """Nothing at all of a user of whom nothing is kept."""
    known = await tasks.user(user)
    if known is None:
        return
    begin = _encode(UserLine.of(known)) + b"\n"
    async for some in _in_groups(tasks.export(user)):
        yield begin + _encode_lines([TaskLine.of(task) for task in some])
        begin = b""


async def _calendar(tasks: Tasks, user: str) -> AsyncGenerator[bytes, None]:
    """RFC 5545, for programs that have no trash: what is in ours is left out."""
    begin, end = await asyncio.to_thread(_calendar_frame)
    async for some in _in_groups(tasks.export(user)):
        # Folding and escaping take the library long enough for other requests to notice.
        yield begin + await asyncio.to_thread(_todos, some)
        begin = b""
    yield end


JSON_LINES: Final = Format("application/jsonl", "application/jsonl", "honeydo.jsonl", _json_lines)
CALENDAR: Final = Format("text/calendar", "text/calendar; charset=utf-8", "honeydo.ics", _calendar)


async def _in_groups(tasks: AsyncIterator[Task]) -> AsyncIterator[Sequence[Task]]:
    """The last group is what is left, if only nothing."""
    group = []
    async for task in tasks:
        group.append(task)
        if len(group) == _AT_ONCE:
            yield group
            group = []
    yield group


def _calendar_frame() -> tuple[bytes, bytes]:
    # Takes 10 MB and a tenth of a second to load, which most servers never need.
    from icalendar import Calendar

    calendar, end = Calendar(), b"END:VCALENDAR\r\n"
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//Honeydo//Honeydo//EN")
    return calendar.to_ical().removesuffix(end), end


def _todos(tasks: Sequence[Task]) -> bytes:
    return b"".join(_todo(task) for task in tasks if not task.is_deleted)


def _todo(task: Task) -> bytes:
    from icalendar import Todo

    todo = Todo()
    todo.add("uid", str(task.id))
    # RFC 5545, section 3.8.7.2: where nobody is invited, the time of the last change.
    todo.add("dtstamp", task.updated_at)
    todo.add("created", task.created_at)
    todo.add("last-modified", task.updated_at)
    todo.add("summary", task.title)
    if task.description is not None:
        todo.add("description", task.description)
    todo.add("status", "COMPLETED" if task.is_completed else "NEEDS-ACTION")
    if task.completed_at is not None:
        todo.add("completed", task.completed_at)
        todo.add("percent-complete", 100)
    text: bytes = todo.to_ical()
    return text
