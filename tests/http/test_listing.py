"""GET /api/{user_id}/tasks"""

import httpx
import pytest

from honeydo.adapters.http.listing import SORTS
from tests.support.determined import HandClock
from tests.support.lists import TASKS, titles
from tests.support.serving import problem


async def test_who_has_no_tasks_gets_an_empty_array(ada: httpx.AsyncClient) -> None:
    tasks = await ada.get(TASKS)

    assert tasks.status_code == 200
    assert tasks.headers["content-type"] == "application/json"
    assert tasks.json() == []
    assert "next" not in tasks.links


async def test_tasks_in_a_list_are_as_each_by_itself(ada: httpx.AsyncClient) -> None:
    created = await ada.post(TASKS, json={"title": "Buy honey", "description": "Two jars"})

    assert (await ada.get(TASKS)).json() == [created.json()]


@pytest.mark.usefixtures("seven")
async def test_the_newest_task_comes_first(ada: httpx.AsyncClient) -> None:
    assert await titles(ada, TASKS) == [["6", "5", "4", "3", "2", "1", "0"]]


@pytest.mark.usefixtures("seven")
@pytest.mark.parametrize(
    ("query", "listed"),
    [
        ("completed=true", ["6", "4", "2", "0"]),
        ("completed=false", ["5", "3", "1"]),
        ("completed=true&limit=2&x=y", ["6", "4"]),
    ],
)
async def test_the_list_may_be_of_completed_or_of_open_tasks(
    ada: httpx.AsyncClient, query: str, listed: list[str]
) -> None:
    tasks = (await ada.get(f"{TASKS}?{query}")).json()

    assert [task["title"] for task in tasks] == listed


# Searching, filtering and sorting


@pytest.fixture
async def pantry(ada: httpx.AsyncClient, clock: HandClock) -> None:
    """A minute apart; then the first one is completed, and the second one changed."""
    honey = await ada.post(TASKS, json={"title": "Buy Honey", "description": "From the market"})
    clock.advance(60)
    milk = await ada.post(TASKS, json={"title": "buy milk", "is_completed": True})
    clock.advance(60)
    await ada.post(TASKS, json={"title": "\u00c4pfel und M\u00fcsli", "description": "100 %"})
    clock.advance(60)
    await ada.patch(f"{honey.headers['location']}/complete")
    clock.advance(60)
    await ada.put(milk.headers["location"], json={"description": "2_l of it"})


@pytest.mark.usefixtures("pantry")
@pytest.mark.parametrize(
    ("query", "listed"),
    [
        ({"q": "buy"}, ["buy milk", "Buy Honey"]),
        ({"q": "HONEY"}, ["Buy Honey"]),
        ({"q": "MARKET"}, ["Buy Honey"]),
        ({"q": "  y h  "}, ["Buy Honey"]),
        ({"q": "\u00e4PFEL UND M\u00dcSLI"}, ["\u00c4pfel und M\u00fcsli"]),
        ({"q": "wax"}, []),
        ({"q": "%"}, ["\u00c4pfel und M\u00fcsli"]),
        ({"q": "_"}, ["buy milk"]),
        ({"q": "' OR 1=1 --"}, []),
        ({"q": "buy", "completed": "false"}, []),
        ({"created_since": "2026-05-04T12:01:00Z"}, ["\u00c4pfel und M\u00fcsli", "buy milk"]),
        ({"created_since": "2026-05-04T12:01:00.000001Z"}, ["\u00c4pfel und M\u00fcsli"]),
        ({"created_since": "2026-05-04T14:01:00+02:00", "completed": "true"}, ["buy milk"]),
        ({"updated_since": "2026-05-04T12:03:00Z"}, ["buy milk", "Buy Honey"]),
        ({"updated_since": "9999-12-31T23:59:59.999999Z"}, []),
        ({"sort": "title"}, ["\u00c4pfel und M\u00fcsli", "Buy Honey", "buy milk"]),
        ({"sort": "-title"}, ["buy milk", "Buy Honey", "\u00c4pfel und M\u00fcsli"]),
        ({"sort": "created_at"}, ["Buy Honey", "buy milk", "\u00c4pfel und M\u00fcsli"]),
        ({"sort": "-created_at"}, ["\u00c4pfel und M\u00fcsli", "buy milk", "Buy Honey"]),
        ({"sort": "updated_at"}, ["\u00c4pfel und M\u00fcsli", "Buy Honey", "buy milk"]),
        ({"sort": "-updated_at"}, ["buy milk", "Buy Honey", "\u00c4pfel und M\u00fcsli"]),
        ({"sort": "completed_at"}, ["buy milk", "Buy Honey", "\u00c4pfel und M\u00fcsli"]),
        ({"sort": "-completed_at"}, ["Buy Honey", "buy milk", "\u00c4pfel und M\u00fcsli"]),
    ],
    ids=str,
)
async def test_a_list_is_of_what_is_asked_for_in_the_order_asked_for(
    ada: httpx.AsyncClient, query: dict[str, str], listed: list[str]
) -> None:
    tasks = (await ada.get(TASKS, params=query)).json()

    assert [task["title"] for task in tasks] == listed


