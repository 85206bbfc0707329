"""What the operations of the OpenAPI document have in common."""

from typing import Any, Final, TypeAlias

from honeydo.domain.listing import MAX_LIMIT

from .schemas import status_title

Json: TypeAlias = dict[str, Any]

TASK: Final[Json] = {
    "id": "01932c07-209f-7e4b-b4c6-2f1d7d0c8a11",
    "user_id": "ada",
    "title": "Buy honey",
    "description": "From the market, not the shop.",
    "is_completed": False,
    "completed_at": None,
    "created_at": "2025-01-31T08:30:00.123456Z",
    "updated_at": "2025-01-31T08:30:00.123456Z",
    "revision": 7,
}

# Status: what it means, and an example's code and detail.
PROBLEMS: Final = {
    400: ("Malformed JSON, path, query or header.", "malformed_json", "The body is not JSON."),
    401: ("No token, or a bad or expired one.", "invalid_token", "The token is invalid."),
    403: ("`{user_id}` is not the token's user.", "not_your_collection", "Not your tasks."),
    404: ("No such task among one's own.", "task_not_found", "You have no task with this id."),
    406: ("In no form that is accepted.", "not_acceptable", "Accept one of those that there are."),
    409: (
        "The id is another task's, or the first request with this `Idempotency-Key` is not done "
        "yet (then with `Retry-After`).",
        "task_id_taken",
        "You already have a task with this id.",
    ),
    410: (
        "Changes behind the cursor are gone: drop your copy and begin without a cursor.",
        "cursor_expired",
        "Too much has changed since: drop your copy and start over.",
    ),
    412: ("It is not as expected.", "precondition_failed", "The task has changed since."),
    413: ("The body is over the limit.", "too_large", "The body is too large."),
    415: ("The body is not JSON.", "unsupported_media_type", "The body must be JSON."),
    422: (
        "Well-formed, but breaks a rule; or the `Idempotency-Key` is another request's.",
        "invalid_values",
        "The title must not be empty.",
    ),
    428: ("Where changes need `If-Match`.", "precondition_required", "Send If-Match."),
    429: (
        "The user has too many streams open at once.",
        "too_many_streams",
        "You have 10 streams open already: close one.",
    ),
    500: ("A defect of the server.", "internal_error", "Something went wrong on our side."),
    503: ("Database down or busy; try again.", "unavailable", "The database does not answer."),
}

# Any request of a user may meet these.
ALWAYS: Final = (401, 403, 500, 503)


PATH: Final[Json] = {
    "user_id": {
        "name": "user_id",
        "in": "path",
        "required": True,
        "description": "The token's subject, percent-encoded, or `me`.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
        "example": "me",
    },
    "task_id": {
        "name": "task_id",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "format": "uuid"},
        "example": TASK["id"],
    },
}

TAGS: Final = r'^[ \t]*(\*|(W/)?"[!#-~]*"([ \t]*,[ \t]*(W/)?"[!#-~]*")*)[ \t]*$'
# A string of RFC 9651, or what begins like none.
IDEMPOTENCY_KEY: Final = r"""^[ \t]*("([ !#-[\]-~]|\\["\\]){1,255}"|[!#-~][ -~]{0,254})[ \t]*$"""

QUERY: Final[Json] = {
    "limit": {
        "name": "limit",
        "in": "query",
        "description": "Tasks a page.",
        "schema": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": MAX_LIMIT},
    },
}

