"""GET and HEAD /api/{user_id}/tasks/{id}"""

import httpx
import pytest

from tests.support.serving import NEVER_WAS, problem

TASKS = "/api/ada/tasks"


async def test_a_task_is_as_it_was_created(ada: httpx.AsyncClient) -> None:
    created = await ada.post(TASKS, json={"title": "Buy honey"})

    got = await ada.get(f"{TASKS}/{created.json()['id']}")

    assert got.status_code == 200
    assert got.json() == created.json()
    assert got.headers["etag"] == '"1"'
    assert got.headers["cache-control"] == "private, no-cache"


async def test_an_id_may_be_written_in_capitals(ada: httpx.AsyncClient) -> None:
    mine = "1b4e28ba-2fa1-41d2-883f-0016d3cca427"
    await ada.post(TASKS, json={"title": "Buy honey", "id": mine})

    assert (await ada.get(f"{TASKS}/{mine.upper()}")).json()["id"] == mine


async def test_head_has_the_headers_of_get(ada: httpx.AsyncClient) -> None:
    location = (await ada.post(TASKS, json={"title": "Buy honey"})).headers["location"]

    head, get = await ada.head(location), await ada.get(location)

    assert head.status_code == get.status_code
    assert head.content == b""
    del head.headers["x-request-id"], get.headers["x-request-id"]
    assert head.headers == get.headers


async def test_a_task_that_never_was_is_not_found(ada: httpx.AsyncClient) -> None:
    problem(await ada.get(f"{TASKS}/{NEVER_WAS}"), 404, "task_not_found")


@pytest.mark.parametrize(
    "written",
    [
        "1",
        "x",
        "1b4e28ba2fa141d2883f0016d3cca427",
        "{1b4e28ba-2fa1-41d2-883f-0016d3cca427}",
        "urn:uuid:1b4e28ba-2fa1-41d2-883f-0016d3cca427",
        "1b4e28ba-2fa1-41d2-883f-0016d3cca427%0A",
        "%201b4e28ba-2fa1-41d2-883f-0016d3cca427",
        "%FF",
        "%00",
        "%D9%A1",
        "undefined",
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
async def test_an_id_that_is_no_uuid_is_a_bad_request(
    ada: httpx.AsyncClient, method: str, written: str
) -> None:
    body = b"{}" if method.startswith("P") else None

    refused = await ada.request(method, f"{TASKS}/{written}", content=body)

    problem(refused, 400, "invalid_task_id")
