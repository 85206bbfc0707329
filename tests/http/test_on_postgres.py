"""The contract's main lines once more, down to a real PostgreSQL."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import httpx
import pytest
from uuid_utils.compat import uuid7

from honeydo.adapters.http.requests import cursor_text
from honeydo.adapters.postgres.database import Database
from honeydo.adapters.postgres.tasks import PostgresTasks
from honeydo.domain.listing import Cursor
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
    async with database.pool:
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


@pytest.mark.parametrize(
    ("time", "titles"),
    [
        (datetime(1, 1, 1, tzinfo=UTC), []),
        (datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC), ["Buy honey"]),
    ],
)
async def test_a_made_up_cursor_harms_nobody(
    someone: httpx.AsyncClient, time: datetime, titles: list[str]
) -> None:
    await someone.post(TASKS, json={"title": "Buy honey"})
    made_up = cursor_text(Cursor(time, uuid4()))

    page = await someone.get(f"{TASKS}?cursor={made_up}")

    assert [task["title"] for task in page.json()] == titles


async def test_an_id_that_is_taken_is_a_conflict(someone: httpx.AsyncClient) -> None:
    task = {"title": "Buy honey", "id": str(uuid4())}
    first = await someone.post(TASKS, json=task)

    problem(await someone.post(TASKS, json=task), 409, "task_id_taken")
    assert (await someone.get(TASKS)).json() == [first.json()]


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
        async with database.pool:
            health = await client_on(database, clock).get("/health")
            tasks = await client_on(database, clock, "ada").get(TASKS)

    assert (health.status_code, health.json()) == (503, {"status": "not_migrated"})
    problem(tasks, 503, "unavailable")


async def test_while_the_server_is_down_clients_may_try_again(clock: HandClock) -> None:
    database = Database.at("postgresql://127.0.0.1:9/nowhere", timeout=0.1)
    async with database.pool:
        health = await client_on(database, clock).get("/health")
        tasks = await client_on(database, clock, "ada").post(TASKS, json={"title": "Buy honey"})

    assert (health.status_code, health.json()) == (503, {"status": "unavailable"})
    problem(tasks, 503, "unavailable")
    assert tasks.headers["retry-after"] == "1"
