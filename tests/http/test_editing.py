"""PUT and PATCH /api/{user_id}/tasks/{id}: the same, but that PATCH takes merge patches too"""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from tests.support.determined import HandClock
from tests.support.serving import NEVER_WAS, problem

TASKS = "/api/ada/tasks"

Edit = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
async def location(ada: httpx.AsyncClient, clock: HandClock) -> str:
    """Of a task from a minute ago."""
    task = {"title": "Buy honey", "description": "Two jars"}
    created = await ada.post(TASKS, json=task)
    clock.advance(60)
    return str(created.headers["location"])


@pytest.fixture(params=["PUT", "PATCH"])
def edit(request: pytest.FixtureRequest, ada: httpx.AsyncClient, location: str) -> Edit:
    async def edit(body: Any) -> httpx.Response:
        return await ada.request(request.param, location, json=body)

    return edit


@pytest.mark.parametrize(
    ("body", "changed"),
    [
        ({"title": "Buy wax"}, {"title": "Buy wax"}),
        ({"title": " Buy wax "}, {"title": "Buy wax"}),
        ({"description": "Three jars"}, {"description": "Three jars"}),
        ({"description": None}, {"description": None}),
        ({"description": ""}, {"description": None}),
        ({"description": " \n"}, {"description": None}),
        (
            {"is_completed": True},
            {"is_completed": True, "completed_at": "2026-05-04T12:01:00Z"},
        ),
        (
            {"title": "Buy wax", "description": None, "is_completed": True},
            {
                "title": "Buy wax",
                "description": None,
                "is_completed": True,
                "completed_at": "2026-05-04T12:01:00Z",
            },
        ),
    ],
)
async def test_what_is_named_changes_and_the_rest_stays(
    ada: httpx.AsyncClient, location: str, edit: Edit, body: Any, changed: Any
) -> None:
    before = (await ada.get(location)).json()

    edited = await edit(body)

    assert edited.status_code == 200
    assert edited.json() == before | changed | {
        "updated_at": "2026-05-04T12:01:00Z",
        "revision": 2,
    }
    assert edited.headers["etag"] == '"2"'
    assert edited.headers["cache-control"] == "private, no-cache"
    assert (await ada.get(location)).json() == edited.json()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"title": "Buy honey"},
        {"title": "Buy honey", "description": "Two jars", "is_completed": False},
        {"id": str(NEVER_WAS), "user_id": "bob", "completed": True, "revision": 9, "x": {}},
    ],
)
async def test_what_changes_nothing_leaves_the_task_alone(
    ada: httpx.AsyncClient, location: str, edit: Edit, body: Any
) -> None:
    before = await ada.get(location)

    edited = await edit(body)

    assert edited.status_code == 200
    assert edited.json() == before.json()
    assert edited.headers["etag"] == before.headers["etag"]


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"title": None}, "/title", "invalid"),
        ({"title": 5}, "/title", "invalid"),
        ({"title": ""}, "/title", "blank"),
        ({"title": "x" * 256}, "/title", "too_long"),
        ({"description": 5}, "/description", "invalid"),
        ({"description": "x" * 10_001}, "/description", "too_long"),
        ({"is_completed": None}, "/is_completed", "invalid"),
        ({"is_completed": "true"}, "/is_completed", "invalid"),
        ({"title": "Buy wax", "description": "\0"}, "/description", "forbidden_character"),
    ],
)
async def test_an_edit_that_breaks_a_rule_changes_nothing(
    ada: httpx.AsyncClient, location: str, edit: Edit, body: Any, pointer: str, code: str
) -> None:
    before = (await ada.get(location)).json()

    refused = problem(await edit(body), 422, "invalid_values")

    assert [(each["pointer"], each["code"]) for each in refused["errors"]] == [(pointer, code)]
    assert (await ada.get(location)).json() == before


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_a_task_that_never_was_is_not_found(ada: httpx.AsyncClient, method: str) -> None:
    edited = await ada.request(method, f"{TASKS}/{NEVER_WAS}", json={"title": "Buy wax"})

    problem(edited, 404, "task_not_found")


async def test_patch_takes_a_merge_patch(ada: httpx.AsyncClient, location: str) -> None:
    edited = await ada.patch(
        location,
        content=b'{"description": null}',
        headers={"Content-Type": "application/merge-patch+json"},
    )

    assert edited.status_code == 200
    assert edited.json()["description"] is None


async def test_put_takes_no_merge_patch(ada: httpx.AsyncClient, location: str) -> None:
    refused = await ada.put(
        location,
        content=b'{"description": null}',
        headers={"Content-Type": "application/merge-patch+json"},
    )

    problem(refused, 415, "unsupported_media_type")
    assert refused.headers["accept"] == "application/json"
