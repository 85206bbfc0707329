"""The pages of GET /api/{user_id}/tasks, and the links between them."""

from typing import Final
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from litestar.types import ASGIApp

from honeydo.adapters.http.listing import SORTS
from honeydo.adapters.memory import MemoryTasks
from honeydo.domain.task import Task, TaskId
from honeydo.domain.user import UserId
from tests.support.determined import HandClock
from tests.support.lists import TASKS, asking, pages, titles
from tests.support.serving import application, client
from tests.support.values import NOON

LARGEST_TARGET: Final = 8_192


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
        ("limit=3&sort=title", [["0", "1", "2"], ["3", "4", "5"], ["6"]]),
        ("limit=3&sort=completed_at", [["0", "2", "4"], ["6", "1", "3"], ["5"]]),
        ("limit=3&sort=-completed_at", [["6", "4", "2"], ["0", "5", "3"], ["1"]]),
    ],
)
async def test_links_lead_through_all_pages(
    ada: httpx.AsyncClient, query: str, expected: list[list[str]]
) -> None:
    assert await titles(ada, f"{TASKS}?{query}") == expected


@pytest.mark.usefixtures("seven")
async def test_every_page_links_to_the_first(ada: httpx.AsyncClient) -> None:
    first = await ada.get(f"{TASKS}?limit=4")
    last = await ada.get(first.links["next"]["url"])

    assert first.links["first"]["url"] == last.links["first"]["url"] == f"{TASKS}?limit=4"
    assert first.links.keys() == {"next", "first"}
    assert last.links.keys() == {"first"}


async def test_a_list_without_a_query_links_to_itself(ada: httpx.AsyncClient) -> None:
    assert (await ada.get(TASKS)).headers["link"] == f'<{TASKS}>; rel="first"'


@pytest.mark.usefixtures("seven")
async def test_links_ask_for_the_same_in_words_of_ours(ada: httpx.AsyncClient) -> None:
    asked = {
        "unknown": "1",
        "limit": "02",
        "sort": "-updated_at",
        "updated_since": "2026-05-04t14:00:00.0000+02:00",
        "q": " 1",
        "deleted": "false",
        "completed": "false",
        "created_since": "0001-01-01 00:00:00Z",
    }
    for collection in (TASKS, "/api/me/tasks"):
        await ada.post(TASKS, json={"title": "11"})
        await ada.post(TASKS, json={"title": "111"})
        page = await ada.get(f"{collection}?{urlencode(asked)}")
        following, first = (urlsplit(page.links[rel]["url"]) for rel in ("next", "first"))

        assert page.headers["link"] == (
            f'<{following.geturl()}>; rel="next", <{first.geturl()}>; rel="first"'
        )
        assert (first.scheme, first.netloc, first.path) == ("", "", collection)
        assert parse_qsl(first.query) == [
            ("completed", "false"),
            ("deleted", "false"),
            ("q", "1"),
            ("created_since", "0001-01-01T00:00:00Z"),
            ("updated_since", "2026-05-04T12:00:00Z"),
            ("sort", "-updated_at"),
            ("limit", "2"),
        ]
        assert following.path == collection
        assert parse_qsl(following.query)[:-1] == parse_qsl(first.query)
        assert parse_qs(following.query).keys() - parse_qs(first.query).keys() == {"cursor"}


async def test_the_longest_link_is_an_address_that_we_understand(
    memory: MemoryTasks, app: ASGIApp
) -> None:
    user = UserId("\N{HONEYBEE}" * 255)
    for number in range(2):
        await memory.add(
            Task.create(id=TaskId(int=number), owner=user, title="\N{HONEYBEE}" * 255, now=NOON)
        )
    asked = {
        "completed": "false",
        "deleted": "false",
        "created_since": "2026-05-04T11:59:59.999999Z",
        "updated_since": "2026-05-04T11:59:59.999999Z",
        "sort": "-title",
        "limit": "1",
    }
    searched = {**asked, "q": "\N{HONEYBEE}" * 255}

    for query, share in [(asked, 0.25), (searched, 0.65)]:
        page = await client(app, user).get(f"/api/me/tasks?{urlencode(query)}")
        following = page.links["next"]["url"]

        assert len(following) < LARGEST_TARGET * share
        assert len((await client(app, user).get(following)).json()) == 1


