"""From any error to `application/problem+json` (RFC 9457); no client sees another shape."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from litestar import Request
from litestar.exceptions import HTTPException
from litestar.response import Response

from honeydo.application.errors import (
    Contended,
    IdempotencyKeyInUse,
    IdempotencyKeyReused,
    InvalidToken,
    OperationRefused,
    RevisionMismatch,
    Unavailable,
)
from honeydo.domain.errors import (
    CursorExpired,
    HoneydoError,
    InvalidValues,
    NotYourCollection,
    TaskIdTaken,
    TaskNotFound,
)

from .schemas import FieldProblem, Problem, TaskBody, task_etag

logger: Final = logging.getLogger(__name__)

_RETRY: Final = {"Retry-After": "1"}
# RFC 6750, section 3: no error code for a request without a token, nothing that helps to forge one.
_NO_TOKEN: Final = {"WWW-Authenticate": 'Bearer realm="honeydo"'}
_BAD_TOKEN: Final = {
    "WWW-Authenticate": 'Bearer realm="honeydo", error="invalid_token", '
    'error_description="The token is invalid or has expired"'
}


@dataclass(frozen=True, slots=True)
class RequestRefused(Exception):
    """What HTTP itself objects to, before any use case is asked."""

    status: int
    code: str
    detail: str
    headers: Mapping[str, str] = field(default_factory=dict)
    errors: Sequence[FieldProblem] = ()
    current: TaskBody | None = None


class TokenMissing(RequestRefused):
    def __init__(self) -> None:
        super().__init__(401, "missing_token", "Sign in: send a bearer token.", _NO_TOKEN)


_REFUSALS: Final[Mapping[type[HoneydoError], tuple[int, str, Mapping[str, str]]]] = {
    InvalidValues: (422, "invalid_values", {}),
    NotYourCollection: (403, "not_your_collection", {}),
    TaskNotFound: (404, "task_not_found", {}),
    TaskIdTaken: (409, "task_id_taken", {}),
    CursorExpired: (410, "cursor_expired", {}),
    IdempotencyKeyInUse: (409, "idempotency_key_in_use", _RETRY),
    IdempotencyKeyReused: (422, "idempotency_key_reused", {}),
    Contended: (503, "contended", _RETRY),
    Unavailable: (503, "unavailable", _RETRY),
}

# What of an operation is to blame, where it is no value.
_BLAMED: Final[Mapping[int, str]] = {404: "id", 409: "id", 412: "if_match"}

# What Litestar's router and body parser raise.
_ROUTING: Final[Mapping[int, tuple[str, str]]] = {
    400: ("bad_request", "The request is malformed."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not know this method."),
}


def answer(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """The problem that tells the client of an error. Unexpected ones are logged."""
    refused = _refused(error)
    if refused.status == 500:
        logger.error("Unexpected error in request %s", request.state.request_id, exc_info=error)
    return Response(
        _problem(refused, request.state.request_id),
        status_code=refused.status,
        media_type="application/problem+json",
        headers={"Cache-Control": "no-store", **refused.headers},
    )


def described(error: HoneydoError, request_id: str) -> Problem:
    """The problem's body, for those who cannot be answered any more."""
    return _problem(_refused(error), request_id)


def _problem(refused: RequestRefused, request_id: str) -> Problem:
    return Problem.of(
        refused.status,
        refused.code,
        refused.detail,
        request_id,
        errors=refused.errors,
        task=refused.current,
    )


def _refused(error: Exception) -> RequestRefused:
    match error:
        case RequestRefused():
            return error
        case InvalidToken():
            detail = "The token is invalid or has expired; sign in again."
            return RequestRefused(401, "invalid_token", detail, _BAD_TOKEN)
        case RevisionMismatch(current=task):
            etag = {"ETag": task_etag(task)}
            return RequestRefused(
                412, "precondition_failed", str(error), etag, current=TaskBody.of(task)
            )
        case OperationRefused(index=index, reason=reason):
            return _of_operation(index, _refused(reason))
        case HoneydoError() if known := _REFUSALS.get(type(error)):
            status, code, headers = known
            fields = error.fields if isinstance(error, InvalidValues) else ()
            errors = [FieldProblem(f"/{each.field}", each.code, each.detail) for each in fields]
            return RequestRefused(status, code, str(error), headers, errors)
        case HTTPException() if known_status := _ROUTING.get(error.status_code):
            code, detail = known_status
            return RequestRefused(error.status_code, code, detail, error.headers or {})
        case _:
            detail = "Something went wrong on our side; nothing of yours caused it."
            return RequestRefused(500, "internal_error", detail)


def _of_operation(index: int, refused: RequestRefused) -> RequestRefused:
    errors = refused.errors or [
        FieldProblem(f"/{_BLAMED[refused.status]}", refused.code, refused.detail)
    ]
    return replace(
        refused,
        errors=[
            FieldProblem(f"/operations/{index}{each.pointer}", each.code, each.detail)
            for each in errors
        ],
    )
