"""Batches and requests that come again, down to a real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest
from psycopg import AsyncConnection
from uuid_utils.compat import uuid7

from honeydo.adapters.postgres.connection import conninfo
from honeydo.adapters.postgres.database import Database
from honeydo.adapters.postgres.tasks import PostgresTasks
from tests.support.determined import HandClock
from tests.support.rows import act_as, somebody_waits
from tests.support.serving import application, client, problem
from tests.support.waiting import until

TASKS = "/api/me/tasks"
BATCH = f"{TASKS}/batch"
HONEY = {"title": "Buy \N{HONEYBEE} honey"}
KEY = {"Idempotency-Key": "monday"}


@pytest.fixture
async def database(shared_database_url: str) -> AsyncIterator[Database]:
    database = Database.at(shared_database_url)
    async with database.pool:
        yield database


@pytest.fixture
def name() -> str:
    return f"auth0|{uuid4()}"


@pytest.fixture
def someone(database: Database, clock: HandClock, name: str) -> httpx.AsyncClient:
    repository = PostgresTasks(database.execute)
    return client(application(repository, clock=clock, new_task_id=uuid7), name)


@pytest.fixture
async def other(shared_database_url: str) -> AsyncIterator[AsyncConnection]:
    async with await AsyncConnection.connect(conninfo(shared_database_url)) as connection:
        yield connection


async def test_a_batch_is_stored_in_order(someone: httpx.AsyncClient) -> None:
    honey = (await someone.post(TASKS, json=HONEY)).json()
    hers = str(uuid4())

    done = await someone.post(
        BATCH,
        json={
            "operations": [
                {"op": "create", "id": hers, "title": "Buy wax"},
                {"op": "complete", "id": hers},
                {"op": "edit", "id": honey["id"], "if_match": 1, "description": "Two jars"},
                {"op": "delete", "id": honey["id"], "if_match": 1},
                {"op": "delete", "id": hers, "permanent": True},
                {"op": "create", **HONEY},
            ]
        },
    )

    results = done.json()["results"]
    assert [each["status"] for each in results] == [201, 200, 200, 200, 204, 201]
    assert [each["task"]["revision"] for each in results if each["task"]] == [2, 3, 4, 5, 7]
    assert (await someone.get(TASKS)).json() == [results[5]["task"]]
    problem(await someone.get(f"{TASKS}/{hers}"), 404, "task_not_found")


async def test_if_an_operation_is_refused_nothing_is_stored(someone: httpx.AsyncClient) -> None:
    honey = (await someone.post(TASKS, json=HONEY)).json()
    operations = [
        {"op": "create", **HONEY},
        {"op": "complete", "id": honey["id"]},
        {"op": "toggle", "id": str(uuid4())},
    ]

    refused = await someone.post(BATCH, json={"operations": operations}, headers=KEY)
    mended = await someone.post(BATCH, json={"operations": operations[:2]}, headers=KEY)

    errors = problem(refused, 404, "task_not_found")["errors"]
    assert [each["pointer"] for each in errors] == ["/operations/2/id"]
    assert [each["task"]["revision"] for each in mended.json()["results"]] == [2, 3]


@pytest.mark.parametrize("deleted", ["", "?permanent=true"])
async def test_the_first_answer_is_given_again(
    someone: httpx.AsyncClient, clock: HandClock, deleted: str
) -> None:
    first = await someone.post(TASKS, json=HONEY, headers=KEY)
    clock.advance()
    await someone.put(first.headers["location"], json={"title": "Buy wax"})
    await someone.delete(first.headers["location"] + deleted)

    again = await someone.post(TASKS, json=HONEY, headers=KEY)
    reused = await someone.post(TASKS, json={"title": "Buy wax"}, headers=KEY)

    assert again.headers["idempotent-replayed"] == "true"
    assert (again.status_code, again.content) == (201, first.content)
    for name in ("etag", "location"):
        assert again.headers[name] == first.headers[name]
    problem(reused, 422, "idempotency_key_reused")


async def test_a_key_lives_for_a_day(someone: httpx.AsyncClient, clock: HandClock) -> None:
    await someone.post(TASKS, json=HONEY, headers=KEY)

    clock.advance(24 * 60 * 60 + 1)
    anew = await someone.post(TASKS, json={"title": "Buy wax"}, headers=KEY)
    again = await someone.post(TASKS, json={"title": "Buy wax"}, headers=KEY)

    assert anew.status_code == 201
    assert "idempotent-replayed" not in anew.headers
    assert again.content == anew.content


@pytest.mark.parametrize("is_new_user", [True, False])
async def test_ten_equal_requests_at_once_make_one_task(
    someone: httpx.AsyncClient, is_new_user: bool
) -> None:
    if not is_new_user:
        await someone.delete((await someone.post(TASKS, json=HONEY)).headers["location"])

    answers = await asyncio.gather(
        *(someone.post(TASKS, json=HONEY, headers=KEY) for _ in range(10))
    )

    [task] = (await someone.get(TASKS)).json()
    done = [answer for answer in answers if answer.status_code == 201]
    assert [answer.json() for answer in done] == [task] * len(done)
    assert ["idempotent-replayed" in answer.headers for answer in done].count(False) == 1
    for answer in answers:
        if answer not in done:
            problem(answer, 409, "idempotency_key_in_use")


async def test_while_the_first_request_is_at_work_another_one_with_its_key_is_told_so(
    someone: httpx.AsyncClient, other: AsyncConnection, name: str
) -> None:
    await someone.post(TASKS, json={"title": "Buy wax"})
    await act_as(other, name)
    await other.execute("SELECT FROM users WHERE id = %s FOR UPDATE", [name])

    first = asyncio.create_task(someone.post(TASKS, json=HONEY, headers=KEY))
    await until(lambda: somebody_waits(other))
    second = await someone.post(TASKS, json=HONEY, headers=KEY)
    different = await someone.post(TASKS, json={"title": "Buy bread"}, headers=KEY)
    assert not first.done()
    await other.rollback()

    for refused in (second, different):
        problem(refused, 409, "idempotency_key_in_use")
        assert refused.headers["retry-after"] == "1"
    assert (await first).status_code == 201
    assert "idempotent-replayed" not in (await first).headers
    again = await someone.post(TASKS, json=HONEY, headers=KEY)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.content == (await first).content


async def test_anothers_equal_key_is_not_in_use(
    someone: httpx.AsyncClient, database: Database, clock: HandClock
) -> None:
    bob = client(application(PostgresTasks(database.execute), clock=clock), f"bob|{uuid4()}")

    hers, his = await asyncio.gather(
        someone.post(TASKS, json=HONEY, headers=KEY), bob.post(TASKS, json=HONEY, headers=KEY)
    )

    assert (hers.status_code, his.status_code) == (201, 201)
    assert hers.json()["user_id"] != his.json()["user_id"]
