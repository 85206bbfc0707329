"""What DELETE keeps, what restore brings back, and what is gone for good."""

from typing import Final

import httpx
import pytest

from honeydo.adapters.http.options import HttpOptions
from honeydo.adapters.memory import MemoryTasks
from tests.support.determined import HandClock
from tests.support.lists import TASKS
from tests.support.serving import NEVER_WAS, application, client, problem

TRASH: Final = f"{TASKS}?deleted=true"
REPRESENTATION: Final = {"Prefer": "return=representation"}


@pytest.fixture
async def honey(ada: httpx.AsyncClient) -> httpx.Response:
    return await ada.post(TASKS, json={"title": "Buy honey", "description": "Two jars"})


@pytest.fixture
async def address(honey: httpx.Response) -> str:
    return str(honey.headers["location"])


@pytest.fixture
async def deleted(ada: httpx.AsyncClient, address: str, clock: HandClock) -> str:
    """The address of a task that has been in the trash for a second."""
    await ada.delete(address)
    clock.advance()
    return address


# The trash


async def test_the_trash_has_what_was_deleted_and_when(
    ada: httpx.AsyncClient, honey: httpx.Response, clock: HandClock
) -> None:
    clock.advance(5)
    await ada.post(TASKS, json={"title": "Buy wax"})
    await ada.delete(honey.headers["location"])

    trash = await ada.get(TRASH)

    assert trash.json() == [
        {
            **honey.json(),
            "updated_at": "2026-05-04T12:00:05Z",
            "deleted_at": "2026-05-04T12:00:05Z",
            "revision": 3,
        }
    ]


@pytest.mark.parametrize("query", ["", "?deleted=false"])
async def test_a_list_is_without_the_trash(
    ada: httpx.AsyncClient, deleted: str, query: str
) -> None:
    kept = await ada.post(TASKS, json={"title": "Buy wax"})

    listed = await ada.get(f"{TASKS}{query}")

    assert listed.json() == [kept.json()]
    assert deleted not in listed.text
    assert "deleted_at" not in kept.json()


@pytest.mark.usefixtures("deleted")
@pytest.mark.parametrize(
    ("query", "number"),
    [("q=honey", 1), ("q=wax", 0), ("completed=true", 0), ("completed=false&sort=title", 1)],
)
async def test_the_trash_can_be_searched_as_any_list(
    ada: httpx.AsyncClient, query: str, number: int
) -> None:
    trash = await ada.get(f"{TRASH}&{query}", headers={"Prefer": "count=exact"})

    assert len(trash.json()) == number
    assert trash.headers["x-total-count"] == f"{number}"


@pytest.mark.usefixtures("deleted")
async def test_nobody_else_sees_ones_trash(ada: httpx.AsyncClient, bob: httpx.AsyncClient) -> None:
    problem(await bob.get(TRASH), 403, "not_your_collection")
    assert (await bob.get("/api/me/tasks?deleted=true")).json() == []
    assert len((await ada.get(TRASH)).json()) == 1


async def test_what_is_deleted_makes_other_lists(ada: httpx.AsyncClient, address: str) -> None:
    tags = [(await ada.get(each)).headers["etag"] for each in (TASKS, TRASH)]
    await ada.delete(address)

    assert len({*tags, *[(await ada.get(each)).headers["etag"] for each in (TASKS, TRASH)]}) == 4


async def test_a_delete_may_tell_what_is_in_the_trash_now(
    ada: httpx.AsyncClient, address: str
) -> None:
    told = await ada.delete(address, headers=REPRESENTATION)

    assert told.status_code == 200
    assert told.json()["deleted_at"] == "2026-05-04T12:00:00Z"
    assert [told.json()] == (await ada.get(TRASH)).json()
    assert told.headers["etag"] == '"2"'


# Restoring


async def test_a_restored_task_is_as_it_was(
    ada: httpx.AsyncClient, honey: httpx.Response, deleted: str
) -> None:
    restored = await ada.post(f"{deleted}/restore")

    assert restored.status_code == 200
    assert restored.headers["etag"] == '"3"'
    assert restored.headers["cache-control"] == "private, no-cache"
    assert restored.json() == {
        **honey.json(),
        "updated_at": "2026-05-04T12:00:01Z",
        "revision": 3,
    }
    assert (await ada.get(deleted)).json() == restored.json()
    assert (await ada.get(TASKS)).json() == [restored.json()]
    assert (await ada.get(TRASH)).json() == []


async def test_restoring_once_is_enough(
    ada: httpx.AsyncClient, honey: httpx.Response, address: str
) -> None:
    restored = await ada.post(f"{address}/restore")

    assert (restored.status_code, restored.json()) == (200, honey.json())


