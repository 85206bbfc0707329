"""POST /api/{user_id}/tasks/batch"""

from typing import Any
from uuid import UUID

import httpx
import pytest

from honeydo.adapters.http.options import HttpOptions
from honeydo.adapters.memory import MemoryTasks
from tests.support.batches import BATCH, HERS, NEVER, TASKS, batch, create, refusal
from tests.support.determined import HandClock
from tests.support.serving import application, client, problem


@pytest.fixture
async def honey(ada: httpx.AsyncClient) -> dict[str, Any]:
    task: dict[str, Any] = (await ada.post(TASKS, json={"title": "Buy honey"})).json()
    return task


async def test_the_results_are_in_the_order_of_the_operations(
    ada: httpx.AsyncClient, honey: dict[str, Any], clock: HandClock
) -> None:
    clock.advance()

    done = await batch(
        ada,
        create("Buy wax", description="Two jars", is_completed=True, id=HERS),
        {"op": "edit", "id": honey["id"], "title": "Buy more honey", "description": "Both jars"},
        {"op": "complete", "id": honey["id"]},
        {"op": "reopen", "id": honey["id"]},
        {"op": "toggle", "id": honey["id"]},
        {"op": "delete", "id": HERS},
        {"op": "restore", "id": HERS},
    )

    assert done.status_code == 200
    assert "etag" not in done.headers
    assert done.headers["cache-control"] == "no-store"
    results = done.json()["results"]
    assert [each["status"] for each in results] == [201, 200, 200, 200, 200, 200, 200]
    told = [(t["title"], t["is_completed"], t["revision"]) for t in (r["task"] for r in results)]
    assert told == [
        ("Buy wax", True, 2),
        ("Buy more honey", False, 3),
        ("Buy more honey", True, 4),
        ("Buy more honey", False, 5),
        ("Buy more honey", True, 6),
        ("Buy wax", True, 7),
        ("Buy wax", True, 8),
    ]
    assert results[0]["task"]["description"] == "Two jars"
    assert results[1]["task"]["description"] == "Both jars"
    assert (await ada.get(f"{TASKS}/{honey['id']}")).json() == results[4]["task"]
    assert (await ada.get(f"{TASKS}/{HERS}")).json() == results[6]["task"]


async def test_a_task_that_goes_into_the_trash_tells_since_when_it_is_there(
    ada: httpx.AsyncClient, honey: dict[str, Any]
) -> None:
    done = await batch(ada, {"op": "delete", "id": honey["id"]})

    assert done.json() == {
        "results": [
            {"status": 200, "task": honey | {"deleted_at": honey["created_at"], "revision": 2}}
        ]
    }


async def test_of_a_task_that_is_deleted_for_good_nothing_is_left(
    ada: httpx.AsyncClient, honey: dict[str, Any]
) -> None:
    done = await batch(ada, {"op": "delete", "id": honey["id"], "permanent": True})

    assert done.json() == {"results": [{"status": 204, "task": None}]}
    problem(await batch(ada, {"op": "restore", "id": honey["id"]}), 404, "task_not_found")


async def test_equal_content_is_answered_with_the_task_that_is_there(
    ada: httpx.AsyncClient,
) -> None:
    first = await batch(ada, create(id=HERS))
    again = await batch(ada, create(id=HERS))

    assert [first.json()["results"][0]["status"], again.json()["results"][0]["status"]] == [
        201,
        200,
    ]
    assert again.json()["results"][0]["task"] == first.json()["results"][0]["task"]


async def test_an_edit_leaves_what_it_does_not_name_and_null_clears_the_description(
    ada: httpx.AsyncClient,
) -> None:
    done = await batch(
        ada,
        create(id=HERS, description="Two jars", is_completed=True),
        {"op": "edit", "id": HERS, "title": "Buy wax"},
        {"op": "edit", "id": HERS, "description": None},
        {"op": "edit", "id": HERS, "is_completed": False},
    )

    told = [each["task"] for each in done.json()["results"]]
    assert [(t["title"], t["description"], t["is_completed"]) for t in told] == [
        ("Buy honey", "Two jars", True),
        ("Buy wax", "Two jars", True),
        ("Buy wax", None, True),
        ("Buy wax", None, False),
    ]


async def test_other_fields_are_ignored(ada: httpx.AsyncClient) -> None:
    operations = [create(user_id="bob", revision=9, x=[{}])]

    done = await ada.post(BATCH, json={"x": 1, "operations": operations, "user_id": "bob"})

    [result] = done.json()["results"]
    assert (result["task"]["user_id"], result["task"]["revision"]) == ("ada", 1)


@pytest.mark.parametrize("prefer", ["return=minimal", "return=representation"])
async def test_the_results_are_told_whatever_is_preferred(
    ada: httpx.AsyncClient, prefer: str
) -> None:
    done = await batch(ada, create(), Prefer=prefer)

    assert done.json()["results"][0]["task"]["id"] == str(UUID(int=1))
    assert "preference-applied" not in done.headers


