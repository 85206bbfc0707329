"""What a request says: its body, its query, its task."""

import re
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias, TypeVar
from uuid import UUID

import msgspec
from litestar import Request
from litestar.exceptions import InternalServerException

from honeydo.application.ports import Identity
from honeydo.domain.listing import MAX_LIMIT, NEWEST_FIRST, Cursor
from honeydo.domain.task import TaskId

from .problems import RequestRefused
from .schemas import FieldProblem

Caller: TypeAlias = Request[Identity, Any, Any]
Body = TypeVar("Body")

JSON: Final = frozenset({"application/json"})
MERGE_PATCH: Final = JSON | {"application/merge-patch+json"}

_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def task_id(request: Caller) -> TaskId:
    text = request.path_params["task_id"]
    if not _UUID.fullmatch(text):
        raise RequestRefused(400, "invalid_task_id", "A task's id is a UUID.")
    return UUID(text)


async def body(
    request: Caller,
    decoder: msgspec.json.Decoder[Body],
    types: Collection[str] = JSON,
    *,
    if_absent: Body | None = None,
) -> Body:
    """The body, checked for its shape; the domain checks the values. Where none need be sent,
    `if_absent` stands for it."""
    try:
        sent = await request.body()
    except InternalServerException:
        # Litestar's word for a client that hung up before the end.
        raise RequestRefused(400, "incomplete_body", "The body ended too early.") from None
    if not sent and if_absent is not None:
        return if_absent
    content_type = request.headers.get("content-type", "")
    if content_type and content_type.partition(";")[0].strip().lower() not in types:
        raise RequestRefused(
            415,
            "unsupported_media_type",
            "The body must be JSON: send Content-Type: application/json.",
            {"Accept": ", ".join(sorted(types))},
        )
    try:
        return decoder.decode(sent)
    except msgspec.ValidationError as error:
        field = _misshapen(str(error))
        raise RequestRefused(422, "invalid_values", field.detail, errors=[field]) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise RequestRefused(400, "malformed_json", "The body is not valid JSON.") from None


def _misshapen(message: str) -> FieldProblem:
    """msgspec says: Expected `str`, got `int` - at `$.title`; or: Object missing required ..."""
    said, _, place = message.partition(" - at `$")
    pointer = re.sub(r"[.\[]", "/", place.replace("]", "").rstrip("`"))
    if missing := re.fullmatch(r"Object missing required field `(.+)`", said):
        name = missing[1]
        return FieldProblem(f"{pointer}/{name}", "required", f"The {name} is required.")
    named = f"The {pointer.lstrip('/')}" if pointer else "The body"
    return FieldProblem(pointer, "invalid", f"{named} has the wrong form: {said.replace('`', '')}.")


def completed(request: Caller) -> bool | None:
    match request.query_params.get("completed"):
        case None:
            return None
        case "true":
            return True
        case "false":
            return False
        case _:
            raise RequestRefused(400, "invalid_query", "The parameter completed is true or false.")


def limit(request: Caller) -> int:
    text = request.query_params.get("limit", str(MAX_LIMIT))
    if re.fullmatch("[0-9]{1,4}", text) and 1 <= int(text) <= MAX_LIMIT:
        return int(text)
    raise RequestRefused(400, "invalid_query", f"The parameter limit is 1 to {MAX_LIMIT:,}.")


# A cursor is opaque to clients: microseconds since 1970 and the id, as base64url.
_CURSOR: Final = struct.Struct("!q16s")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def cursor_text(cursor: Cursor) -> str:
    assert isinstance(cursor.value, datetime)
    microseconds = (cursor.value - _EPOCH) // timedelta(microseconds=1)
    return urlsafe_b64encode(_CURSOR.pack(microseconds, cursor.id.bytes)).decode()


def cursor(request: Caller) -> Cursor | None:
    text = request.query_params.get("cursor")
    if text is None:
        return None
    try:
        microseconds, id_bytes = _CURSOR.unpack(urlsafe_b64decode(text.encode()))
        return Cursor(
            NEWEST_FIRST, _EPOCH + timedelta(microseconds=microseconds), UUID(bytes=id_bytes)
        )
    except (ValueError, struct.error, OverflowError):
        raise RequestRefused(
            400, "invalid_cursor", "The parameter cursor is not from a Link of ours."
        ) from None
