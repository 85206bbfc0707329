"""Whatever goes wrong, the answer is a problem (RFC 9457), and tells nothing that helps nobody."""

import logging
from collections.abc import Awaitable, Callable

import httpx
import pytest
from psycopg.rows import TupleRow

from honeydo.adapters.memory import MemoryTasks
from honeydo.adapters.postgres.tasks import PostgresTasks
from honeydo.application.errors import Unavailable
from honeydo.domain.task import Task
from tests.support.serving import NEVER_WAS, Broken, application, client, problem
from tests.support.values import NOON

TASKS = "/api/ada/tasks"
TASK = f"{TASKS}/{NEVER_WAS}"


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/api",
        "/api/ada/task",
        "/api/ada/exports",
        f"{TASK}/completed",
        f"{TASK}/complete/x",
        "/docs/other.js",
        "/docs/../openapi.py",
        "/docs/%2e%2e/%2e%2e/etc/passwd",
        "/health/dead",
        "/favicon.ico",
        "/.env",
        "/index.html",
        "/%00",
        "/%FF",
        "/" + "x" * 5_000,
    ],
)
async def test_an_address_where_nothing_is(nobody: httpx.AsyncClient, address: str) -> None:
    problem(await nobody.get(address), 404, "not_found")


ALLOWED = {
    "/api/ada": {"DELETE", "OPTIONS"},
    "/api/ada/export": {"GET", "HEAD", "OPTIONS"},
    TASKS: {"GET", "HEAD", "POST", "OPTIONS"},
    TASK: {"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"},
    f"{TASK}/complete": {"PATCH", "OPTIONS"},
    "/health": {"GET", "HEAD", "OPTIONS"},
    "/health/live": {"GET", "HEAD", "OPTIONS"},
    "/docs": {"GET", "HEAD", "OPTIONS"},
    "/docs/start.js": {"GET", "HEAD", "OPTIONS"},
    "/openapi.json": {"GET", "HEAD", "OPTIONS"},
}
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND"}
FORBIDDEN = [
    (method, address)
    for address, allowed in ALLOWED.items()
    for method in sorted(METHODS - allowed - {"HEAD"})
]


@pytest.mark.parametrize(("method", "address"), FORBIDDEN)
async def test_a_method_that_an_address_does_not_know(
    ada: httpx.AsyncClient, method: str, address: str
) -> None:
    answer = await ada.request(method, address)

    problem(answer, 405, "method_not_allowed")
    assert set(answer.headers["allow"].split(", ")) == ALLOWED[address]


@pytest.mark.parametrize("address", ALLOWED)
async def test_options_tells_the_methods_of_an_address(
    ada: httpx.AsyncClient, address: str
) -> None:
    answer = await ada.options(address)

    assert (answer.status_code, answer.content) == (204, b"")
    assert set(answer.headers["allow"].split(", ")) == ALLOWED[address]


@pytest.mark.parametrize("host", ["a b", "a/b", "<script>", "a\\b", "a\tb"])
async def test_a_host_that_is_none(ada: httpx.AsyncClient, host: str) -> None:
    problem(await ada.get(TASKS, headers={"Host": host}), 400, "bad_request")


async def test_a_defect_is_told_to_the_log_and_not_to_the_client(
    caplog: pytest.LogCaptureFixture,
) -> None:
    answer = await client(application(Broken()), "ada").get(TASK)

    problem(answer, 500, "internal_error")
    for word in ("dog", "RuntimeError", "Traceback", ".py", str(NEVER_WAS)):
        assert word not in answer.text + str(answer.headers)
    [record] = caplog.records
    assert record.levelno == logging.ERROR
    assert answer.headers["x-request-id"] in record.getMessage()
    assert record.exc_info
    assert "the dog ate" in str(record.exc_info[1])


async def test_after_a_defect_the_next_request_is_served() -> None:
    ada = client(application(Broken()), "ada")

    await ada.get(TASK)

    assert (await ada.get(TASKS)).status_code == 200


async def down(*_: object, **__: object) -> list[TupleRow]:
    raise Unavailable


class Overtaken(MemoryTasks):
    """A repository where another writer is faster, every time."""

    async def save(self, task: Task) -> Task | None:
        if stored := await self.get(task.owner, task.id):
            await MemoryTasks.save(self, stored.toggle(NOON))
        return await MemoryTasks.save(self, task)


Call = Callable[[httpx.AsyncClient], Awaitable[httpx.Response]]

WRITES: dict[str, Call] = {
    "PUT": lambda user: user.put(TASK, json={"title": "Buy wax"}),
    "PATCH": lambda user: user.patch(TASK, json={"title": "Buy wax"}),
    "complete": lambda user: user.patch(f"{TASK}/complete"),
    "DELETE": lambda user: user.delete(TASK),
}
CALLS: dict[str, Call] = {
    "list": lambda user: user.get(TASKS),
    "POST": lambda user: user.post(TASKS, json={"title": "Buy honey"}),
    "GET": lambda user: user.get(TASK),
    **WRITES,
}


@pytest.mark.parametrize("call", CALLS)
async def test_while_the_database_is_down_clients_may_try_again(
    caplog: pytest.LogCaptureFixture, call: str
) -> None:
    answer = await CALLS[call](client(application(PostgresTasks(down)), "ada"))

    problem(answer, 503, "unavailable")
    assert answer.headers["retry-after"] == "1"
    assert not caplog.records


@pytest.mark.parametrize("call", WRITES)
async def test_who_is_overtaken_every_time_may_try_again(call: str) -> None:
    ada = client(application(Overtaken()), "ada")
    await ada.post(TASKS, json={"title": "Buy honey", "id": str(NEVER_WAS)})

    answer = await WRITES[call](ada)

    problem(answer, 503, "contended")
    assert answer.headers["retry-after"] == "1"
