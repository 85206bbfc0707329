"""Conditional requests (RFC 9110, section 13)."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from honeydo.adapters.http.options import HttpOptions
from honeydo.adapters.memory import MemoryTasks
from tests.support.serving import application, client, problem

TASKS = "/api/ada/tasks"
CHANGES: dict[str, tuple[str, str, Any]] = {
    "PUT": ("PUT", "", {"title": "Sell honey"}),
    "PATCH": ("PATCH", "", {"title": "Sell honey"}),
    "toggle": ("PATCH", "/complete", None),
    "complete": ("PATCH", "/complete", {"is_completed": True}),
    "DELETE": ("DELETE", "", None),
}
by_every_change = pytest.mark.parametrize(
    ("method", "path", "body"), CHANGES.values(), ids=CHANGES.keys()
)


@pytest.fixture
async def honey(ada: httpx.AsyncClient) -> httpx.Response:
    return await ada.post(TASKS, json={"title": "Buy honey"})


async def change(
    user: httpx.AsyncClient, task: httpx.Response, method: str, path: str, body: Any, **headers: str
) -> httpx.Response:
    # Headers as a browser's `If-Match`; keywords cannot have a hyphen.
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    content = {} if body is None else {"json": body}
    return await user.request(method, task.headers["location"] + path, headers=named, **content)


@contextmanager
def interrupted_after(seconds: int) -> Iterator[None]:
    """Even where the event loop is held up, which no `asyncio.timeout` ends."""

    def interrupt(*_: object) -> None:
        raise TimeoutError

    former = signal.signal(signal.SIGALRM, interrupt)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, former)


# If-Match


@by_every_change
async def test_a_change_to_what_one_knows_is_made(
    ada: httpx.AsyncClient, honey: httpx.Response, method: str, path: str, body: Any
) -> None:
    changed = await change(ada, honey, method, path, body, if_match=honey.headers["etag"])

    assert changed.is_success


@by_every_change
async def test_a_change_to_what_has_changed_is_refused_with_what_it_is_now(
    ada: httpx.AsyncClient, honey: httpx.Response, method: str, path: str, body: Any
) -> None:
    now = await ada.put(honey.headers["location"], json={"description": "From the market"})

    refused = await change(ada, honey, method, path, body, if_match=honey.headers["etag"])

    task = refused.json().pop("task")
    assert refused.status_code == 412
    assert refused.json()["code"] == "precondition_failed"
    assert task == now.json()
    assert refused.headers["etag"] == now.headers["etag"]
    assert (await ada.get(honey.headers["location"])).json() == now.json()


@pytest.mark.parametrize("tags", ["*", '"1"', '"7", "1"', ' "x" ,, "1" ', 'W/"3", "1"'])
async def test_any_of_the_tags_may_match(
    ada: httpx.AsyncClient, honey: httpx.Response, tags: str
) -> None:
    assert (await change(ada, honey, *CHANGES["PUT"], if_match=tags)).status_code == 200


@pytest.mark.parametrize("tags", ['W/"1"', '"01"', '"1-abc"', '"one"', '""', f'"{"9" * 400}"'])
async def test_only_the_strong_tag_of_the_task_matches(
    ada: httpx.AsyncClient, honey: httpx.Response, tags: str
) -> None:
    assert (await change(ada, honey, *CHANGES["PUT"], if_match=tags)).status_code == 412


@pytest.mark.parametrize("tags", ["1", "", '"1', '"1" "2"', "*, *", 'w/"1"', '"1", x'])
@pytest.mark.parametrize("name", ["If-Match", "If-None-Match"])
async def test_what_is_no_list_of_tags_is_refused(
    ada: httpx.AsyncClient, honey: httpx.Response, name: str, tags: str
) -> None:
    if name == "If-Match":
        refused = await change(ada, honey, *CHANGES["PUT"], if_match=tags)
    else:
        refused = await ada.get(honey.headers["location"], headers={name: tags})

    problem(refused, 400, "invalid_header")


async def test_a_long_header_holds_up_nobody(ada: httpx.AsyncClient, honey: httpx.Response) -> None:
    blanks = '"1",' + " " * 1_000_000 + "x"

    with interrupted_after(seconds=30):
        refused = await change(ada, honey, *CHANGES["PUT"], if_match=blanks)

    problem(refused, 400, "invalid_header")


async def test_a_task_that_is_not_there_is_not_found_whatever_is_expected(
    ada: httpx.AsyncClient, honey: httpx.Response
) -> None:
    await ada.delete(honey.headers["location"])

    problem(await change(ada, honey, *CHANGES["PUT"], if_match='"1"'), 404, "task_not_found")


async def test_another_users_tag_tells_nothing(
    bob: httpx.AsyncClient, honey: httpx.Response
) -> None:
    address = honey.headers["location"].replace("/ada/", "/bob/")

    refused = await bob.put(address, json={"title": "Mine"}, headers={"If-Match": '"1"'})

    problem(refused, 404, "task_not_found")


# 428, by setting


@pytest.fixture
def careful() -> httpx.AsyncClient:
    return client(application(MemoryTasks(), HttpOptions(require_if_match=True)), "ada")


@by_every_change
async def test_where_it_is_required_a_change_must_say_what_it_changes(
    careful: httpx.AsyncClient, method: str, path: str, body: Any
) -> None:
    honey = await careful.post(TASKS, json={"title": "Buy honey"})

    problem(await change(careful, honey, method, path, body), 428, "precondition_required")

    assert (await careful.get(honey.headers["location"])).headers["etag"] == '"1"'
    assert (await change(careful, honey, method, path, body, if_match='"1"')).is_success


# If-None-Match


@pytest.mark.parametrize("tags", ['"1"', 'W/"1"', '"0", "1"', "*"])
async def test_a_task_that_one_knows_is_not_sent_again(
    ada: httpx.AsyncClient, honey: httpx.Response, tags: str
) -> None:
    again = await ada.get(honey.headers["location"], headers={"If-None-Match": tags})

    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["etag"] == '"1"'
    assert again.headers["cache-control"] == "private, no-cache"


async def test_a_task_that_has_changed_is_sent(
    ada: httpx.AsyncClient, honey: httpx.Response
) -> None:
    await ada.patch(f"{honey.headers['location']}/complete")

    again = await ada.get(honey.headers["location"], headers={"If-None-Match": '"1"'})

    assert again.status_code == 200
    assert again.json()["is_completed"] is True


@pytest.mark.parametrize("query", ["", "?completed=false", "?limit=1", "?limit=1&completed=true"])
async def test_a_list_is_sent_again_only_after_a_change(
    ada: httpx.AsyncClient, honey: httpx.Response, query: str
) -> None:
    first = await ada.get(TASKS + query)
    known = {"If-None-Match": first.headers["etag"]}

    assert (await ada.get(TASKS + query, headers=known)).status_code == 304

    await ada.patch(f"{honey.headers['location']}/complete")

    assert (await ada.get(TASKS + query, headers=known)).status_code == 200


async def test_an_empty_list_has_a_tag_too(ada: httpx.AsyncClient) -> None:
    known = {"If-None-Match": (await ada.get(TASKS)).headers["etag"]}

    assert (await ada.get(TASKS, headers=known)).status_code == 304

    await ada.post(TASKS, json={"title": "Buy honey"})

    assert (await ada.get(TASKS, headers=known)).status_code == 200


async def test_tags_of_other_questions_and_other_users_are_others(
    ada: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    for user in (ada, bob):
        await user.post("/api/me/tasks", json={"title": "Buy honey"})
    tags = [
        (await user.get(f"/api/me/tasks{query}")).headers["etag"]
        for user in (ada, bob)
        for query in ("", "?limit=1", "?completed=true")
    ]

    assert len({*tags}) == len(tags)


async def test_a_question_that_is_wrong_is_refused_before_it_is_compared(
    ada: httpx.AsyncClient,
) -> None:
    refused = await ada.get(f"{TASKS}?limit=0", headers={"If-None-Match": "*"})

    problem(refused, 400, "invalid_query")


async def test_a_browser_keeps_nothing_for_the_next_user(
    ada: httpx.AsyncClient, honey: httpx.Response
) -> None:
    known = {"If-None-Match": honey.headers["etag"]}
    location = honey.headers["location"]
    answers = [honey, await ada.get(location), await ada.get(location, headers=known)]

    assert [answer.headers["vary"] for answer in answers] == ["Authorization"] * 3
    assert (await ada.get(TASKS)).headers["vary"] == "Authorization, Prefer"


# If-None-Match: * on create


async def test_a_task_is_made_only_if_it_is_new(ada: httpx.AsyncClient) -> None:
    task = {"id": "1b4e28ba-2fa1-41d2-883f-0016d3cca427", "title": "Buy honey"}
    made = await ada.post(TASKS, json=task, headers={"If-None-Match": "*"})
    again = await ada.post(TASKS, json=task, headers={"If-None-Match": "*"})

    assert made.status_code == 201
    assert again.status_code == 412
    assert again.json()["task"] == made.json()
