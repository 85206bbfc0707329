"""The operation of the OpenAPI document that does many at once."""

from typing import Final

from msgspec.json import schema_components

from .openapi_parts import TASK, Json, answer, body, content, problems, ref
from .operations import BatchAnswer, BatchRequest

_NEW: Final = "0199aa00-0000-7000-8000-000000000001"
_ASKED: Final[Json] = {
    "operations": [
        {"op": "create", "id": _NEW, "title": "Buy honey"},
        {"op": "edit", "id": _NEW, "description": "From the market, not the shop."},
        {"op": "complete", "id": _NEW},
    ]
}
_OPEN: Final[Json] = TASK | {"id": _NEW, "description": None, "revision": 1}
_EDITED: Final[Json] = TASK | {"id": _NEW, "revision": 2}
_COMPLETED: Final[Json] = _EDITED | {
    "is_completed": True,
    "completed_at": TASK["updated_at"],
    "revision": 3,
}
_ANSWERED: Final[Json] = {
    "results": [
        {"status": 201, "task": _OPEN},
        {"status": 200, "task": _EDITED},
        {"status": 200, "task": _COMPLETED},
    ]
}
_ABOUT: Final = """\
Carries out 1 to 100 operations in order, all or none: an offline queue in one request. A refusal is
that of the first operation that cannot be done, with its status (404, 409, 412, 422) and pointers
such as `/operations/1/title`; nothing is stored then.

`if_match` is about the task as it was before the batch, so several operations on one task may state
the same revision; one that is made in the batch has none. Where changes need `If-Match`, operations
need `if_match`, but for tasks that the batch makes. With an `Idempotency-Key`, a batch is safe to
send again. `Prefer` is not heeded: the results tell the new ids and revisions.
"""


def batch_schemas() -> Json:
    return _components()[1]


def batch_paths() -> Json:
    (asked, answered), _ = _components()
    return {
        "/api/{user_id}/tasks/batch": {
            "parameters": [ref("parameters", "user_id")],
            "post": {
                "tags": ["Tasks"],
                "operationId": "changeTasks",
                "summary": "Create and change many at once, all or none",
                "description": _ABOUT,
                "parameters": [ref("parameters", "Idempotency-Key")],
                "requestBody": body(asked, _ASKED),
                "responses": {
                    "200": answer(
                        "What became of each.", content(answered, _ANSWERED), "Idempotent-Replayed"
                    ),
                    **problems(400, 404, 409, 412, 413, 415, 422, 428),
                },
            },
        }
    }


def _components() -> tuple[tuple[Json, ...], Json]:
    return schema_components(
        (BatchRequest, BatchAnswer), ref_template="#/components/schemas/{name}"
    )
