"""The OpenAPI 3.1 document. Its schemas are those that the handlers read and write by."""

from http import HTTPStatus
from importlib.metadata import version
from typing import Any, Final, TypeAlias

from msgspec.json import schema_components

from honeydo.domain.listing import MAX_LIMIT

from .schemas import Completion, Health, NewTask, Problem, TaskBody, TaskEdit

Json: TypeAlias = dict[str, Any]

_ABOUT: Final = """\
The task backend of your front end. Sign users in elsewhere and send their JWT with every request.
In a path, `{user_id}` is the token's subject, percent-encoded, or the word `me`.

Every error is `application/problem+json` (RFC 9457): show `detail` to people, let programs go by
`code`, tell `request_id` to the operator. Unknown fields and parameters are ignored.

Besides what each operation lists, any request may be refused with 400 (it is not HTTP), 404
(nothing is at the address), 405 (not with this method), 408 (it took too long to arrive), 414 (the
address has more than 8 KiB) or 431 (the headers have more than 32 KiB or 100 lines).
"""

_TASK: Final[Json] = {
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
_PROBLEMS: Final = {
    400: ("Malformed JSON, path, query or header.", "malformed_json", "The body is not JSON."),
    401: ("No token, or a bad or expired one.", "invalid_token", "The token is invalid."),
    403: ("`{user_id}` is not the token's user.", "not_your_collection", "Not your tasks."),
    404: ("No such task among one's own.", "task_not_found", "You have no task with this id."),
    409: ("The id is another task's.", "task_id_taken", "You already have a task with this id."),
    413: ("The body is over the limit.", "too_large", "The body is too large."),
    415: ("The body is not JSON.", "unsupported_media_type", "The body must be JSON."),
    422: ("Well-formed, but breaks a rule.", "invalid_values", "The title must not be empty."),
    500: ("A defect of the server.", "internal_error", "Something went wrong on our side."),
    503: ("Database down or busy; try again.", "unavailable", "The database does not answer."),
}

# Any request of a user may meet these.
_ALWAYS: Final = (401, 403, 500, 503)


def openapi_document() -> Json:
    (new_task, task_edit, completion, task, health, problem), schemas = schema_components(
        (NewTask, TaskEdit, Completion, TaskBody, Health, Problem),
        ref_template="#/components/schemas/{name}",
    )
    one = _content(task, _TASK)
    many = _content({"type": "array", "items": task, "maxItems": MAX_LIMIT}, [_TASK])
    edit: Json = {
        "description": "Changes what is named and leaves the rest; null clears the description.",
        "requestBody": _body(task_edit, {"description": None}),
        "responses": {
            "200": _answer("The task as it is now.", one, "ETag"),
            **_problems(400, 404, 413, 415, 422),
        },
    }
    merge_patch = _body(task_edit, {"description": None}, "application/merge-patch+json")
    ready = _content(health, {"status": "ok"})
    return {
        "openapi": "3.1.0",
        "info": {"title": "Honeydo", "version": version("honeydo"), "description": _ABOUT},
        "tags": [{"name": "Tasks"}, {"name": "Health"}],
        "security": [{"bearer": []}],
        "paths": {
            "/api/{user_id}/tasks": {
                "parameters": [_ref("parameters", "user_id")],
                "get": {
                    "tags": ["Tasks"],
                    "operationId": "listTasks",
                    "summary": "List one's own tasks, newest first",
                    "parameters": [_ref("parameters", each) for each in _QUERY],
                    "responses": {
                        "200": _answer("The tasks; `Link` leads to the next page.", many, "Link"),
                        **_problems(400),
                    },
                },
                "post": {
                    "tags": ["Tasks"],
                    "operationId": "createTask",
                    "summary": "Create a task",
                    "requestBody": _body(new_task, {"title": "Buy honey"}),
                    "responses": {
                        "201": _answer("The new task.", one, "ETag", "Location"),
                        **_problems(400, 409, 413, 415, 422),
                    },
                },
            },
            "/api/{user_id}/tasks/{task_id}": {
                "parameters": [_ref("parameters", "user_id"), _ref("parameters", "task_id")],
                "get": {
                    "tags": ["Tasks"],
                    "operationId": "getTask",
                    "summary": "Get a task",
                    "responses": {"200": _answer("The task.", one, "ETag"), **_problems(400, 404)},
                },
                "put": edit | {"tags": ["Tasks"], "operationId": "editTask", "summary": "Edit"},
                "patch": edit
                | {
                    "tags": ["Tasks"],
                    "operationId": "patchTask",
                    "summary": "Edit by merge patch (RFC 7396)",
                    "requestBody": {
                        "required": True,
                        "content": edit["requestBody"]["content"] | merge_patch["content"],
                    },
                },
                "delete": {
                    "tags": ["Tasks"],
                    "operationId": "deleteTask",
                    "summary": "Delete a task",
                    "responses": {"204": _answer("It is gone.", {}), **_problems(400, 404)},
                },
            },
            "/api/{user_id}/tasks/{task_id}/complete": {
                "parameters": [_ref("parameters", "user_id"), _ref("parameters", "task_id")],
                "patch": {
                    "tags": ["Tasks"],
                    "operationId": "completeTask",
                    "summary": "Complete, reopen or toggle",
                    "description": "Without a body, toggles. With `is_completed`, sets: a retry "
                    "after a lost answer is safe.",
                    "requestBody": _body(completion, {"is_completed": True}) | {"required": False},
                    "responses": {
                        "200": _answer("The task as it is now.", one, "ETag"),
                        **_problems(400, 404, 413, 415, 422),
                    },
                },
            },
            "/health": {
                "get": {
                    "tags": ["Health"],
                    "operationId": "ready",
                    "summary": "Whether requests can be served",
                    "security": [],
                    "responses": {
                        "200": _answer("They can.", ready),
                        "503": _answer(
                            "The database is unavailable or not migrated.",
                            _content(health, {"status": "unavailable"}),
                        ),
                    },
                }
            },
            "/health/live": {
                "get": {
                    "tags": ["Health"],
                    "operationId": "live",
                    "summary": "Whether the process answers",
                    "security": [],
                    "responses": {"200": _answer("It does.", ready)},
                }
            },
        },
        "components": {
            "schemas": schemas,
            "parameters": _PATH | _QUERY,
            "headers": _HEADERS,
            "responses": {str(status): _problem(status, problem) for status in _PROBLEMS},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            },
        },
    }


