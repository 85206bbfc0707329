"""Streams of changes of a real server: across workers, until tokens expire, clients vanish or the
server is told to stop."""

import asyncio
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import psutil
import pytest

from honeydo.adapters.jwt.shared_secret import mint
from tests.e2e.server import SECRET, Home, Server, eventually, serving
from tests.support.events import Stream, streamed

ROUTE = "/api/{user_id}/changes/stream"


@pytest.fixture
def configured(home: Home, shared_database_url: str) -> Home:
    variables = {"DATABASE_URL": shared_database_url, "BETTER_AUTH_SECRET": SECRET}
    return Home(home.path, variables)


@pytest.fixture
def user() -> str:
    return f"auth0|{uuid4()}"


@pytest.fixture
def one_worker(configured: Home) -> Iterator[Server]:
    with serving(configured) as server:
        yield server
        assert server.stop() == 0
        assert server.err == ""
        assert [line for line in server.log if line["level"] in ("warning", "error")] == []


def client(url: str, user: str, lifetime: timedelta = timedelta(hours=1)) -> httpx.AsyncClient:
    token = mint(SECRET.encode(), user, lifetime=lifetime)
    return httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=30)


@asynccontextmanager
async def streams(url: str, user: str, number: int) -> AsyncIterator[list[Stream]]:
    """A connection each, so that every worker gets some."""
    async with AsyncExitStack() as stack:
        opened = []
        for _ in range(number):
            reader = await stack.enter_async_context(client(url, user))
            opened.append(await stack.enter_async_context(streamed(reader)))
        yield opened


async def create(url: str, user: str, title: str) -> None:
    async with client(url, user) as writer:
        answer = await writer.post("/api/me/tasks", json={"title": title})
        assert answer.status_code == 201


async def test_what_there_is_and_what_comes(one_worker: Server, user: str) -> None:
    await create(one_worker.url, user, "Buy honey")
    async with client(one_worker.url, user) as reader:
        async with streamed(reader) as stream:
            event = await stream.next()
            assert event
            assert event.title == "Buy honey"
            await create(one_worker.url, user, "Feed the bees")
            assert await stream.titles(1) == ["Feed the bees"]
        await create(one_worker.url, user, "Paint the hive")

        async with streamed(reader, **{"Last-Event-ID": event.id or ""}) as stream:
            assert await stream.titles(2) == ["Feed the bees", "Paint the hive"]


async def test_a_write_in_one_worker_is_told_by_all(configured_server: Server, user: str) -> None:
    url = configured_server.url
    async with streams(url, user, 8) as opened:
        for title in ("Buy honey", "Feed the bees"):
            await create(url, user, title)
            for stream in opened:
                assert await stream.titles(1) == [title]


async def test_a_stream_ends_with_its_token(one_worker: Server, user: str) -> None:
    async with client(one_worker.url, user, timedelta(seconds=2)) as reader:
        async with streamed(reader) as stream:
            assert await stream.next() is None
        assert (await reader.get("/api/me/changes")).status_code == 401


def test_a_client_that_vanishes_is_noticed_though_nothing_is_sent(
    one_worker: Server, user: str
) -> None:
    token = one_worker.home.token(user).encode()
    address = urlsplit(one_worker.url)
    with socket.create_connection((address.hostname, address.port)) as connection:
        connection.sendall(
            b"GET /api/me/changes/stream HTTP/1.1\r\nHost: honeydo\r\n"
            b"Authorization: Bearer %s\r\n\r\n" % token
        )
        assert connection.recv(12) == b"HTTP/1.1 200"
        assert open_streams(one_worker) == 1
        # No goodbye but a reset.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    eventually(lambda: open_streams(one_worker) == 0)
    eventually(lambda: any(line.get("route") == ROUTE for line in one_worker.log))


def open_streams(server: Server) -> float:
    with server.client() as client:
        lines = client.get("/metrics").text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith("honeydo_streams "))


@pytest.mark.parametrize(("workers", "number"), [("1", signal.SIGTERM), ("2", signal.SIGINT)])
async def test_streams_end_cleanly_when_the_server_is_told_to_stop(
    configured: Home, user: str, workers: str, number: signal.Signals
) -> None:
    unhurried = Home(configured.path, {**configured.variables, "HONEYDO_SHUTDOWN_TIMEOUT": "3600"})
    with serving(unhurried, "--workers", workers) as server:
        async with streams(server.url, user, 6) as opened:
            server.process.send_signal(number)

            assert [await stream.next() for stream in opened] == [None] * 6
        assert await asyncio.to_thread(server.process.wait, 60) == 0
        assert server.err == ""
        assert [line for line in server.log if line["level"] in ("warning", "error")] == []


async def test_streams_of_a_worker_that_is_killed_are_not_counted_any_more(
    configured: Home, user: str
) -> None:
    with serving(configured, "--workers", "2") as server:
        async with streams(server.url, user, 8):
            assert open_streams(server) == 8
            for child in psutil.Process(server.process.pid).children():
                if any("spawn_main" in word for word in child.cmdline()):
                    child.kill()
        await asyncio.to_thread(eventually, lambda: nothing_is_open(server))
        assert server.stop() == 0


def nothing_is_open(server: Server) -> bool:
    try:
        return open_streams(server) == 0
    except httpx.TransportError:
        return False


async def test_they_end_under_a_server_of_ones_own_too(configured: Home, user: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = ["uvicorn", "--factory", "honeydo.entrypoints.asgi:app", "--port", str(port)]
    with subprocess.Popen(  # noqa: S603, ASYNC220
        [sys.executable, "-m", *command],
        cwd=configured.path,
        env=configured.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            await asyncio.to_thread(eventually, lambda: is_ready(url))
            async with streams(url, user, 2) as opened:
                process.terminate()
                assert [await stream.next() for stream in opened] == [None] * 2
            await asyncio.to_thread(process.wait, 60)
        finally:
            process.kill()


def is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=60).status_code == 200
    except httpx.TransportError:
        return False
