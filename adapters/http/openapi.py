"""The OpenAPI 3.1 document. Its schemas are those that the handlers read and write by."""

from importlib.metadata import version
from typing import Final

from msgspec.json import schema_components

from .openapi_account import account_paths, account_schemas
from .openapi_batches import batch_paths, batch_schemas
from .openapi_changes import change_paths, change_schemas
from .openapi_lists import LIST_PARAMETERS, delete_task, list_tasks, trash_paths
from .openapi_parts import (
    CONDITIONS,
    HEADERS,
    PATH,
    PROBLEMS,
    TASK,
    Json,
    answer,
    body,
    content,
    problem,
    problems,
    ref,
)
from .schemas import Completion, Health, NewTask, Problem, TaskBody, TaskEdit

_ABOUT: Final = """\
The task backend of your front end. Sign users in elsewhere and send their JWT with every request.
In a path, `{user_id}` is the token's subject, percent-encoded, or the word `me`.

Every error is `application/problem+json` (RFC 9457): show `detail` to people, let programs go by
`code`, tell `request_id` to the operator. Unknown fields and parameters are ignored.

Besides what each operation lists, any request may be refused with 400 (it is not HTTP), 404
(nothing is at the address), 405 (not with this method), 408 (it took too long to arrive), 414 (the
address has more than 8 KiB) or 431 (the headers have more than 32 KiB or 100 lines).
"""

_APPLIED: Final = "Preference-Applied"
_ONCE: Final = ("Idempotent-Replayed", _APPLIED)


def openapi_document() -> Json:
    (new_task, task_edit, completion, task, health, problem_schema), schemas = schema_components(
        (NewTask, TaskEdit, Completion, TaskBody, Health, Problem),
        ref_template="#/components/schemas/{name}",
    )
    one = content(task, TASK)
    change: Json = {
        "parameters": [ref("parameters", each) for each in ("If-Match", "Prefer")],
        "responses": {
            "200": answer("The task as it is now.", one, "ETag", _APPLIED),
            "204": answer("It is done (`Prefer: return=minimal`).", {}, "ETag", _APPLIED),
            **problems(400, 404, 412, 413, 415, 422, 428),
        },
    }
    edit: Json = change | {
        "description": "Changes what is named and leaves the rest; null clears the description.",
        "requestBody": body(task_edit, {"description": None}),
    }
    merge_patch = body(task_edit, {"description": None}, "application/merge-patch+json")
    ready = content(health, {"status": "ok"})
    return {
        "openapi": "3.1.0",
        "info": {"title": "Honeydo", "version": version("honeydo"), "description": _ABOUT},
        "tags": [{"name": "Tasks"}, {"name": "Changes"}, {"name": "Account"}, {"name": "Health"}],
        "security": [{"bearer": []}],
        "paths": {
            "/api/{user_id}/tasks": {
                "parameters": [ref("parameters", "user_id")],
                "get": list_tasks(task),
                "post": {
                    "tags": ["Tasks"],
                    "operationId": "createTask",
                    "summary": "Create a task",
                    "parameters": [
                        ref("parameters", each) for each in ("If-New", "Idempotency-Key", "Prefer")
                    ],
                    "requestBody": body(new_task, {"title": "Buy honey"}),
                    "responses": {
                        "200": answer(
                            "The task that has this id and says the same.",
                            one,
                            *("ETag", "Content-Location", *_ONCE),
                        ),
                        "201": answer("The new task.", one, "ETag", "Location", *_ONCE),
                        "204": answer(
                            "As 200 (`Prefer: return=minimal`).",
                            {},
                            *("ETag", "Content-Location", *_ONCE),
                        ),
                        **problems(400, 409, 412, 413, 415, 422),
                    },
                },
            },
            "/api/{user_id}/tasks/{task_id}": {
                "parameters": [ref("parameters", "user_id"), ref("parameters", "task_id")],
                "get": {
                    "tags": ["Tasks"],
                    "operationId": "getTask",
                    "summary": "Get a task",
                    "parameters": [ref("parameters", "If-None-Match")],
                    "responses": {
                        "200": answer("The task.", one, "ETag"),
                        "304": answer("It is as it was.", {}, "ETag"),
                        **problems(400, 404),
                    },
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
                "delete": delete_task(one),
            },
            "/api/{user_id}/tasks/{task_id}/complete": {
                "parameters": [ref("parameters", "user_id"), ref("parameters", "task_id")],
                "patch": change
                | {
                    "tags": ["Tasks"],
                    "operationId": "completeTask",
                    "summary": "Complete, reopen or toggle",
                    "description": "Without a body, toggles. With `is_completed`, sets: a retry "
                    "after a lost answer is safe.",
                    "requestBody": body(completion, {"is_completed": True}) | {"required": False},
                },
            },
            **trash_paths(one),
            **account_paths(),
            **batch_paths(),
            **change_paths(),
            "/health": {
                "get": {
                    "tags": ["Health"],
                    "operationId": "ready",
                    "summary": "Whether requests can be served",
                    "security": [],
                    "responses": {
                        "200": answer("They can.", ready),
                        "503": answer(
                            "The database is unavailable or not migrated.",
                            content(health, {"status": "unavailable"}),
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
                    "responses": {"200": answer("It does.", ready)},
                }
            },
        },
        "components": {
            "schemas": schemas | batch_schemas() | change_schemas() | account_schemas(),
            "parameters": PATH | LIST_PARAMETERS | CONDITIONS,
            "headers": HEADERS,
            "responses": {str(status): problem(status, problem_schema) for status in PROBLEMS},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            },
        },
    }
