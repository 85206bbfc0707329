"""POST /api/{user_id}/tasks"""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from honeydo.adapters.memory import MemoryTasks
from honeydo.domain.user import UserId
from tests.support.determined import HandClock
from tests.support.serving import problem

TASKS = "/api/ada/tasks"
HERS = "1b4e28ba-2fa1-41d2-883f-0016d3cca427"


async def test_the_answer_is_the_new_task(ada: httpx.AsyncClient, clock: HandClock) -> None:
    clock.now = datetime(2026, 5, 4, 12, 0, 0, 123_456, UTC)

    created = await ada.post(TASKS, json={"title": "Buy honey", "description": "Two jars"})

    assert created.status_code == 201
    assert created.headers["content-type"] == "application/json"
    assert created.json() == {
        "id": "00000000-0000-0000-0000-000000000001",
        "user_id": "ada",
        "title": "Buy honey",
        "description": "Two jars",
        "is_completed": False,
        "completed_at": None,
        "created_at": "2026-05-04T12:00:00.123456Z",
        "updated_at": "2026-05-04T12:00:00.123456Z",
        "revision": 1,
    }


async def test_a_title_is_enough(ada: httpx.AsyncClient) -> None:
    task = (await ada.post(TASKS, json={"title": "Buy honey"})).json()

    assert (task["title"], task["description"], task["is_completed"]) == ("Buy honey", None, False)


async def test_the_location_leads_to_the_task(ada: httpx.AsyncClient) -> None:
    created = await ada.post(TASKS, json={"title": "Buy honey"})

    assert created.headers["location"] == f"{TASKS}/{created.json()['id']}"
    assert (await ada.get(created.headers["location"])).json() == created.json()


async def test_the_etag_is_the_revision(ada: httpx.AsyncClient) -> None:
    for revision in (1, 2):
        created = await ada.post(TASKS, json={"title": "Buy honey"})
        assert created.json()["revision"] == revision
        assert created.headers["etag"] == f'"{revision}"'


async def test_the_answer_is_for_this_user_alone_to_keep(ada: httpx.AsyncClient) -> None:
    created = await ada.post(TASKS, json={"title": "Buy honey"})

    assert created.headers["cache-control"] == "private, no-cache"


async def test_a_task_may_be_born_completed(ada: httpx.AsyncClient) -> None:
    task = (await ada.post(TASKS, json={"title": "Buy honey", "is_completed": True})).json()

    assert task["is_completed"] is True
    assert task["completed_at"] == task["created_at"]


async def test_other_fields_are_ignored(ada: httpx.AsyncClient) -> None:
    others = {"user_id": "bob", "owner": "bob", "revision": 9, "created_at": "1999", "x": [{}]}

    created = await ada.post(TASKS, json={"title": "Buy honey", **others})

    assert created.status_code == 201
    assert (created.json()["user_id"], created.json()["revision"]) == ("ada", 1)
    assert created.json()["created_at"] == "2026-05-04T12:00:00Z"


async def test_surrounding_white_space_is_cut(ada: httpx.AsyncClient) -> None:
    body = {"title": "  Buy honey\n", "description": " \n"}

    task = (await ada.post(TASKS, json=body)).json()

    assert (task["title"], task["description"]) == ("Buy honey", None)


async def test_any_script_comes_back_as_it_was(ada: httpx.AsyncClient) -> None:
    title = "\N{HONEYBEE} m\u00e9l \u8702\u871c \u202eabc"

    assert (await ada.post(TASKS, json={"title": title})).json()["title"] == title


@pytest.mark.parametrize("written", [HERS, HERS.upper(), HERS.replace("-", "")])
async def test_a_client_may_bring_the_id(ada: httpx.AsyncClient, written: str) -> None:
    created = await ada.post(TASKS, json={"title": "Buy honey", "id": written})

    assert created.status_code == 201
    assert created.json()["id"] == HERS
    assert created.headers["location"] == f"{TASKS}/{HERS}"


async def test_an_id_of_null_is_none_brought(ada: httpx.AsyncClient) -> None:
    created = await ada.post(TASKS, json={"title": "Buy honey", "id": None})

    assert created.json()["id"] == str(UUID(int=1))


async def test_who_asks_again_gets_the_task_that_is_there(
    ada: httpx.AsyncClient, memory: MemoryTasks, clock: HandClock
) -> None:
    new = {"title": "Buy honey", "description": "Two jars", "is_completed": True, "id": HERS}
    first = await ada.post(TASKS, json=new)
    clock.advance()

    again = await ada.post(TASKS, json={**new, "title": " Buy honey ", "unknown": 1})

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["content-location"] == first.headers["location"] == f"{TASKS}/{HERS}"
    assert "location" not in again.headers
    assert memory.users[UserId("ada")].revision == 1


