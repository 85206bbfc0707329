"""What a request says: its body, its query, its task."""

import re
from collections.abc import Collection, Sequence
from typing import Any, Final, TypeAlias, TypeVar, cast
from urllib.parse import quote
from uuid import UUID

import msgspec
from litestar import Request
from litestar.types import HTTPReceiveMessage, Receive

from honeydo.application.ports import Identity
from honeydo.domain.task import TaskId

from .problems import RequestRefused
from .schemas import FieldProblem

Caller: TypeAlias = Request[Identity, Any, Any]
Body = TypeVar("Body")

JSON: Final = frozenset({"application/json"})
MERGE_PATCH: Final = JSON | {"application/merge-patch+json"}

# The last of a pointer's steps that has a name, with the number in it.
_NAME: Final = re.compile(r"[a-z_]+(?:/\d+)?")
_UUID_LENGTH: Final = 36


def collection(request: Caller) -> str:
    """The address of the user's tasks, in the words that the client used."""
    named = request.path_params["user_id"]
    return f"/api/{named if named == 'me' else quote(request.user.user, safe='')}/tasks"


def task_id(request: Caller) -> TaskId:
    text = request.path_params["task_id"]
    try:
        # RFC 9562, section 4: there is one form, with hyphens.
        if len(text) == _UUID_LENGTH:
            return msgspec.convert(text, UUID)
    except msgspec.ValidationError:
        pass
    raise RequestRefused(400, "invalid_task_id", "A task's id is a UUID.")


async def body(
    request: Caller,
    decoder: msgspec.json.Decoder[Body],
    types: Collection[str] = JSON,
    *,
    if_absent: Body | None = None,
) -> Body:
    """The body, checked for its shape; the domain checks the values. Where none need be sent,
    `if_absent` stands for it."""
    sent = await _received(request)
    if not sent and if_absent is not None:
        return if_absent
    content_type, *_ = header_values(request, b"content-type") or [""]
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


async def _received(request: Caller) -> bytearray:
    largest = cast("int", request.app.request_max_body_size)
    announced, *_ = header_values(request, b"content-length") or ["0"]
    if not announced.isdecimal():
        raise RequestRefused(400, "bad_request", "The Content-Length is not a number.")
    size, received, is_whole = int(announced), bytearray(), False
    while not is_whole:
        if size > largest:
            raise RequestRefused(413, "too_large", "The body is too large.")
        message = cast("HTTPReceiveMessage", await request.receive())
        if message["type"] == "http.disconnect":
            raise RequestRefused(400, "incomplete_body", "The body ended too early.")
        received += message.get("body", b"")
        size = max(size, len(received))
        is_whole = not message.get("more_body", False)
    return received


def _misshapen(message: str) -> FieldProblem:
    """msgspec says: Expected `str`, got `int` - at `$.operations[1].title`; or: Object missing
    required field `title`."""
    said, at, place = message.rpartition(" - at `$")
    if not at:
        said, place = message, ""
    pointer = re.sub(r"[.\[]", "/", place.replace("]", "").rstrip("`"))
    if missing := re.fullmatch(r"Object missing required field `(.+)`", said):
        name = missing[1]
        return FieldProblem(f"{pointer}/{name}", "required", f"The {name} is required.")
    # What was sent is not repeated.
    why = "none of those that there are" if said.startswith("Invalid value") else said
    named = f"The {_NAME.findall(pointer)[-1]}" if pointer else "The body"
    return FieldProblem(pointer, "invalid", f"{named} has the wrong form: {why.replace('`', '')}.")


def header_values(request: Caller, name: bytes) -> list[str]:
    """What each header of this name says. Litestar would decode all headers to look for one."""
    return [value.decode("latin-1") for known, value in request.scope["headers"] if known == name]


async def until_gone(receive: Receive) -> None:
    """Wait for the client to close the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass


def parameter(request: Caller, name: str) -> str | None:
    """What the query says of it."""
    given = request.query_params.getall(name, [])
    return only(name, given) if given else None


def only(name: str, given: Sequence[str]) -> str:
    """The value of the parameter. Two values for one are refused: a proxy in front of us may go by
    the other one."""
    if len(given) > 1:
        raise invalid_query(f"The parameter {name} is given more than once.")
    return given[0]


def boolean(name: str, text: str) -> bool:
    if text not in ("true", "false"):
        raise invalid_query(f"The parameter {name} is true or false.")
    return text == "true"


def invalid_query(detail: str) -> RequestRefused:
    return RequestRefused(400, "invalid_query", detail)
