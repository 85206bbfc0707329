"""PATCH /api/{user_id}/tasks/{id}/complete"""

from typing import Any

import httpx
import pytest

from tests.support.determined import HandClock
from tests.support.serving import NEVER_WAS, problem

TASKS = "/api/ada/tasks"

a_toggle = pytest.mark.parametrize(
    "body",
    [b"", b"{}", b'{"user_id": "ada", "title": "Buy wax"}'],
    ids=["no body", "an empty object", "other fields alone"],
)


async def new(ada: httpx.AsyncClient, *, is_completed: bool) -> str:
    """The location of a new task."""
    created = await ada.post(TASKS, json={"title": "Buy honey", "is_completed": is_completed})
    return str(created.headers["location"])


@a_toggle
async def test_a_toggle_completes_an_open_task(
    ada: httpx.AsyncClient, clock: HandClock, body: bytes
) -> None:
    location = await new(ada, is_completed=False)
    clock.advance(60)

    completed = await ada.patch(f"{location}/complete", content=body)

    assert completed.status_code == 200
    assert completed.headers["etag"] == '"2"'
    assert completed.headers["cache-control"] == "private, no-cache"
    assert completed.json() == (await ada.get(location)).json()
    assert completed.json()["is_completed"] is True
    assert completed.json()["completed_at"] == "2026-05-04T12:01:00Z"


@a_toggle
async def test_a_toggle_reopens_a_completed_task(ada: httpx.AsyncClient, body: bytes) -> None:
    location = await new(ada, is_completed=True)

    task = (await ada.patch(f"{location}/complete", content=body)).json()

    assert (task["is_completed"], task["completed_at"]) == (False, None)


async def test_a_toggle_without_a_body_may_say_any_content_type(ada: httpx.AsyncClient) -> None:
    location = await new(ada, is_completed=False)

    for media_type in ("application/json", "application/x-www-form-urlencoded"):
        toggled = await ada.patch(f"{location}/complete", headers={"Content-Type": media_type})
        assert toggled.status_code == 200


@pytest.mark.parametrize("was", [False, True])
@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({"is_completed": True}, True),
        ({"is_completed": False}, False),
        ({"completed": True}, True),
        ({"completed": False}, False),
        ({"is_completed": True, "completed": False}, True),
        ({"is_completed": False, "completed": True}, False),
    ],
)
async def test_a_named_state_is_set_whatever_it_was(
    ada: httpx.AsyncClient, was: bool, body: Any, wanted: bool
) -> None:
    location = await new(ada, is_completed=was)

    task = (await ada.patch(f"{location}/complete", json=body)).json()

    assert task["is_completed"] is wanted
    assert (task["completed_at"] is not None) is wanted


@pytest.mark.parametrize("wanted", [True, False])
async def test_to_set_a_state_again_changes_nothing(
    ada: httpx.AsyncClient, clock: HandClock, wanted: bool
) -> None:
    location = await new(ada, is_completed=not wanted)
    first = await ada.patch(f"{location}/complete", json={"is_completed": wanted})
    clock.advance()

    again = await ada.patch(f"{location}/complete", json={"is_completed": wanted})

    assert again.json() == first.json()
    assert again.headers["etag"] == first.headers["etag"]


@pytest.mark.parametrize("field", ["is_completed", "completed"])
@pytest.mark.parametrize("value", [None, 1, "true", [True]])
async def test_a_state_that_is_neither_changes_nothing(
    ada: httpx.AsyncClient, field: str, value: Any
) -> None:
    location = await new(ada, is_completed=False)

    refused = await ada.patch(f"{location}/complete", json={field: value})

    errors = problem(refused, 422, "invalid_values")["errors"]
    assert [(each["pointer"], each["code"]) for each in errors] == [(f"/{field}", "invalid")]
    assert (await ada.get(location)).json()["is_completed"] is False


async def test_a_task_that_never_was_is_not_found(ada: httpx.AsyncClient) -> None:
    problem(await ada.patch(f"{TASKS}/{NEVER_WAS}/complete"), 404, "task_not_found")