async def test_what_is_sent_to_restore_does_not_matter(
    ada: httpx.AsyncClient, deleted: str
) -> None:
    restored = await ada.post(f"{deleted}/restore", content=b"\xff{", headers={"Content-Type": "x"})

    assert restored.status_code == 200


async def test_a_minimal_restore_tells_the_new_tag(ada: httpx.AsyncClient, deleted: str) -> None:
    restored = await ada.post(f"{deleted}/restore", headers={"Prefer": "return=minimal"})

    assert (restored.status_code, restored.content) == (204, b"")
    assert restored.headers["preference-applied"] == "return=minimal"
    assert restored.headers["etag"] == '"3"'


async def test_what_never_was_cannot_be_restored(ada: httpx.AsyncClient) -> None:
    problem(await ada.post(f"{TASKS}/{NEVER_WAS}/restore"), 404, "task_not_found")
    problem(await ada.post(f"{TASKS}/42/restore"), 400, "invalid_task_id")


async def test_nobody_else_restores_it(
    ada: httpx.AsyncClient, bob: httpx.AsyncClient, deleted: str
) -> None:
    problem(await bob.post(f"{deleted}/restore"), 403, "not_your_collection")
    theirs = deleted.replace("/ada/", "/me/")
    problem(await bob.post(f"{theirs}/restore"), 404, "task_not_found")
    problem(await bob.delete(f"{theirs}?permanent=true"), 404, "task_not_found")
    assert len((await ada.get(TRASH)).json()) == 1


async def test_only_what_one_knows_is_restored(ada: httpx.AsyncClient, deleted: str) -> None:
    restore = f"{deleted}/restore"
    refused = await ada.post(restore, headers={"If-Match": '"1"'})

    assert (refused.status_code, refused.json()["code"]) == (412, "precondition_failed")
    assert [refused.json()["task"]] == (await ada.get(TRASH)).json()
    assert (
        await ada.post(restore, headers={"If-Match": refused.headers["etag"]})
    ).status_code == 200


async def test_where_changes_need_if_match_restoring_does_too(memory: MemoryTasks) -> None:
    ada = client(application(memory, HttpOptions(require_if_match=True)), "ada")
    made = await ada.post(TASKS, json={"title": "Buy honey"})
    address = made.headers["location"]
    told = await ada.delete(address, headers={"If-Match": made.headers["etag"], **REPRESENTATION})

    problem(await ada.post(f"{address}/restore"), 428, "precondition_required")
    problem(await ada.delete(f"{address}?permanent=true"), 428, "precondition_required")
    known = {"If-Match": told.headers["etag"]}
    assert (await ada.post(f"{address}/restore", headers=known)).status_code == 200


# For good


@pytest.mark.parametrize("is_in_trash", [False, True])
async def test_what_is_deleted_for_good_is_nowhere(
    ada: httpx.AsyncClient, address: str, is_in_trash: bool
) -> None:
    if is_in_trash:
        await ada.delete(address)

    gone = await ada.delete(f"{address}?permanent=true")

    assert (gone.status_code, gone.content) == (204, b"")
    assert (await ada.get(TASKS)).json() == (await ada.get(TRASH)).json() == []
    problem(await ada.get(address), 404, "task_not_found")
    problem(await ada.post(f"{address}/restore"), 404, "task_not_found")
    problem(await ada.delete(f"{address}?permanent=true"), 404, "task_not_found")


async def test_of_what_is_gone_for_good_nothing_is_shown(
    ada: httpx.AsyncClient, address: str
) -> None:
    gone = await ada.delete(f"{address}?permanent=true", headers=REPRESENTATION)

    assert (gone.status_code, gone.content) == (204, b"")
    assert "preference-applied" not in gone.headers


async def test_only_what_one_knows_is_deleted_for_good(
    ada: httpx.AsyncClient, deleted: str
) -> None:
    ending = f"{deleted}?permanent=true"

    assert (await ada.delete(ending, headers={"If-Match": '"1"'})).status_code == 412
    assert (await ada.delete(ending, headers={"If-Match": '"2"'})).status_code == 204


async def test_a_delete_that_says_it_is_not_for_good_is_not(
    ada: httpx.AsyncClient, address: str
) -> None:
    assert (await ada.delete(f"{address}?permanent=false")).status_code == 204
    assert len((await ada.get(TRASH)).json()) == 1
    problem(await ada.delete(f"{address}?permanent=false"), 404, "task_not_found")


@pytest.mark.parametrize(
    "query", ["permanent", "permanent=", "permanent=1", "permanent=TRUE", "permanent=yes"]
)
async def test_permanent_is_true_or_false(ada: httpx.AsyncClient, address: str, query: str) -> None:
    problem(await ada.delete(f"{address}?{query}"), 400, "invalid_query")
    problem(await ada.delete(f"{address}?permanent=true&{query}"), 400, "invalid_query")
    assert (await ada.get(address)).status_code == 200
