"""What travels of the change feed: its entries and its cursors."""

import re
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta, Struct

from honeydo.domain.changes import BEGINNING, Change, ChangeCursor

from .problems import RequestRefused
from .schemas import TaskBody


class ChangedTask(Struct, frozen=True):
    """A task that is new or has changed, as it is now."""

    id: UUID
    revision: int
    task: TaskBody
    deleted: Annotated[bool, Meta(extra_json_schema={"const": False})] = False


class DeletedTask(Struct, frozen=True):
    """A task that is gone."""

    id: UUID
    revision: int
    deleted: Annotated[bool, Meta(extra_json_schema={"const": True})] = True


class Feed(Struct, frozen=True):
    changes: Sequence[ChangedTask | DeletedTask]
    cursor: str
    has_more: bool


def entry(change: Change) -> ChangedTask | DeletedTask:
    if change.task is None:
        return DeletedTask(change.id, change.revision)
    return ChangedTask(change.id, change.revision, TaskBody.of(change.task))


# Opaque to clients, but no secret, and it opens nothing: microseconds since 1970, revision, purged.
# Unlike a list's it is not sealed: copies that are kept for months outlive keys.
_CURSOR: Final = struct.Struct("!qqq")
_CURSOR_TEXT: Final = re.compile("[A-Za-z0-9_-]{32}")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER: Final = -(2**63)


def cursor_text(cursor: ChangeCursor) -> str:
    began_at = _NEVER
    if cursor.began_at:
        began_at = (cursor.began_at - _EPOCH) // timedelta(microseconds=1)
    return urlsafe_b64encode(_CURSOR.pack(began_at, cursor.revision, cursor.purged)).decode()


def cursor_from(text: str | None) -> ChangeCursor:
    """The beginning, where there is none. Raises `RequestRefused`."""
    if not text:
        return BEGINNING
    if not _CURSOR_TEXT.fullmatch(text):
        raise _not_ours()
    microseconds, revision, purged = _CURSOR.unpack(urlsafe_b64decode(text))
    if revision < 0 or purged < 0:
        raise _not_ours()
    if microseconds == _NEVER:
        return ChangeCursor(None, revision, purged)
    try:
        began_at = _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        raise _not_ours() from None
    return ChangeCursor(began_at, revision, purged)


def _not_ours() -> RequestRefused:
    return RequestRefused(400, "invalid_cursor", "This is no cursor of the change feed.")