@pytest.mark.parametrize("op", ["edit", "complete", "reopen", "toggle", "delete", "restore"])
async def test_a_task_that_is_not_there_is_pointed_at_and_nothing_is_done(
    ada: httpx.AsyncClient, memory: MemoryTasks, op: str
) -> None:
    refused = await batch(ada, create(), {"op": op, "id": NEVER})

    assert refusal(refused, 404, "task_not_found") == [("/operations/1/id", "task_not_found")]
    assert memory.users == {}


async def test_anothers_task_is_not_there(ada: httpx.AsyncClient, bob: httpx.AsyncClient) -> None:
    his = (await bob.post("/api/bob/tasks", json={"title": "Sell honey"})).json()

    refused = await batch(ada, {"op": "delete", "id": his["id"]})

    assert refusal(refused, 404, "task_not_found") == [("/operations/0/id", "task_not_found")]
    assert (await bob.get(f"/api/bob/tasks/{his['id']}")).json() == his


async def test_anothers_collection_is_refused(ada: httpx.AsyncClient) -> None:
    problem(await batch(ada, create(), address="/api/bob/tasks/batch"), 403, "not_your_collection")


async def test_an_id_that_is_taken_is_pointed_at(
    ada: httpx.AsyncClient, honey: dict[str, Any]
) -> None:
    refused = await batch(ada, create(), create("Buy wax", id=honey["id"]))

    assert refusal(refused, 409, "task_id_taken") == [("/operations/1/id", "task_id_taken")]
    assert (await ada.get(TASKS)).json() == [honey]


async def test_a_stated_revision_must_be_the_tasks(
    ada: httpx.AsyncClient, honey: dict[str, Any]
) -> None:
    edit = {"op": "edit", "id": honey["id"], "title": "Buy wax"}

    refused = await batch(ada, create(), edit | {"if_match": 7})
    done = await batch(ada, edit | {"if_match": 1}, {"op": "complete", "id": honey["id"]})

    assert refusal_with_task(refused) == honey
    assert refused.headers["etag"] == '"1"'
    assert [each["status"] for each in done.json()["results"]] == [200, 200]


def refusal_with_task(response: httpx.Response) -> object:
    assert response.status_code == 412
    body = response.json()
    assert body["code"] == "precondition_failed"
    [error] = body["errors"]
    assert (error["pointer"], error["code"]) == ("/operations/1/if_match", "precondition_failed")
    return body["task"]


async def test_a_task_that_the_batch_makes_has_no_revision_to_state(
    ada: httpx.AsyncClient,
) -> None:
    refused = await batch(ada, create(id=HERS), {"op": "complete", "id": HERS, "if_match": 1})

    assert refusal(refused, 422, "invalid_values") == [("/operations/1/if_match", "not_stored")]


async def test_where_changes_must_say_what_they_change_every_operation_does() -> None:
    careful = client(application(MemoryTasks(), HttpOptions(require_if_match=True)), "ada")
    honey = (await careful.post(TASKS, json={"title": "Buy honey"})).json()["id"]

    refused = await batch(
        careful,
        {"op": "complete", "id": honey},
        {"op": "delete", "id": honey, "if_match": 1},
        create(),
        {"op": "restore", "id": honey},
    )
    done = await batch(
        careful,
        {"op": "complete", "id": honey, "if_match": 1},
        {"op": "delete", "id": honey, "if_match": 1},
        create(id=HERS),
        {"op": "complete", "id": HERS},
    )

    assert refusal(refused, 428, "precondition_required") == [
        ("/operations/0/if_match", "required"),
        ("/operations/3/if_match", "required"),
    ]
    assert done.status_code == 200


async def test_a_task_that_is_made_without_an_id_of_the_clients_stands_for_no_other() -> None:
    careful = client(application(MemoryTasks(), HttpOptions(require_if_match=True)), "ada")

    refused = await batch(careful, create(), {"op": "complete", "id": str(UUID(int=1))})

    assert refusal(refused, 428, "precondition_required") == [
        ("/operations/1/if_match", "required")
    ]


async def test_a_hundred_operations_are_one_batch(ada: httpx.AsyncClient) -> None:
    done = await batch(ada, *[create()] * 100)

    assert [each["task"]["revision"] for each in done.json()["results"]] == [*range(1, 101)]


async def test_a_batch_has_no_more_bytes_than_any_body(ada: httpx.AsyncClient) -> None:
    problem(await batch(ada, *[create(description="x" * 9_000)] * 8), 413, "too_large")


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
async def test_a_batch_is_only_posted(ada: httpx.AsyncClient, method: str) -> None:
    refused = await ada.request(method, BATCH)

    problem(refused, 405, "method_not_allowed")
    assert set(refused.headers["allow"].split(", ")) == {"OPTIONS", "POST"}


async def test_who_does_not_sign_in_does_nothing(
    nobody: httpx.AsyncClient, memory: MemoryTasks
) -> None:
    problem(await batch(nobody, create()), 401, "missing_token")
    assert memory.users == {}
