"""The operations of the OpenAPI document by which a copy is kept up to date."""

from typing import Final

from msgspec.json import schema_components

from honeydo.domain.listing import MAX_LIMIT

from .feed import ChangedTask, DeletedTask
from .openapi_parts import QUERY, TASK, Json, answer, content, problems, ref

_CURSOR: Final = "AAYsPo2XYoAAAAAAAAAACAAAAAAAAAAA"
_CHANGED: Final[Json] = {"id": TASK["id"], "revision": 7, "deleted": False, "task": TASK}
_DELETED: Final[Json] = {
    "id": "01932c07-1d00-7c21-9c55-8f6e2f6f6f10",
    "revision": 8,
    "deleted": True,
}
_FEED: Final[Json] = {"changes": [_CHANGED, _DELETED], "cursor": _CURSOR, "has_more": False}
_STREAM: Final = (
    "retry: 1000\n\n"
    f"event: change\nid: {_CURSOR}\n"
    'data: {"id":"01932c07-1d00-7c21-9c55-8f6e2f6f6f10","revision":8,"deleted":true}\n\n'
    ":\n\n"
)

_ABOUT_FEED: Final = """\
Apply the changes in order to your copy, put what is told by its `id`, drop what is `deleted`, and
keep `cursor` with it: ask again at once while `has_more`, else whenever you like. Each task comes
once, as it is now. Without a cursor, the feed begins at the beginning.

410 means that deleted tasks have been forgotten which you may still have: drop your copy and begin
without a cursor.
"""
_ABOUT_STREAM: Final = """\
Server-Sent Events. Each `change` has an entry of the feed as its data and a cursor of the feed as
its id; what came before the stream is told first, from `Last-Event-ID` or else `since`. A comment
comes every 15 seconds. The stream ends when the token expires: come again with a new one and the
last id, and nothing is missed.

`expired` is the last event of a stream whose cursor has expired meanwhile; its data is the problem
with which the feed would answer. Drop your copy and begin without a cursor.
"""


def change_schemas() -> Json:
    return _components()[1]


def change_paths() -> Json:
    (changed, deleted), _ = _components()
    entry = {"oneOf": [changed, deleted]}
    feed: Json = {
        "type": "object",
        "required": ["changes", "cursor", "has_more"],
        "properties": {
            "changes": {"type": "array", "items": entry, "maxItems": MAX_LIMIT},
            "cursor": {"type": "string"},
            "has_more": {"type": "boolean"},
        },
    }
    since = {
        "name": "since",
        "in": "query",
        "description": "A `cursor` of the feed, or an event's id. Opaque.",
        "schema": {"type": "string"},
    }
    return {
        "/api/{user_id}/changes": {
            "parameters": [ref("parameters", "user_id")],
            "get": {
                "tags": ["Changes"],
                "operationId": "listChanges",
                "summary": "What has changed since the last time",
                "description": _ABOUT_FEED,
                "parameters": [since, QUERY["limit"] | {"description": "Changes a page."}],
                "responses": {
                    "200": answer("Changes, in the order of revisions.", content(feed, _FEED)),
                    **problems(400, 410),
                },
            },
        },
        "/api/{user_id}/changes/stream": {
            "parameters": [ref("parameters", "user_id")],
            "get": {
                "tags": ["Changes"],
                "operationId": "streamChanges",
                "summary": "What changes, as it happens",
                "description": _ABOUT_STREAM,
                "parameters": [
                    since,
                    {
                        "name": "Last-Event-ID",
                        "in": "header",
                        "description": "The id of the last event that you have. Goes before "
                        "`since`: an EventSource that reconnects still has the old address.",
                        "schema": {"type": "string"},
                    },
                ],
                "responses": {
                    "200": answer(
                        "Events, until one of us hangs up.",
                        content({"type": "string"}, _STREAM, "text/event-stream"),
                    ),
                    **problems(400, 410, 429),
                },
            },
        },
    }


def _components() -> tuple[tuple[Json, ...], Json]:
    return schema_components((ChangedTask, DeletedTask), ref_template="#/components/schemas/{name}")
