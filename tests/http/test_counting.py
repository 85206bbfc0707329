"""Prefer: count=exact, on lists."""

from typing import Final

import httpx
import pytest

from tests.support.lists import TASKS

COUNT: Final = {"Prefer": "count=exact"}


@pytest.mark.usefixtures("seven")
@pytest.mark.parametrize(
    ("query", "number"),
    [("", 7), ("limit=2", 7), ("completed=true&limit=1", 4), ("q=3", 1), ("deleted=true", 0)],
)
async def test_who_wants_to_know_is_told_how_many_tasks_all_pages_have(
    ada: httpx.AsyncClient, query: str, number: int
) -> None:
    page = await ada.get(f"{TASKS}?{query}", headers=COUNT)
    head = await ada.head(f"{TASKS}?{query}", headers=COUNT)

    for answer in (page, head):
        assert answer.headers["x-total-count"] == f"{number}"
        assert answer.headers["preference-applied"] == "count=exact"


@pytest.mark.usefixtures("seven")
async def test_the_count_is_the_same_on_every_page(ada: httpx.AsyncClient) -> None:
    first = await ada.get(f"{TASKS}?limit=4&completed=true", headers=COUNT)
    last = await ada.get(f"{TASKS}?limit=1", headers=COUNT)
    second = await ada.get(last.links["next"]["url"], headers=COUNT)

    assert first.headers["x-total-count"] == "4"
    assert last.headers["x-total-count"] == second.headers["x-total-count"] == "7"


@pytest.mark.parametrize(
    "stated",
    [
        ["count=exact"],
        ["return=minimal, count=exact"],
        ["return=minimal", "respond-async", 'Count = "EXACT"; x=y'],
        ["count=exact,count=none"],
    ],
)
async def test_a_count_may_be_preferred_among_other_things(
    ada: httpx.AsyncClient, stated: list[str]
) -> None:
    page = await ada.get(TASKS, headers=[("Prefer", each) for each in stated])

    assert page.headers["x-total-count"] == "0"
    assert page.headers["preference-applied"] == "count=exact"


@pytest.mark.parametrize("stated", ["", "count", "count=none", "count=planned", "discount=exact"])
async def test_nothing_is_counted_unasked(ada: httpx.AsyncClient, stated: str) -> None:
    page = await ada.get(TASKS, headers={"Prefer": stated})

    assert not {"x-total-count", "preference-applied"} & page.headers.keys()


async def test_a_count_does_not_change_what_the_list_is(ada: httpx.AsyncClient) -> None:
    plain, counted = await ada.get(TASKS), await ada.get(TASKS, headers=COUNT)

    assert plain.headers["etag"] == counted.headers["etag"]
    known = {"If-None-Match": plain.headers["etag"], **COUNT}
    assert (await ada.get(TASKS, headers=known)).status_code == 304


async def test_a_list_without_its_count_is_not_kept_for_who_wants_one(
    ada: httpx.AsyncClient,
) -> None:
    page = await ada.get(TASKS)
    unchanged = await ada.get(TASKS, headers={"If-None-Match": page.headers["etag"]})

    for answer in (page, unchanged):
        assert answer.headers["vary"] == "Authorization, Prefer"