async def test_who_asks_again_for_little_gets_the_tag(ada: httpx.AsyncClient) -> None:
    new, minimal = {"title": "Buy honey", "id": HERS}, {"Prefer": "return=minimal"}
    first = await ada.post(TASKS, json=new, headers=minimal)
    again = await ada.post(TASKS, json=new, headers=minimal)

    assert [(each.status_code, each.content) for each in (first, again)] == [(201, b""), (204, b"")]
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["content-location"] == f"{TASKS}/{HERS}"
    assert again.headers["preference-applied"] == "return=minimal"


@pytest.mark.parametrize(
    "other",
    [
        {"title": "second"},
        {"title": "First"},
        {"title": "first", "description": "x"},
        {"title": "first", "is_completed": True},
    ],
    ids=str,
)
async def test_an_id_that_is_a_different_tasks_is_a_conflict(
    ada: httpx.AsyncClient, other: dict[str, Any]
) -> None:
    first = await ada.post(TASKS, json={"title": "first", "id": HERS})

    second = await ada.post(TASKS, json={**other, "id": HERS})

    problem(second, 409, "task_id_taken")
    assert (await ada.get(f"{TASKS}/{HERS}")).json() == first.json()


async def test_what_has_changed_since_is_a_different_task(ada: httpx.AsyncClient) -> None:
    await ada.post(TASKS, json={"title": "first", "id": HERS})
    await ada.put(f"{TASKS}/{HERS}", json={"title": "changed"})

    problem(await ada.post(TASKS, json={"title": "first", "id": HERS}), 409, "task_id_taken")


@pytest.mark.parametrize("headers", [{}, {"If-None-Match": "*"}], ids=str)
@pytest.mark.parametrize("query", ["", "?permanent=true"])
async def test_the_id_of_a_deleted_task_stays_taken(
    ada: httpx.AsyncClient, headers: dict[str, str], query: str
) -> None:
    await ada.post(TASKS, json={"title": "first", "id": HERS})
    await ada.delete(f"{TASKS}/{HERS}{query}")

    again = await ada.post(TASKS, json={"title": "first", "id": HERS}, headers=headers)

    problem(again, 409, "task_id_taken")


async def test_another_users_id_is_not_taken(
    ada: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    his = await bob.post("/api/bob/tasks", json={"title": "Sell honey", "id": HERS})
    hers = await ada.post(TASKS, json={"title": "Buy honey", "id": HERS})

    assert (his.status_code, hers.status_code) == (201, 201)
    assert (await bob.get(f"/api/bob/tasks/{HERS}")).json() == his.json()


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/title", "required"),
        ({"Title": "Buy honey"}, "/title", "required"),
        ({"title": None}, "/title", "invalid"),
        ({"title": 5}, "/title", "invalid"),
        ({"title": True}, "/title", "invalid"),
        ({"title": ["Buy honey"]}, "/title", "invalid"),
        ({"title": {"en": "Buy honey"}}, "/title", "invalid"),
        ({"title": ""}, "/title", "blank"),
        ({"title": " \t\n"}, "/title", "blank"),
        ({"title": "x" * 256}, "/title", "too_long"),
        ({"title": "Buy\0honey"}, "/title", "forbidden_character"),
        ({"title": "Buy\nhoney"}, "/title", "forbidden_character"),
        ({"title": "x", "description": 5}, "/description", "invalid"),
        ({"title": "x", "description": "x" * 10_001}, "/description", "too_long"),
        ({"title": "x", "description": "\0"}, "/description", "forbidden_character"),
        ({"title": "x", "is_completed": None}, "/is_completed", "invalid"),
        ({"title": "x", "is_completed": 1}, "/is_completed", "invalid"),
        ({"title": "x", "is_completed": "true"}, "/is_completed", "invalid"),
        ({"title": "x", "id": ""}, "/id", "invalid"),
        ({"title": "x", "id": "42"}, "/id", "invalid"),
        ({"title": "x", "id": 42}, "/id", "invalid"),
    ],
)
async def test_a_value_that_breaks_a_rule_is_pointed_at(
    ada: httpx.AsyncClient, memory: MemoryTasks, body: dict[str, Any], pointer: str, code: str
) -> None:
    refused = problem(await ada.post(TASKS, json=body), 422, "invalid_values")

    assert [(each["pointer"], each["code"]) for each in refused["errors"]] == [(pointer, code)]
    assert refused["detail"] == refused["errors"][0]["detail"]
    assert not memory.users


async def test_every_broken_rule_is_told_at_once(ada: httpx.AsyncClient) -> None:
    body = {"title": "", "description": "\0" * 10_001}

    refused = problem(await ada.post(TASKS, json=body), 422, "invalid_values")

    assert [(each["pointer"], each["code"]) for each in refused["errors"]] == [
        ("/title", "blank"),
        ("/description", "too_long"),
        ("/description", "forbidden_character"),
    ]
    assert refused["detail"] == " ".join(each["detail"] for each in refused["errors"])
