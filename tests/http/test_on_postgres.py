"""The contract's main lines once more, down to a real PostgreSQL."""

from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest
from uuid_utils.compat import uuid7

from honeydo.adapters.http.listing import SORTS
from honeydo.adapters.postgres.database import Database
from honeydo.adapters.postgres.tasks import PostgresTasks
from tests.support.cluster import Cluster
from tests.support.databases import new_database
from tests.support.determined import HandClock
from tests.support.serving import application, client, problem

TASKS = "/api/me/tasks"


def client_on(database: Database, clock: HandClock, user: str | None = None) -> httpx.AsyncClient:
    repository = PostgresTasks(database.execute)
    app = application(repository, clock=clock, new_task_id=uuid7, is_ready=database.is_ready)
    return client(app, user)


@pytest.fixture
async def database(shared_database_url: str) -> AsyncIterator[Database]:
    database = Database.at(shared_database_url)
    async with database:
        yield database


@pytest.fixture
def someone(database: Database, clock: HandClock) -> httpx.AsyncClient:
    return client_on(database, clock, f"auth0|{uuid4()}")


async def test_a_task_comes_back_as_it_was_created(someone: httpx.AsyncClient) -> None:
    task = {"title": "Buy \N{HONEYBEE} honey", "description": "a\n\tb \\ ' \" %s $1"}

    created = await someone.post(TASKS, json=task)
    got = await someone.get(created.headers["location"])

    assert created.status_code == 201
    assert got.json() == created.json()
    assert {name: got.json()[name] for name in task} == task
    assert got.headers["etag"] == created.headers["etag"] == '"1"'


async def test_changes_are_seen_by_the_next_request(
    someone: httpx.AsyncClient, clock: HandClock
) -> None:
    location = (await someone.post(TASKS, json={"title": "Buy honey"})).headers["location"]
    clock.advance(0.000_001)

    edited = await someone.put(location, json={"description": "Two jars"})
    toggled = await someone.patch(f"{location}/complete")

    assert edited.json()["revision"] == 2
    assert toggled.json() == (await someone.get(location)).json()
    assert toggled.json()["completed_at"] == "2026-05-04T12:00:00.000001Z"
    assert (await someone.delete(location)).status_code == 204
    problem(await someone.get(location), 404, "task_not_found")


async def test_pages_follow_each_other_to_the_end(
    someone: httpx.AsyncClient, clock: HandClock
) -> None:
    for number in range(5):
        await someone.post(TASKS, json={"title": f"{number}", "is_completed": number != 2})
        clock.advance(number % 2)

    titles, following = [], f"{TASKS}?completed=true&limit=3"
    while following:
        page = await someone.get(following)
        titles.append([task["title"] for task in page.json()])
        following = page.links.get("next", {}).get("url", "")

    assert titles == [["4", "3", "1"], ["0"]]


@pytest.mark.parametrize("since", ["created_since", "updated_since"])
async def test_the_ends_of_time_harm_nobody(someone: httpx.AsyncClient, since: str) -> None:
    await someone.post(TASKS, json={"title": "Buy honey"})

    for time, number in [("0001-01-01T00:00:00Z", 1), ("9999-12-31T23:59:59.999999Z", 0)]:
        page = await someone.get(TASKS, params={since: time})
        assert len(page.json()) == number


@pytest.mark.parametrize("sort", SORTS)
async def test_every_order_leads_to_every_task_once(
    someone: httpx.AsyncClient, clock: HandClock, sort: str
) -> None:
    for number, title in enumerate(["wax", "H\u00f6ney", "honey", "\N{HONEYBEE}" * 255, "Honey"]):
        await someone.post(TASKS, json={"title": title, "is_completed": number % 2 == 0})
        clock.advance(number % 2)
    whole = (await someone.get(TASKS, params={"sort": sort})).json()

    found, following = [], f"{TASKS}?limit=1&sort={sort}"
    while following:
        page = await someone.get(following, headers={"Prefer": "count=exact"})
        assert page.headers["x-total-count"] == "5"
        found += page.json()
        following = page.links.get("next", {}).get("url", "")

    assert found == whole
    assert len({task["id"] for task in found}) == 5