CONDITIONS: Final[Json] = {
    "If-Match": {
        "name": "If-Match",
        "in": "header",
        "description": "The ETag of what is to be changed (RFC 9110): else 412, with what it is "
        "now in the body.",
        "schema": {"type": "string", "pattern": TAGS},
        "example": '"7"',
    },
    "If-None-Match": {
        "name": "If-None-Match",
        "in": "header",
        "description": "The ETag of what is known (RFC 9110): 304 if it is still so.",
        "schema": {"type": "string", "pattern": TAGS},
        "example": '"7"',
    },
    "If-New": {
        "name": "If-None-Match",
        "in": "header",
        "description": "`*`: 412 instead of 409, with the task that has the id.",
        "schema": {"type": "string", "pattern": TAGS},
        "example": "*",
    },
    "Idempotency-Key": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "Your name for this request, a UUID say, in quotes (RFC 9651) or without. "
        "Sent again within 24 hours, the request is not done again, and answered as it was first, "
        "with `Idempotent-Replayed: true`; 409 while the first is at work, 422 if it is another "
        "one. What was refused may be mended and sent with the same key. On other methods it is "
        "ignored: they are safe to repeat as they are.",
        "schema": {"type": "string", "pattern": IDEMPOTENCY_KEY},
        "example": '"8e03978e-40d5-43e8-bc93-6894a57f9324"',
    },
    "Prefer": {
        "name": "Prefer",
        "in": "header",
        "description": "`return=minimal` or `return=representation` (RFC 7240).",
        "schema": {"type": "string"},
        "example": "return=minimal",
    },
}

HEADERS: Final[Json] = {
    "Clear-Site-Data": {
        "description": "What a browser keeps of the API is dropped too.",
        "required": True,
        "schema": {"type": "string", "const": '"cache"'},
    },
    "ETag": {
        "description": "Of the task's revision, or of the list (RFC 9110).",
        "required": True,
        "schema": {"type": "string", "pattern": '^"[0-9]+(-[0-9a-f]+)?"$'},
    },
    "Idempotent-Replayed": {
        "description": "This is the answer to an earlier request with the same key.",
        "schema": {"type": "string", "const": "true"},
    },
    "Preference-Applied": {
        "description": "What of `Prefer` was heeded (RFC 7240).",
        "schema": {"type": "string"},
    },
    "Content-Disposition": {
        "description": "The file's name.",
        "required": True,
        "schema": {"type": "string", "pattern": "^attachment; filename="},
    },
    "Link": {
        "description": "To the next page, but on the last one, and to the first (RFC 8288): "
        '`<...>; rel="next", <...>; rel="first"`.',
        "required": True,
        "schema": {"type": "string", "pattern": '^(<[^>]*>; rel="next", )?<[^>]*>; rel="first"$'},
    },
    "X-Total-Count": {
        "description": "Tasks on all pages together, if `Prefer: count=exact` asks for it.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "Location": {
        "description": "The address of the new task.",
        "required": True,
        "schema": {"type": "string", "format": "uri-reference"},
    },
    "Content-Location": {
        "description": "The address of the task.",
        "required": True,
        "schema": {"type": "string", "format": "uri-reference"},
    },
    "Retry-After": {
        "description": "Seconds.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    },
    "WWW-Authenticate": {
        "description": "RFC 6750.",
        "required": True,
        "schema": {"type": "string", "pattern": "^Bearer "},
    },
    "X-Request-Id": {
        "description": "The request's own, or a new one; a problem's `request_id` is the same.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9_.:/+=-]{1,128}$"},
    },
}


def ref(kind: str, name: str) -> Json:
    return {"$ref": f"#/components/{kind}/{name}"}


def content(schema: Json, example: Any, media_type: str = "application/json") -> Json:
    return {media_type: {"schema": schema, "example": example}}


def body(schema: Json, example: Any, media_type: str = "application/json") -> Json:
    return {"required": True, "content": content(schema, example, media_type)}


def answer(description: str, content: Json, *headers: str) -> Json:
    return {
        "description": description,
        "headers": {name: ref("headers", name) for name in (*headers, "X-Request-Id")},
        "content": content,
    }


def problems(*statuses: int) -> Json:
    return {str(status): ref("responses", str(status)) for status in sorted((*statuses, *ALWAYS))}


def problem(status: int, schema: Json) -> Json:
    meaning, code, detail = PROBLEMS[status]
    example: Json = {
        "type": "about:blank",
        "title": status_title(status),
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": "5f2b1c0d9a7e4c1f8b3a6d5e4f3c2b1a",
    }
    if status == 412:
        example["task"] = TASK
    if status == 422:
        example["errors"] = [{"pointer": "/title", "code": "blank", "detail": detail}]
    header = {401: "WWW-Authenticate", 412: "ETag", 429: "Retry-After", 503: "Retry-After"}.get(
        status
    )
    return answer(
        meaning,
        content(schema, example, "application/problem+json"),
        *([header] if header else ()),
    )
