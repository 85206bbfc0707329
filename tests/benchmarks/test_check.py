"""Nothing is timed that does not do the work: a server that answers wrongly is refused."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias
from uuid import UUID

import httpx
import pytest

from benchmarks.check import Check, WrongAnswer, check_requests
from benchmarks.data import Data, task, user_id
from benchmarks.scenarios import SCENARIOS, Draw
from benchmarks.tokens import AUDIENCE, ISSUER, Issuer
from honeydo.adapters.http.app import create_app
from honeydo.adapters.jwt.shared_secret import SharedSecret
from honeydo.adapters.jwt.verifier import TokenVerifier
from honeydo.adapters.memory import MemoryTasks
from honeydo.domain.task import Task
from honeydo.domain.user import UserId
from honeydo.entrypoints.composition import tasks_over

DATA = Data(users=4, tasks=60)
READER, STRANGER, WRITER = DATA.witnesses

Forward: TypeAlias = Callable[[httpx.Request], Awaitable[httpx.Response]]
Lie: TypeAlias = Callable[[httpx.Request, Forward], Awaitable[httpx.Response]]


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
async def honest(issuer: Issuer) -> httpx.ASGITransport:
    """Honeydo, with the data of the benchmark."""
    memory = MemoryTasks()
    for user, number in DATA.each():
        row = task(user, number)
        names = ("title", "description", "completed_at", "created_at", "updated_at")
        values = {name: row[name] for name in names}
        await memory.add(Task(id=UUID(row["id"]), owner=UserId(user_id(user)), **values))

    async def is_ready() -> bool:
        return True

    verify = TokenVerifier(SharedSecret(issuer.secret.encode(), ISSUER, AUDIENCE))
    app: Any = create_app(tasks_over(memory), verify=verify, is_ready=is_ready)
    return httpx.ASGITransport(app)


class Lying(httpx.AsyncBaseTransport):
    def __init__(self, honest: httpx.ASGITransport, lie: Lie) -> None:
        self._honest, self._lie = honest, lie

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        async def forward(request: httpx.Request) -> httpx.Response:
            response = await self._honest.handle_async_request(request)
            await response.aread()
            return response

        return await self._lie(request, forward)


async def check(transport: httpx.AsyncBaseTransport, issuer: Issuer) -> None:
    async with httpx.AsyncClient(transport=transport, base_url="http://bench") as client:
        await Check(client, DATA, issuer).everything()


async def test_honeydo_passes(honest: httpx.ASGITransport, issuer: Issuer) -> None:
    await check(honest, issuer)


def altered(method: str, path_end: str, change: Callable[[Any], Any]) -> Lie:
    """Changes the body of answers to some requests."""

    async def lie(request: httpx.Request, forward: Forward) -> httpx.Response:
        response = await forward(request)
        matches = request.method == method and request.url.path.endswith(path_end)
        if not matches or response.status_code not in (200, 201):
            return response
        return httpx.Response(response.status_code, json=change(json.loads(response.content)))

    return lie


def one(**changed: object) -> Callable[[Any], Any]:
    """Changes tasks, and leaves lists alone."""
    return lambda body: body if isinstance(body, list) else body | changed


def instead(method: str, path_end: str, status: int) -> Lie:
    """Claims to have done what it has not."""

    async def lie(request: httpx.Request, forward: Forward) -> httpx.Response:
        if request.method == method and request.url.path.endswith(path_end):
            return httpx.Response(status)
        return await forward(request)

    return lie


async def forget_conditions(request: httpx.Request, forward: Forward) -> httpx.Response:
    request.headers.pop("If-None-Match", None)
    return await forward(request)


async def blank_description(request: httpx.Request, forward: Forward) -> httpx.Response:
    if request.method != "PUT":
        return await forward(request)
    body = {**json.loads(request.content), "description": None}
    headers = {"Authorization": request.headers["Authorization"]}
    return await forward(httpx.Request("PUT", request.url, json=body, headers=headers))


async def keep_title(request: httpx.Request, forward: Forward) -> httpx.Response:
    """Answers with the edit, but stores nothing."""
    if request.method != "PUT":
        return await forward(request)
    stored = await forward(httpx.Request("GET", request.url, headers=request.headers))
    edited = json.loads(stored.content) | json.loads(request.content)
    return httpx.Response(200, json=edited | {"revision": edited["revision"] + 1})


def trusting(is_trusted: Callable[[str | None], bool]) -> Lie:
    """Takes some requests for those of the user whom the path names, whatever token they bear."""
    tokens: dict[str, str] = {}

    async def lie(request: httpx.Request, forward: Forward) -> httpx.Response:
        named = request.url.path.split("/")[2]
        bearer = request.headers.get("Authorization")
        response = await forward(request)
        if response.status_code == 200 and bearer:
            tokens[named] = bearer
        if response.status_code in (401, 403) and is_trusted(bearer):
            request.headers["Authorization"] = tokens[named]
            return await forward(request)
        return response

    return lie


async def show_to_strangers(request: httpx.Request, forward: Forward) -> httpx.Response:
    stranger, reader = user_id(STRANGER), user_id(READER)
    if request.method != "GET" or stranger not in request.url.path:
        return await forward(request)
    url = str(request.url).replace(stranger, reader)
    headers = {"Authorization": f"Bearer {Issuer().token(reader)}"}
    return await forward(httpx.Request("GET", url, headers=headers))


LIES = {
    "another description": altered("GET", "", one(description="something else")),
    "a time a millisecond off": altered("GET", "", one(created_at="2024-01-01T00:00:00.999Z")),
    "another owner": altered("GET", "", one(user_id="eve")),
    "a list that is short of one": altered("GET", "/tasks", lambda body: body[:-1]),
    "a list that begins with the oldest": altered("GET", "/tasks", lambda body: body[::-1]),
    "an empty list": altered("GET", "/tasks", lambda _: []),
    "no conditions": forget_conditions,
    "an edit that blanks what it does not name": blank_description,
    "an edit that is not stored": keep_title,
    "a creation with another title": altered("POST", "", one(title="x")),
    "a toggle that does not count": altered("PATCH", "/complete", one(revision=1)),
    "a toggle that answers no task": instead("PATCH", "/complete", 204),
    "a deletion that deletes nothing": instead("DELETE", "", 204),
    "no token needed": trusting(lambda bearer: bearer is None),
    "any token will do": trusting(lambda bearer: bearer is not None),
    "everybody's tasks shown": show_to_strangers,
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
async def test_a_wrong_answer_is_refused(
    honest: httpx.ASGITransport, issuer: Issuer, lie: Lie
) -> None:
    with pytest.raises(WrongAnswer):
        await check(Lying(honest, lie), issuer)


@asynccontextmanager
async def answering(status: int) -> AsyncIterator[str]:
    """The address of a server that has one answer to everything."""

    conversations: list[asyncio.Task[None]] = []

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(65_536):
            writer.write(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % status)
        writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        conversations.append(asyncio.create_task(converse(reader, writer)))

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        await asyncio.gather(*conversations)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
async def test_requests_that_are_answered_with_another_status_are_refused(
    issuer: Issuer, scenario: Any
) -> None:
    requests = [scenario.write(Draw(DATA, issuer, round=1)) for _ in range(3)]
    async with answering(status=404) as url:
        with pytest.raises(WrongAnswer):
            await check_requests(url, scenario, requests)
