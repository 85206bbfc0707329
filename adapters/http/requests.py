"""What a request says: its body, its query, its task."""

import re
from collections.abc import Collection
from typing import Any, Final, TypeAlias, TypeVar
from urllib.parse import quote
from uuid import UUID

import msgspec
from litestar import Request
from litestar.exceptions import InternalServerException

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
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def collection(request: Caller) -> str:
    """The address of the user's tasks, in the words that the client used."""
    named = request.path_params["user_id"]
    return f"/api/{named if named == 'me' else quote(request.user.user, safe='')}/tasks"


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


def parameter(request: Caller, name: str) -> str | None:
    """What the query says of it. Two values for one are refused: a proxy in front of us may go by
    the other one."""
    given = request.query_params.getall(name, [])
    if len(given) > 1:
        raise invalid_query(f"The parameter {name} is given more than once.")
    return given[0] if given else None


def boolean(name: str, text: str) -> bool:
    if text not in ("true", "false"):
        raise invalid_query(f"The parameter {name} is true or false.")
    return text == "true"


def invalid_query(detail: str) -> RequestRefused:
    return RequestRefused(400, "invalid_query", detail)
