"""DELETE /api/{user_id}"""

import httpx
import pytest
from litestar.types import ASGIApp

from honeydo.adapters.memory import MemoryTasks
from honeydo.application.errors import Unavailable
from honeydo.domain.user import UserId
from tests.support.determined import HandClock
from tests.support.serving import application, client, problem

TASKS = "/api/me/tasks"


@pytest.mark.parametrize("named", ["ada", "me"])
async def test_a_user_is_erased_without_a_word(
    ada: httpx.AsyncClient, memory: MemoryTasks, named: str
) -> None:
    location = (await ada.post(TASKS, json={"title": "Buy honey"})).headers["location"]
    await ada.post(TASKS, json={"title": "Buy wax"})
    await ada.delete(location)

    erased = await ada.delete(f"/api/{named}")

    assert (erased.status_code, erased.content) == (204, b"")
    assert not {"content-type", "content-length"} & erased.headers.keys()
    assert memory.users == {}


async def test_a_browser_is_told_to_forget_too(ada: httpx.AsyncClient) -> None:
    assert (await ada.delete("/api/me")).headers["clear-site-data"] == '"cache"'


async def test_once_is_enough(ada: httpx.AsyncClient) -> None:
    await ada.post(TASKS, json={"title": "Buy honey"})

    assert [(await ada.delete("/api/me")).status_code for _ in range(3)] == [204] * 3


async def test_a_user_who_never_was_is_erased_too(
    ada: httpx.AsyncClient, memory: MemoryTasks
) -> None:
    assert (await ada.delete("/api/me")).status_code == 204
    assert memory.users == {}


async def test_nothing_can_be_read_afterwards(ada: httpx.AsyncClient) -> None:
    location = (await ada.post(TASKS, json={"title": "Buy honey"})).headers["location"]
    await ada.delete("/api/me")

    problem(await ada.get(location), 404, "task_not_found")
    assert (await ada.get(TASKS)).json() == []
    assert (await ada.get("/api/me/export")).content == b""


async def test_a_copy_of_the_list_is_not_taken_for_the_new_one(ada: httpx.AsyncClient) -> None:
    await ada.post(TASKS, json={"title": "Buy honey"})
    etag = (await ada.get(TASKS)).headers["etag"]
    await ada.delete("/api/me")

    assert (await ada.get(TASKS, headers={"If-None-Match": etag})).status_code == 200


async def test_nor_if_as_much_has_been_written_since(
    ada: httpx.AsyncClient, clock: HandClock
) -> None:
    await ada.post(TASKS, json={"title": "Buy honey"})
    etag = (await ada.get(TASKS)).headers["etag"]
    await ada.delete("/api/me")
    clock.advance()
    await ada.post(TASKS, json={"title": "Buy wax"})

    assert (await ada.get(TASKS, headers={"If-None-Match": etag})).status_code == 200


async def test_whoever_writes_again_begins_anew(ada: httpx.AsyncClient) -> None:
    await ada.post(TASKS, json={"title": "Buy honey"})
    await ada.delete("/api/me")

    created = await ada.post(TASKS, json={"title": "Buy wax"})

    assert created.json()["revision"] == 1
    assert (await ada.get(TASKS)).json() == [created.json()]


async def test_anothers_data_stays(
    ada: httpx.AsyncClient, bob: httpx.AsyncClient, memory: MemoryTasks
) -> None:
    await ada.post(TASKS, json={"title": "Buy honey"})

    problem(await bob.delete("/api/ada"), 403, "not_your_collection")
    await bob.delete("/api/me")

    assert memory.users.keys() == {"ada"}


async def test_a_name_with_a_slash_is_erased_as_me(app: ASGIApp, memory: MemoryTasks) -> None:
    someone = client(app, "git/hub|42")
    await someone.post(TASKS, json={"title": "Buy honey"})

    assert (await someone.delete("/api/me")).status_code == 204
    assert memory.users == {}


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH"])
async def test_there_is_nothing_else_to_do_with_a_user(ada: httpx.AsyncClient, method: str) -> None:
    answer = await ada.request(method, "/api/me")

    assert answer.status_code == 405
    assert {*answer.headers["allow"].split(", ")} == {"DELETE", "OPTIONS"}


@pytest.mark.parametrize("below", ["/", "//", "%2F", "/tasks/../"])
async def test_a_task_with_a_broken_id_does_not_end_everything(
    ada: httpx.AsyncClient, memory: MemoryTasks, below: str
) -> None:
    await ada.post(TASKS, json={"title": "Buy honey"})

    assert (await ada.delete(f"/api/me{below}")).status_code in (400, 404)
    assert memory.users.keys() == {"ada"}


async def test_while_the_store_is_down_nothing_is_promised() -> None:
    class Down(MemoryTasks):
        async def erase(self, owner: UserId) -> bool:
            raise Unavailable from ConnectionError(owner)

    answer = await client(application(Down()), "ada").delete("/api/me")

    problem(answer, 503, "unavailable")