@pytest.mark.usefixtures("pantry")
@pytest.mark.parametrize(
    "written",
    [
        "2026-05-04T12:01:00Z",
        "2026-05-04t12:01:00z",
        "2026-05-04 12:01:00Z",
        "2026-05-04T12:01:00.000Z",
        "2026-05-04T12:01:00.000000000Z",
        "2026-05-04T12:01:00-00:00",
        "2026-05-04T07:01:00-05:00",
    ],
)
async def test_a_time_is_any_of_rfc_3339(ada: httpx.AsyncClient, written: str) -> None:
    tasks = await ada.get(TASKS, params={"created_since": written})

    assert len(tasks.json()) == 2


@pytest.mark.parametrize("name", ["created_since", "updated_since"])
@pytest.mark.parametrize(
    "written",
    [
        *("", " ", "yesterday", "1777896000", "NaN", "-1", "null", "\0", "P1D"),
        *("2026-05-04", "2026-05-04T12:00:00", "2026-05-04T12:00Z", "2026-05-04T12:00:00 02:00"),
        *("2026-02-30T12:00:00Z", "2026-05-04T24:00:00Z", "2026-05-04T12:00:60Z"),
        *("2026-05-04T12:00:00+24:00", "2026-05-04T12:00:00Z ", "\u0662026-05-04T12:00:00Z"),
        *("0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z", "-0001-01-01T00:00:00Z"),
        *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"),
        *("9999-12-31T23:59:59.9999999Z", "2026-05-04T12:00:00." + "0" * 5_000 + "x"),
    ],
)
async def test_anything_else_is_no_time(ada: httpx.AsyncClient, name: str, written: str) -> None:
    refused = problem(await ada.get(TASKS, params={name: written}), 400, "invalid_query")

    assert f"The parameter {name} is a time of RFC 3339" in refused["detail"]


@pytest.mark.parametrize(
    "q", ["", " ", "\t\u3000", "x" * 256, "a\0b", "\0", "a\nb", "a\x1bb", "a\x85b"], ids=ascii
)
async def test_a_search_has_1_to_255_characters_and_none_that_control(
    ada: httpx.AsyncClient, q: str
) -> None:
    refused = problem(await ada.get(TASKS, params={"q": q}), 400, "invalid_query")

    assert "errors" not in refused


@pytest.mark.parametrize("q", ["x" * 255, "\N{HONEYBEE}" * 255, "\ufffd", "%FF", "\\", "*", "("])
async def test_any_other_text_can_be_searched_for(ada: httpx.AsyncClient, q: str) -> None:
    await ada.post(TASKS, json={"title": q})

    assert len((await ada.get(TASKS, params={"q": q})).json()) == 1


@pytest.mark.parametrize("sort", SORTS)
async def test_a_list_goes_by_what_is_documented(ada: httpx.AsyncClient, sort: str) -> None:
    assert (await ada.get(TASKS, params={"sort": sort})).status_code == 200


@pytest.mark.parametrize(
    "sort",
    ["", "-", "id", "deleted_at", "Title", "--title", "+title", " title", "title,id", "title\0"],
)
async def test_a_list_goes_by_nothing_else(ada: httpx.AsyncClient, sort: str) -> None:
    problem(await ada.get(TASKS, params={"sort": sort}), 400, "invalid_query")


@pytest.mark.parametrize(
    "name",
    ["completed", "deleted", "q", "created_since", "updated_since", "sort", "limit", "cursor"],
)
async def test_what_is_asked_twice_is_refused(ada: httpx.AsyncClient, name: str) -> None:
    for query in (f"{name}=1&{name}=1", f"{name}=&x=y&{name}=true"):
        refused = problem(await ada.get(f"{TASKS}?{query}"), 400, "invalid_query")

        assert refused["detail"] == f"The parameter {name} is given more than once."


# Answers and mistakes


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
    [
        "x=y",
        "user_id=bob",
        "Limit=0",
        "completed[]=x",
        "Sort=x",
        "x=1&x=2",
        "&&=&;",
        "%FF=%FF",
        "%",
    ],
)
async def test_unknown_parameters_are_ignored(ada: httpx.AsyncClient, query: str) -> None:
    assert (await ada.get(f"{TASKS}?{query}")).status_code == 200


@pytest.mark.parametrize(
    "limit", ["0", "1001", "9" * 5_000, "-1", "1.5", "1e2", "", "x", "%D9%A1", "+1", "%FF", "%00"]
)
async def test_a_limit_is_a_number_from_1_to_1000(ada: httpx.AsyncClient, limit: str) -> None:
    problem(await ada.get(f"{TASKS}?limit={limit}"), 400, "invalid_query")


@pytest.mark.parametrize("name", ["completed", "deleted"])
@pytest.mark.parametrize("text", ["", "True", "TRUE", "1", "yes", "null", "%FF", "%00"])
async def test_completed_and_deleted_are_true_or_false(
    ada: httpx.AsyncClient, name: str, text: str
) -> None:
    problem(await ada.get(f"{TASKS}?{name}={text}"), 400, "invalid_query")