async def test_a_page_has_at_most_a_thousand_tasks(
    ada: httpx.AsyncClient, memory: MemoryTasks
) -> None:
    for number in range(1_001):
        await memory.add(
            Task.create(id=TaskId(int=number), owner=UserId("ada"), title=f"{number}", now=NOON)
        )

    assert [len(page) async for page in pages(ada, TASKS)] == [1_000, 1]


@pytest.mark.usefixtures("seven")
async def test_what_is_created_or_deleted_meanwhile_moves_no_page(ada: httpx.AsyncClient) -> None:
    first = await ada.get(f"{TASKS}?limit=3")

    await ada.post(TASKS, json={"title": "7"})
    await ada.delete(f"{TASKS}/{first.json()[-1]['id']}")

    assert await titles(ada, first.links["next"]["url"]) == [["3", "2", "1"], ["0"]]


_WORDS: Final = ["honey", "Honey", "h\u00f6ney", "wax", "Wax and honey"]
_steps: Final = st.lists(
    st.tuples(
        st.sampled_from(["create", "edit", "toggle", "delete", "restore", "end", "wait"]),
        st.integers(0, 30),
        st.sampled_from(_WORDS),
    ),
    max_size=5,
)


async def take(
    ada: httpx.AsyncClient, clock: HandClock, made: list[str], what: str, which: int, title: str
) -> None:
    """One step of whatever happens, to one of the tasks made so far."""
    one = made[which % len(made)]
    match what:
        case "create":
            made.append((await ada.post(TASKS, json={"title": title})).headers["location"])
        case "edit":
            await ada.put(one, json={"title": title})
        case "toggle":
            await ada.patch(f"{one}/complete")
        case "delete":
            await ada.delete(one)
        case "restore":
            await ada.post(f"{one}/restore")
        case "end":
            await ada.delete(f"{one}?permanent=true")
        case "wait":
            clock.advance()


@settings(max_examples=150)
@given(
    sort=st.sampled_from([*SORTS]),
    asked=st.sampled_from(["", "&q=HONEY", "&completed=false", "&completed=true", "&deleted=true"]),
    before=_steps,
    turns=st.lists(st.tuples(st.integers(1, 4), _steps), max_size=12),
)
async def test_every_task_that_does_not_change_meanwhile_is_on_exactly_one_page(
    sort: str,
    asked: str,
    before: list[tuple[str, int, str]],
    turns: list[tuple[int, list[tuple[str, int, str]]]],
) -> None:
    clock, made, seen = HandClock(), list[str](), list[str]()
    ada = client(application(MemoryTasks(), clock=clock), "ada")
    for number in range(12):
        new = {"title": _WORDS[number % 5], "is_completed": number % 3 == 0}
        made.append((await ada.post(TASKS, json=new)).headers["location"])
        clock.advance(number % 2)
    for number in range(0, 12, 5):
        await ada.delete(made[number])
    for step in before:
        await take(ada, clock, made, *step)

    listed = f"{TASKS}?sort={sort}{asked}"
    at_first = [task async for page in pages(ada, listed) for task in page]
    address: str | None = listed
    for limit, steps in [*turns, (1_000, [])]:
        if address:
            page = await ada.get(asking(address, limit=f"{limit}"))
            seen += [task["id"] for task in page.json()]
            address = page.links.get("next", {}).get("url")
        for step in steps:
            await take(ada, clock, made, *step)
    at_last = [task async for page in pages(ada, listed) for task in page]

    unchanged = [task["id"] for task in at_first if task in at_last]
    assert address is None
    assert [each for each in seen if each in unchanged] == unchanged
