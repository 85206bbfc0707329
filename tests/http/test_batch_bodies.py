"""POST /api/{user_id}/tasks/batch: what is wrong with a batch is pointed at."""

import httpx
import pytest

from honeydo.adapters.memory import MemoryTasks
from tests.support.batches import BATCH, HERS, NEVER, batch, create, refusal

MISSHAPEN: list[tuple[object, str, str]] = [
    ({}, "/operations", "required"),
    ({"operations": None}, "/operations", "invalid"),
    ({"operations": {}}, "/operations", "invalid"),
    ({"operations": "create"}, "/operations", "invalid"),
    ([create()], "", "invalid"),
    ({"operations": []}, "/operations", "out_of_range"),
    ({"operations": [create()] * 101}, "/operations", "out_of_range"),
]


@pytest.mark.parametrize(("body", "pointer", "code"), MISSHAPEN)
async def test_what_is_no_batch_is_pointed_at(
    ada: httpx.AsyncClient, memory: MemoryTasks, body: object, pointer: str, code: str
) -> None:
    assert refusal(await ada.post(BATCH, json=body), 422, "invalid_values") == [(pointer, code)]
    assert memory.users == {}


EDIT = {"op": "edit", "id": NEVER}


@pytest.mark.parametrize(
    ("operation", "pointer", "code"),
    [
        (None, "", "invalid"),
        ("create", "", "invalid"),
        ([], "", "invalid"),
        ({}, "/op", "required"),
        ({"title": "Buy honey"}, "/op", "required"),
        ({"op": None}, "/op", "invalid"),
        ({"op": 5}, "/op", "invalid"),
        ({"op": "Create", "title": "x"}, "/op", "invalid"),
        ({"op": "erase - at `$.operations[0].x`"}, "/op", "invalid"),
        ({"op": "create"}, "/title", "required"),
        (create(None), "/title", "invalid"),
        (create(5), "/title", "invalid"),
        (create(""), "/title", "blank"),
        (create("x" * 256), "/title", "too_long"),
        (create("a\0b"), "/title", "forbidden_character"),
        (create(description=5), "/description", "invalid"),
        (create(description="x" * 10_001), "/description", "too_long"),
        (create(is_completed="true"), "/is_completed", "invalid"),
        (create(id="42"), "/id", "invalid"),
        ({"op": "edit", "title": "x"}, "/id", "required"),
        ({"op": "complete", "id": None}, "/id", "invalid"),
        ({"op": "restore", "id": 5}, "/id", "invalid"),
        ({"op": "delete", "id": NEVER, "permanent": 1}, "/permanent", "invalid"),
        (EDIT | {"title": None}, "/title", "invalid"),
        (EDIT | {"is_completed": None}, "/is_completed", "invalid"),
        (EDIT | {"if_match": None}, "/if_match", "invalid"),
        (EDIT | {"if_match": 0}, "/if_match", "invalid"),
        (EDIT | {"if_match": -1}, "/if_match", "invalid"),
        (EDIT | {"if_match": 1.5}, "/if_match", "invalid"),
        (EDIT | {"if_match": True}, "/if_match", "invalid"),
        (EDIT | {"if_match": "1"}, "/if_match", "invalid"),
        (EDIT | {"if_match": '"1"'}, "/if_match", "invalid"),
        (EDIT | {"if_match": [1]}, "/if_match", "invalid"),
        (EDIT | {"if_match": 2**63}, "/if_match", "invalid"),
    ],
)
async def test_an_operation_that_breaks_a_rule_is_pointed_at(
    ada: httpx.AsyncClient, memory: MemoryTasks, operation: object, pointer: str, code: str
) -> None:
    refused = await batch(ada, create(), operation)

    assert refusal(refused, 422, "invalid_values") == [(f"/operations/1{pointer}", code)]
    assert memory.users == {}


async def test_no_rejected_value_is_repeated(ada: httpx.AsyncClient) -> None:
    assert "secret" not in (await batch(ada, {"op": "my secret", "id": HERS})).text


@pytest.mark.parametrize("number", [b"9" * 5_000, b"1e999", b"-0", b"1e400"])
async def test_a_revision_of_any_size_is_just_none(ada: httpx.AsyncClient, number: bytes) -> None:
    body = b'{"operations": [{"op": "toggle", "id": "%s", "if_match": %s}]}'

    refused = await ada.post(BATCH, content=body % (NEVER.encode(), number))

    assert refusal(refused, 422, "invalid_values") == [("/operations/0/if_match", "invalid")]


async def test_every_broken_rule_of_an_operation_is_told_at_once(ada: httpx.AsyncClient) -> None:
    refused = await batch(ada, create(), create("", description="\0"))

    assert refusal(refused, 422, "invalid_values") == [
        ("/operations/1/title", "blank"),
        ("/operations/1/description", "forbidden_character"),
    ]
