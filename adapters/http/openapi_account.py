"""The operations of the OpenAPI document on all that is kept of a user."""

from typing import Final

from msgspec.json import schema_components

from .exports import CALENDAR, JSON_LINES, TaskLine, UserLine
from .openapi_parts import TASK, Json, answer, content, problems, ref

_USER_LINE: Final[Json] = {
    "type": "user",
    "id": "ada",
    "email": "ada@example.com",
    "created_at": "2025-01-31T08:30:00.123456Z",
}
_CALENDAR: Final = """\
BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//Honeydo//Honeydo//EN\r
BEGIN:VTODO\r
CREATED:20250131T083000Z\r
DESCRIPTION:From the market\\, not the shop.\r
DTSTAMP:20250131T083000Z\r
LAST-MODIFIED:20250131T083000Z\r
STATUS:NEEDS-ACTION\r
SUMMARY:Buy honey\r
UID:01932c07-209f-7e4b-b4c6-2f1d7d0c8a11\r
END:VTODO\r
END:VCALENDAR\r
"""


def account_schemas() -> Json:
    return _components()[1]


def account_paths() -> Json:
    (user, task), _ = _components()
    # A sequence of values is described as the array of them.
    lines = {"type": "array", "items": {"oneOf": [user, task]}}
    exported = [_USER_LINE, {"type": "task", **TASK}]
    files = content(lines, exported, JSON_LINES.media_type) | content(
        {"type": "string"}, _CALENDAR, CALENDAR.media_type
    )
    return {
        "/api/{user_id}": {
            "parameters": [ref("parameters", "user_id")],
            "delete": {
                "tags": ["Account"],
                "operationId": "eraseUser",
                "summary": "Erase the user, for good",
                "description": "With all tasks, the trash too. It cannot be undone. The user's "
                "other devices are told by the changes that they follow (410). A task that is "
                "created later begins anew.",
                "responses": {
                    "204": answer(
                        "Nothing is kept of the user, now or already before.",
                        {},
                        "Clear-Site-Data",
                    ),
                    **problems(),
                },
            },
        },
        "/api/{user_id}/export": {
            "parameters": [ref("parameters", "user_id")],
            "get": {
                "tags": ["Account"],
                "operationId": "exportUser",
                "summary": "All that is kept of the user, as a file",
                "description": "JSON lines unless `Accept` prefers `text/calendar`: first the "
                "user, then each task, those in the trash too; no line at all if "
                "nothing is kept. The calendar (RFC 5545) has what is not in the trash. An answer "
                "without its end (a broken connection) is not whole: ask again.",
                "responses": {
                    "200": answer("The file.", files, "Content-Disposition"),
                    **problems(406),
                },
            },
        },
    }


def _components() -> tuple[tuple[Json, ...], Json]:
    return schema_components((UserLine, TaskLine), ref_template="#/components/schemas/{name}")