async def test_a_search_finds_text_whatever_its_case(someone: httpx.AsyncClient) -> None:
    for title, description in [
        ("Buy Honey", None),
        ("Wax", "and h\u00d6ney"),
        ("Stra\u00dfe", None),
        ("100 %_\\", None),
    ]:
        await someone.post(TASKS, json={"title": title, "description": description})

    for q, number in [
        ("hOnEy", 1),
        ("H\u00f6NEY", 1),
        ("STRASSE", 1),
        ("stra\u1e9ee", 1),
        *(("%", 1), ("_", 1), ("\\", 1), ("%_\\", 1), ("0 %", 1), ("b%y", 0), ("wa_", 0), ("'", 0)),
    ]:
        assert len((await someone.get(TASKS, params={"q": q})).json()) == number, q


async def test_the_trash_gives_back_what_is_not_gone_for_good(someone: httpx.AsyncClient) -> None:
    location = (await someone.post(TASKS, json={"title": "Buy honey"})).headers["location"]

    await someone.delete(location)
    assert len((await someone.get(f"{TASKS}?deleted=true")).json()) == 1
    assert (await someone.post(f"{location}/restore")).json()["revision"] == 3
    assert (await someone.delete(f"{location}?permanent=true")).status_code == 204
    problem(await someone.post(f"{location}/restore"), 404, "task_not_found")
    assert (await someone.get(f"{TASKS}?deleted=true")).json() == []


async def test_a_task_with_an_id_of_ones_own_is_made_once(someone: httpx.AsyncClient) -> None:
    task = {"title": "Buy honey", "id": str(uuid4())}
    first = await someone.post(TASKS, json=task)

    again = await someone.post(TASKS, json=task)
    problem(await someone.post(TASKS, json={**task, "title": "Wax"}), 409, "task_id_taken")

    assert (first.status_code, again.status_code) == (201, 200)
    assert (await someone.get(TASKS)).json() == [first.json()] == [again.json()]


async def test_another_users_id_is_not_taken(
    database: Database, clock: HandClock, someone: httpx.AsyncClient
) -> None:
    task = {"title": "Buy honey", "id": str(uuid4())}
    other = client_on(database, clock, f"auth0|{uuid4()}")

    assert (await someone.post(TASKS, json=task)).status_code == 201
    assert (await other.post(TASKS, json=task)).status_code == 201
    assert (await other.delete(f"{TASKS}/{task['id']}")).status_code == 204
    assert (await someone.get(f"{TASKS}/{task['id']}")).status_code == 200


async def test_a_migrated_database_is_ready(database: Database, clock: HandClock) -> None:
    answer = await client_on(database, clock).get("/health")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_a_database_without_our_tables_is_not_ready(
    cluster: Cluster, clock: HandClock
) -> None:
    with new_database(cluster) as name:
        database = Database.at(cluster.url(name))
        async with database:
            health = await client_on(database, clock).get("/health")
            tasks = await client_on(database, clock, "ada").get(TASKS)

    assert (health.status_code, health.json()) == (503, {"status": "not_migrated"})
    problem(tasks, 503, "unavailable")


async def test_while_the_server_is_down_clients_may_try_again(clock: HandClock) -> None:
    database = Database.at("postgresql://127.0.0.1:9/nowhere", timeout=0.1)
    async with database:
        health = await client_on(database, clock).get("/health")
        tasks = await client_on(database, clock, "ada").post(TASKS, json={"title": "Buy honey"})

    assert (health.status_code, health.json()) == (503, {"status": "unavailable"})
    problem(tasks, 503, "unavailable")
    assert tasks.headers["retry-after"] == "1"
