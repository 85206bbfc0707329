"""GET /api/{user_id}/changes: what has changed since the last time."""

from base64 import urlsafe_b64encode
from datetime import timedelta
from struct import pack
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from honeydo.adapters.http.feed import cursor_from, cursor_text
from honeydo.adapters.memory import MemoryTasks, MemoryUpkeep
from honeydo.application.upkeep import Purge
from honeydo.domain.changes import ChangeCursor
from tests.support.determined import HandClock
from tests.support.serving import problem
from tests.support.values import times

FEED = "/api/me/changes"
NEVER = -(2**63)


async def create(user: httpx.AsyncClient, title: str) -> dict[str, Any]:
    task: dict[str, Any] = (await user.post("/api/me/tasks", json={"title": title})).json()
    return task


async def feed(user: httpx.AsyncClient, **query: Any) -> dict[str, Any]:
    answer = await user.get(FEED, params=query)
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    return body


async def test_a_change_is_the_task_as_it_is_now(ada: httpx.AsyncClient) -> None:
    task = await create(ada, "Buy honey")

    body = await feed(ada)

    assert body["changes"] == [{"id": task["id"], "revision": 1, "deleted": False, "task": task}]
    assert body["has_more"] is False
    assert body.keys() == {"changes", "cursor", "has_more"}


async def test_what_is_deleted_is_told_by_its_id_alone(ada: httpx.AsyncClient) -> None:
    task = await create(ada, "Buy honey")
    await ada.delete(f"/api/me/tasks/{task['id']}")

    assert (await feed(ada))["changes"] == [{"id": task["id"], "revision": 2, "deleted": True}]


async def test_the_cursor_goes_on_where_the_page_ended(ada: httpx.AsyncClient) -> None:
    for title in "abc":
        await create(ada, title)

    first = await feed(ada, limit=2)
    rest = await feed(ada, since=first["cursor"])

    assert [each["task"]["title"] for each in first["changes"]] == ["a", "b"]
    assert first["has_more"] is True
    assert [each["task"]["title"] for each in rest["changes"]] == ["c"]
    assert (await feed(ada, since=rest["cursor"]))["changes"] == []


async def test_an_empty_cursor_is_the_beginning(ada: httpx.AsyncClient) -> None:
    await create(ada, "Buy honey")

    assert await feed(ada, since="") == await feed(ada)


async def test_a_user_who_is_new_has_a_cursor_too(ada: httpx.AsyncClient) -> None:
    cursor = (await feed(ada))["cursor"]
    await create(ada, "Buy honey")

    assert len((await feed(ada, since=cursor))["changes"]) == 1


async def test_the_browser_asks_again_each_time(ada: httpx.AsyncClient) -> None:
    answer = await ada.get(FEED)

    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["vary"] == "Authorization"
    assert (await ada.head(FEED)).status_code == 200


async def test_of_a_cursor_that_has_expired_it_is_said_what_to_do(
    ada: httpx.AsyncClient, memory: MemoryTasks, clock: HandClock
) -> None:
    task = await create(ada, "Buy honey")
    cursor = (await feed(ada))["cursor"]
    await ada.delete(f"/api/me/tasks/{task['id']}")
    clock.advance()
    await Purge(MemoryUpkeep(memory.users), clock, timedelta(0))()

    refusal = problem(await ada.get(FEED, params={"since": cursor}), 410, "cursor_expired")

    assert "drop your copy and start over" in refusal["detail"]
    assert (await feed(ada))["changes"] == []


async def test_others_feeds_are_refused(ada: httpx.AsyncClient, bob: httpx.AsyncClient) -> None:
    await create(ada, "Buy honey")

    problem(await bob.get("/api/ada/changes"), 403, "not_your_collection")
    assert (await feed(bob))["changes"] == []


async def test_anothers_cursor_opens_nothing_of_theirs(
    ada: httpx.AsyncClient, bob: httpx.AsyncClient, clock: HandClock
) -> None:
    await create(ada, "Buy honey")
    clock.advance()
    await create(bob, "Keep bees")
    cursor = (await feed(ada))["cursor"]

    problem(await bob.get(FEED, params={"since": cursor}), 410, "cursor_expired")


def text(*numbers: int) -> str:
    return urlsafe_b64encode(pack(f"!{len(numbers)}q", *numbers)).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        " ",
        "0",
        "\0",
        "é" * 32,
        "A" * 31,
        "A" * 33,
        "A" * 4_000,
        "+" * 32,
        "A" * 31 + "=",
        f"{text(0, 1, 0)}\n",
        text(0, 1),
        text(0, 1, 0, 0),
        text(0, -1, 0),
        text(0, 1, -1),
        text(NEVER, NEVER, NEVER),
        text(NEVER + 1, 1, 1),
        text(2**63 - 1, 1, 1),
    ],
)
async def test_what_is_no_cursor_is_refused(ada: httpx.AsyncClient, cursor: str) -> None:
    problem(await ada.get(FEED, params={"since": cursor}), 400, "invalid_cursor")


@pytest.mark.parametrize(
    "numbers",
    [(0, 1, 0), (NEVER, 1, 0), (0, 2**63 - 1, 2**63 - 1), (-1, 2**63 - 1, 0)],
)
async def test_a_cursor_that_was_made_up_has_expired(
    ada: httpx.AsyncClient, numbers: tuple[int, ...]
) -> None:
    await create(ada, "Buy honey")

    problem(await ada.get(FEED, params={"since": text(*numbers)}), 410, "cursor_expired")


@pytest.mark.parametrize(
    "limit", ["0", "1001", "-1", "1.5", "x", "", "99999999999999999999", "\uff11"]
)
async def test_a_page_has_1_to_1000_changes(ada: httpx.AsyncClient, limit: str) -> None:
    problem(await ada.get(FEED, params={"limit": limit}), 400, "invalid_query")


async def test_a_parameter_is_given_once(ada: httpx.AsyncClient) -> None:
    problem(await ada.get(f"{FEED}?limit=1&limit=2"), 400, "invalid_query")


counts = st.integers(0, 2**63 - 1)


@given(began_at=st.none() | times, revision=counts, purged=counts)
def test_a_cursor_travels_unchanged(began_at: Any, revision: int, purged: int) -> None:
    cursor = ChangeCursor(began_at, revision, purged)

    assert cursor_from(cursor_text(cursor)) == cursor
