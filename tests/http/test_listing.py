"""GET /api/{user_id}/tasks"""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from honeydo.adapters.memory import MemoryTasks
from honeydo.domain.task import Task, TaskId
from honeydo.domain.user import UserId
from tests.support.determined import HandClock
from tests.support.serving import problem
from tests.support.values import NOON

TASKS = "/api/ada/tasks"


@pytest.fixture
async def seven(ada: httpx.AsyncClient, clock: HandClock) -> None:
    """Seven tasks, a second apart but for two; those with even numbers are completed."""
    for number in range(7):
        await ada.post(TASKS, json={"title": f"{number}", "is_completed": number % 2 == 0})
        clock.advance(0 if number == 3 else 1)


async def pages(ada: httpx.AsyncClient, address: str) -> list[list[str]]:
    """The titles of each page from this address on."""
    found = []
    following: str | None = address
    while following:
        page = await ada.get(following)
        assert page.status_code == 200
        found.append([task["title"] for task in page.json()])
        following = page.links.get("next", {}).get("url")
    return found


async def test_who_has_no_tasks_gets_an_empty_array(ada: httpx.AsyncClient) -> None:
    tasks = await ada.get(TASKS)

    assert tasks.status_code == 200
    assert tasks.headers["content-type"] == "application/json"
    assert tasks.json() == []
    assert "link" not in tasks.headers


async def test_tasks_in_a_list_are_as_each_by_itself(ada: httpx.AsyncClient) -> None:
    created = await ada.post(TASKS, json={"title": "Buy honey", "description": "Two jars"})

    assert (await ada.get(TASKS)).json() == [created.json()]


@pytest.mark.usefixtures("seven")
async def test_the_newest_task_comes_first(ada: httpx.AsyncClient) -> None:
    assert await pages(ada, TASKS) == [["6", "5", "4", "3", "2", "1", "0"]]


@pytest.mark.usefixtures("seven")
@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("completed=true", ["6", "4", "2", "0"]),
        ("completed=false", ["5", "3", "1"]),
        ("completed=true&limit=2&x=y", ["6", "4"]),
    ],
)
async def test_the_list_may_be_of_completed_or_of_open_tasks(
    ada: httpx.AsyncClient, query: str, titles: list[str]
) -> None:
    tasks = (await ada.get(f"{TASKS}?{query}")).json()

    assert [task["title"] for task in tasks] == titles


@pytest.mark.usefixtures("seven")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("limit=1", [["6"], ["5"], ["4"], ["3"], ["2"], ["1"], ["0"]]),
        ("limit=3", [["6", "5", "4"], ["3", "2", "1"], ["0"]]),
        ("limit=7", [["6", "5", "4", "3", "2", "1", "0"]]),
        ("limit=1000", [["6", "5", "4", "3", "2", "1", "0"]]),
        ("limit=3&completed=true", [["6", "4", "2"], ["0"]]),
        ("limit=2&completed=false", [["5", "3"], ["1"]]),
    ],
)
async def test_links_lead_through_all_pages(
    ada: httpx.AsyncClient, query: str, expected: list[list[str]]
) -> None:
    assert await pages(ada, f"{TASKS}?{query}") == expected


@pytest.mark.usefixtures("seven")
async def test_a_link_asks_for_the_same_in_the_same_words(ada: httpx.AsyncClient) -> None:
    for collection in (TASKS, "/api/me/tasks"):
        page = await ada.get(f"{collection}?completed=false&limit=2&unknown=1")
        link = urlsplit(page.links["next"]["url"])

        assert page.headers["link"] == f'<{link.geturl()}>; rel="next"'
        assert (link.scheme, link.netloc, link.path) == ("", "", collection)
        assert parse_qs(link.query).keys() == {"completed", "limit", "cursor"}


@pytest.mark.usefixtures("seven")
async def test_what_is_created_or_deleted_meanwhile_moves_no_page(ada: httpx.AsyncClient) -> None:
    first = await ada.get(f"{TASKS}?limit=3")

    await ada.post(TASKS, json={"title": "7"})
    await ada.delete(f"{TASKS}/{first.json()[-1]['id']}")

    assert await pages(ada, first.links["next"]["url"]) == [["3", "2", "1"], ["0"]]


async def test_a_page_has_at_most_a_thousand_tasks(
    ada: httpx.AsyncClient, memory: MemoryTasks
) -> None:
    for number in range(1_001):
        await memory.add(
            Task.create(id=TaskId(int=number), owner=UserId("ada"), title=f"{number}", now=NOON)
        )

    assert [len(page) for page in await pages(ada, TASKS)] == [1_000, 1]


async def test_answers_are_for_this_user_alone_to_keep(ada: httpx.AsyncClient) -> None:
    assert (await ada.get(TASKS)).headers["cache-control"] == "private, no-cache"


async def test_head_has_the_headers_of_get(ada: httpx.AsyncClient) -> None:
    await ada.post(TASKS, json={"title": "1"})
    await ada.post(TASKS, json={"title": "2"})

    head, get = await ada.head(f"{TASKS}?limit=1"), await ada.get(f"{TASKS}?limit=1")

    del head.headers["x-request-id"], get.headers["x-request-id"]
    assert head.headers == get.headers
    assert "link" in head.headers


@pytest.mark.parametrize(
    "query",
    ["x=y", "user_id=bob", "Limit=0", "completed[]=x", "sort=title", "&&=&;", "%FF=%FF", "%"],
)
async def test_unknown_parameters_are_ignored(ada: httpx.AsyncClient, query: str) -> None:
    assert (await ada.get(f"{TASKS}?{query}")).status_code == 200


@pytest.mark.parametrize(
    "limit", ["0", "1001", "9" * 5_000, "-1", "1.5", "1e2", "", "x", "%D9%A1", "+1", "%FF", "%00"]
)
async def test_a_limit_is_a_number_from_1_to_1000(ada: httpx.AsyncClient, limit: str) -> None:
    problem(await ada.get(f"{TASKS}?limit={limit}"), 400, "invalid_query")


@pytest.mark.parametrize("completed", ["", "True", "TRUE", "1", "yes", "null", "%FF", "%00"])
async def test_completed_is_true_or_false(ada: httpx.AsyncClient, completed: str) -> None:
    problem(await ada.get(f"{TASKS}?completed={completed}"), 400, "invalid_query")


@pytest.mark.parametrize(
    "cursor",
    {
        "empty": "",
        "a number": "1",
        "a word": "next",
        "too short": "AAAA",
        "too long": "A" * 36,
        "cut": "A" * 31,
        "not base64": "!" * 32,
        "not ASCII": "%C3%A9" * 32,
        "not UTF-8": "%FF" * 32,
        "before the year 1": "gAAAAAAAAAA" + "A" * 21,
        "after the year 9999": "f_________8" + "A" * 21,
    }.items(),
    ids=lambda cursor: cursor[0],
)
async def test_a_cursor_that_is_none_of_ours_is_a_bad_request(
    ada: httpx.AsyncClient, cursor: tuple[str, str]
) -> None:
    problem(await ada.get(f"{TASKS}?cursor={cursor[1]}"), 400, "invalid_cursor")
