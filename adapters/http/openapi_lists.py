"""The operations of the OpenAPI document on lists, and on the trash, which is one of them."""

from typing import Final

from honeydo.domain.listing import MAX_LIMIT, MAX_QUERY

from .listing import SORTS
from .openapi_parts import QUERY, TASK, Json, answer, content, problems, ref
from .schemas import LINE

_TIME: Final = {"type": "string", "format": "date-time"}

_ASKED: Final[Json] = {
    "completed": {
        "description": "Only completed tasks, or only open ones.",
        "schema": {"type": "boolean"},
    },
    "deleted": {
        "description": "The trash, or what is not in it.",
        "schema": {"type": "boolean", "default": False},
    },
    "q": {
        "description": "What title or description must contain, in whatever case.",
        "schema": {"type": "string", "minLength": 1, "maxLength": MAX_QUERY, "pattern": LINE},
        "example": "honey",
    },
    "created_since": {
        "description": "Only tasks that were created then or later (RFC 3339 with an offset: `Z` "
        "or `+01:00`, whose `+` is `%2B` in a query).",
        "schema": _TIME,
        "example": "2025-01-31T08:30:00Z",
    },
    "updated_since": {
        "description": "Only tasks that were changed then or later.",
        "schema": _TIME,
        "example": "2025-01-31T08:30:00.123456Z",
    },
    "sort": {
        "description": "By what; `-` is for descending. Titles go without regard to case; by "
        "`completed_at`, open tasks come last either way.",
        "schema": {"type": "string", "enum": [*SORTS], "default": "-created_at"},
        "example": "title",
    },
    "cursor": {
        "description": "Opaque, and good for this user's list of this query alone, but for the "
        "limit; follow `Link` instead of making one.",
        "schema": {"type": "string"},
    },
}

LIST_PARAMETERS: Final[Json] = {
    **{name: {"name": name, "in": "query", **asked} for name, asked in _ASKED.items()},
    **QUERY,
    "Prefer-Count": {
        "name": "Prefer",
        "in": "header",
        "description": "`count=exact`: how many tasks all pages have together.",
        "schema": {"type": "string"},
        "example": "count=exact",
    },
}


def list_tasks(task: Json) -> Json:
    """GET on the collection; `task` is the schema of one."""
    page = content({"type": "array", "items": task, "maxItems": MAX_LIMIT}, [TASK])
    headers = ("ETag", "Link", "X-Total-Count", "Preference-Applied")
    return {
        "tags": ["Tasks"],
        "operationId": "listTasks",
        "summary": "List one's own tasks, newest first",
        "description": "No page skips or repeats a task that does not change meanwhile, whatever "
        "else does. A parameter that is given twice is refused.",
        "parameters": [ref("parameters", each) for each in (*LIST_PARAMETERS, "If-None-Match")],
        "responses": {
            "200": answer("The tasks, a page of them.", page, *headers),
            "304": answer("They are as they were.", {}, "ETag"),
            **problems(400),
        },
    }


def delete_task(one: Json) -> Json:
    """DELETE on a task; `one` is the content that shows it."""
    permanent: Json = {
        "name": "permanent",
        "in": "query",
        "description": "For good, out of the trash too.",
        "schema": {"type": "boolean", "default": False},
    }
    return {
        "tags": ["Tasks"],
        "operationId": "deleteTask",
        "summary": "Move to the trash, or delete for good",
        "description": "From the trash (`?deleted=true` of the list) it can be restored for 30 days"
        " (or as the operator has set).",
        "parameters": [permanent, ref("parameters", "If-Match"), ref("parameters", "Prefer")],
        "responses": {
            "200": answer("It is in the trash, and this it is.", one, "ETag", "Preference-Applied"),
            "204": answer("It is in the trash, or gone for good.", {}),
            **problems(400, 404, 412, 428),
        },
    }


def trash_paths(one: Json) -> Json:
    return {
        "/api/{user_id}/tasks/{task_id}/restore": {
            "parameters": [ref("parameters", "user_id"), ref("parameters", "task_id")],
            "post": {
                "tags": ["Tasks"],
                "operationId": "restoreTask",
                "summary": "Take out of the trash",
                "description": "Has no body. A task that is not in the trash stays as it is.",
                "parameters": [ref("parameters", each) for each in ("If-Match", "Prefer")],
                "responses": {
                    "200": answer("The task as it is now.", one, "ETag", "Preference-Applied"),
                    "204": answer(
                        "It is done (`Prefer: return=minimal`).", {}, "ETag", "Preference-Applied"
                    ),
                    **problems(400, 404, 412, 428),
                },
            },
        }
    }
