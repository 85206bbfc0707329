"""DELETE /api/{user_id}/tasks/{id}"""

import httpx
import pytest

from tests.support.serving import NEVER_WAS, problem

TASKS = "/api/ada/tasks"


async def test_a_task_is_deleted_without_a_word(ada: httpx.AsyncClient) -> None:
    location = (await ada.post(TASKS, json={"title": "Buy honey"})).headers["location"]

    deleted = await ada.delete(location)

    assert deleted.status_code == 204
    assert deleted.content == b""
    assert not {"content-type", "content-length", "etag"} & deleted.headers.keys()


@pytest.mark.parametrize(
    ("method", "below"),
    [("GET", ""), ("PUT", ""), ("PATCH", ""), ("DELETE", ""), ("PATCH", "/complete")],
)
async def test_a_deleted_task_is_not_found(ada: httpx.AsyncClient, method: str, below: str) -> None:
    location = (await ada.post(TASKS, json={"title": "Buy honey"})).headers["location"]
    await ada.delete(location)

    body = None if method in ("GET", "DELETE") else b"{}"
    answer = await ada.request(method, location + below, content=body)

    problem(answer, 404, "task_not_found")


async def test_a_deleted_task_leaves_the_list(ada: httpx.AsyncClient) -> None:
    location = (await ada.post(TASKS, json={"title": "Buy honey"})).headers["location"]
    kept = await ada.post(TASKS, json={"title": "Buy wax"})

    await ada.delete(location)

    assert (await ada.get(TASKS)).json() == [kept.json()]


async def test_a_task_that_never_was_is_not_found(ada: httpx.AsyncClient) -> None:
    problem(await ada.delete(f"{TASKS}/{NEVER_WAS}"), 404, "task_not_found")
