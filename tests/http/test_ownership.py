"""Whoever asks in whatever wrong way: nothing is told, nothing is changed."""

from copy import deepcopy
from typing import Any

import httpx
import pytest
from litestar.types import ASGIApp

from honeydo.adapters.memory import MemoryTasks
from tests.support.serving import NEVER_WAS, client, problem

HERS = "1b4e28ba-2fa1-41d2-883f-0016d3cca427"

ON_A_COLLECTION = [
    ("GET", "", None),
    ("GET", "?deleted=true", None),
    ("POST", "", {"title": "Eaten"}),
    ("POST", "", {"title": "Buy honey", "id": HERS}),
    ("HEAD", "", None),
]
ON_A_TASK = [
    ("GET", "", None),
    ("PUT", "", {"title": "Eaten"}),
    ("PATCH", "", {"title": "Eaten"}),
    ("DELETE", "", None),
    ("DELETE", "?permanent=true", None),
    ("POST", "/restore", None),
    ("PATCH", "/complete", None),
    ("PATCH", "/complete", {"is_completed": True}),
    ("HEAD", "", None),
]
EVERYWHERE = [
    ("DELETE", "", None),
    ("GET", "/export", None),
    ("HEAD", "/export", None),
    *((method, f"/tasks{below}", body) for method, below, body in ON_A_COLLECTION),
    *((method, f"/tasks/{HERS}{below}", body) for method, below, body in ON_A_TASK),
]

everywhere = pytest.mark.parametrize(("method", "below", "body"), EVERYWHERE)


@pytest.fixture(autouse=True)
async def _her_tasks_stay_as_they_are(ada: httpx.AsyncClient, memory: MemoryTasks) -> Any:
    await ada.post("/api/ada/tasks", json={"title": "Buy honey", "id": HERS})
    await ada.post("/api/ada/tasks", json={"title": "Buy wax"})
    before = deepcopy(memory.users)
    yield
    assert memory.users == before


def nameless(response: httpx.Response) -> tuple[int, bytes, list[tuple[str, str]]]:
    """All of an answer but for the request's id."""
    request_id = response.headers.pop("x-request-id")
    body = response.content.replace(request_id.encode(), b"")
    return response.status_code, body, response.headers.multi_items()


@everywhere
async def test_anothers_collection_is_refused_whether_or_not_they_exist(
    bob: httpx.AsyncClient, method: str, below: str, body: Any
) -> None:
    existing = await bob.request(method, f"/api/ada{below}", json=body)
    unheard_of = await bob.request(method, f"/api/adx{below}", json=body)

    if method != "HEAD":
        problem(existing, 403, "not_your_collection")
    assert existing.status_code == 403
    assert nameless(existing) == nameless(unheard_of)


@everywhere
@pytest.mark.parametrize("almost", ["ADA", "ada%20", "%20ada", "ada%00", "ad%C3%A1", "ada.", "%FF"])
async def test_almost_ones_own_name_is_anothers(
    ada: httpx.AsyncClient, almost: str, method: str, below: str, body: Any
) -> None:
    assert (await ada.request(method, f"/api/{almost}{below}", json=body)).status_code == 403


@pytest.mark.parametrize("named", ["bob", "me"])
@pytest.mark.parametrize(("method", "below", "body"), ON_A_TASK)
async def test_anothers_task_cannot_be_told_from_one_that_never_was(
    bob: httpx.AsyncClient, named: str, method: str, below: str, body: Any
) -> None:
    hers = await bob.request(method, f"/api/{named}/tasks/{HERS}{below}", json=body)
    never_was = await bob.request(method, f"/api/{named}/tasks/{NEVER_WAS}{below}", json=body)

    if method != "HEAD":
        problem(hers, 404, "task_not_found")
    assert hers.status_code == 404
    assert nameless(hers) == nameless(never_was)


@everywhere
@pytest.mark.parametrize("named", ["ada", "me", "adx"])
async def test_without_a_token_nothing_is_told(
    nobody: httpx.AsyncClient, named: str, method: str, below: str, body: Any
) -> None:
    answer = await nobody.request(method, f"/api/{named}{below}", json=body)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="honeydo"'


@everywhere
@pytest.mark.parametrize("named", ["ada", "me", "adx"])
async def test_with_a_bad_token_nothing_is_told(
    app: ASGIApp, named: str, method: str, below: str, body: Any
) -> None:
    liar = client(app, Authorization="Bearer ada")

    answer = await liar.request(method, f"/api/{named}{below}", json=body)

    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


async def test_a_list_has_ones_own_tasks_alone(bob: httpx.AsyncClient) -> None:
    assert (await bob.get("/api/bob/tasks")).json() == []


async def test_a_cursor_into_anothers_list_leads_nowhere(
    ada: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    hers = (await ada.get("/api/me/tasks?limit=1")).links["next"]["url"]

    problem(await bob.get(hers), 400, "invalid_cursor")