_PATH: Final[Json] = {
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
        "example": _TASK["id"],
    },
}

_QUERY: Final[Json] = {
    "completed": {
        "name": "completed",
        "in": "query",
        "description": "Only completed tasks, or only open ones.",
        "schema": {"type": "boolean"},
    },
    "limit": {
        "name": "limit",
        "in": "query",
        "description": "Tasks a page.",
        "schema": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": MAX_LIMIT},
    },
    "cursor": {
        "name": "cursor",
        "in": "query",
        "description": "Opaque; follow `Link` instead of making one.",
        "schema": {"type": "string"},
    },
}

_HEADERS: Final[Json] = {
    "ETag": {
        "description": "The task's revision (RFC 9110).",
        "required": True,
        "schema": {"type": "string", "pattern": '^"[0-9]+"$'},
    },
    "Link": {
        "description": 'The next page (RFC 8288): `<...>; rel="next"`. Absent on the last one.',
        "schema": {"type": "string"},
    },
    "Location": {
        "description": "The address of the new task.",
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


def _ref(kind: str, name: str) -> Json:
    return {"$ref": f"#/components/{kind}/{name}"}


def _content(schema: Json, example: Any, media_type: str = "application/json") -> Json:
    return {media_type: {"schema": schema, "example": example}}


def _body(schema: Json, example: Any, media_type: str = "application/json") -> Json:
    return {"required": True, "content": _content(schema, example, media_type)}


def _answer(description: str, content: Json, *headers: str) -> Json:
    return {
        "description": description,
        "headers": {name: _ref("headers", name) for name in (*headers, "X-Request-Id")},
        "content": content,
    }


def _problems(*statuses: int) -> Json:
    return {str(status): _ref("responses", str(status)) for status in sorted((*statuses, *_ALWAYS))}


def _problem(status: int, schema: Json) -> Json:
    meaning, code, detail = _PROBLEMS[status]
    example: Json = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": "5f2b1c0d9a7e4c1f8b3a6d5e4f3c2b1a",
    }
    if status == 422:
        example["errors"] = [{"pointer": "/title", "code": "blank", "detail": detail}]
    header = {401: "WWW-Authenticate", 503: "Retry-After"}.get(status)
    return _answer(
        meaning,
        _content(schema, example, "application/problem+json"),
        *([header] if header else ()),
    )
