"""SIGTERM ends a server without loss; nothing of it stays."""

import json
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from tests.e2e.server import SECRET, Home, Server, eventually, serving


@pytest.fixture
def configured(home: Home, shared_database_url: str) -> Home:
    variables = {"DATABASE_URL": shared_database_url, "BETTER_AUTH_SECRET": SECRET}
    return Home(home.path, variables)


@contextmanager
def running_request(server: Server, token: str, body: bytes) -> Iterator[socket.socket]:
    """A request that the server has begun to answer, and whose body it waits for."""
    with connect(server) as connection:
        connection.sendall(
            b"POST /api/me/tasks HTTP/1.1\r\nHost: honeydo\r\nExpect: 100-continue\r\n"
            b"Authorization: Bearer %s\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n" % (token.encode(), len(body))
        )
        assert connection.recv(4096).startswith(b"HTTP/1.1 100 ")
        yield connection


def connect(server: Server) -> socket.socket:
    url = urlsplit(server.url)
    return socket.create_connection((url.hostname or "", url.port or 0), timeout=60)


def refuses_connections(server: Server) -> bool:
    try:
        connect(server).close()
    except ConnectionRefusedError:
        return True
    return False


def terminate(server: Server) -> None:
    server.process.terminate()


def press_control_c(server: Server) -> None:
    """A terminal tells all processes at once."""
    os.killpg(server.process.pid, signal.SIGINT)


@pytest.mark.parametrize(
    ("workers", "stop"), [("1", terminate), ("2", terminate), ("2", press_control_c)]
)
def test_what_runs_is_finished_and_nothing_new_accepted(
    configured: Home, workers: str, stop: Callable[[Server], None]
) -> None:
    body = b'{"title": "Buy honey"}'
    with serving(configured, "--workers", workers) as server:
        with running_request(server, configured.token("ada"), body) as connection:
            stop(server)
            eventually(lambda: refuses_connections(server))
            connection.sendall(body)
            assert connection.recv(4096).startswith(b"HTTP/1.1 201 ")
        assert server.process.wait(60) == 0
        assert server.err == ""
        assert [line for line in server.log if line["level"] in ("warning", "error")] == []
        eventually(lambda: not configured.processes())


def test_what_does_not_end_in_time_is_cut_off(configured: Home) -> None:
    hasty = Home(configured.path, {**configured.variables, "HONEYDO_SHUTDOWN_TIMEOUT": "1"})
    with (
        serving(hasty) as server,
        running_request(server, hasty.token("ada"), b'{"title": "Buy honey"}') as connection,
    ):
        assert server.stop() == 0
        head, _, body = connection.recv(4096).partition(b"\r\n\r\n")

        assert head.startswith(b"HTTP/1.1 503 ")
        assert b"\r\nretry-after: " in head
        assert json.loads(body)["code"] == "unavailable"
        assert [line["status"] for line in server.log if "status" in line][-1] == 503
        assert server.err == ""


def test_workers_end_with_a_killed_supervisor(configured: Home) -> None:
    with serving(configured, "--workers", "2") as server:
        assert len(workers_of(server)) == 2
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
        eventually(lambda: not configured.processes())
        assert refuses_connections(server)


def test_a_worker_that_dies_is_replaced_and_said_to_have_died(configured: Home) -> None:
    with serving(configured, "--workers", "2") as server:
        victim = workers_of(server)[0]
        victim.kill()
        eventually(lambda: len({*workers_of(server)} - {victim}) == 2)
        assert any("died" in line["event"] for line in server.log)
        assert httpx.get(f"{server.url}/health", timeout=60).json() == {"status": "ok"}
        assert server.stop() == 0


def workers_of(server: Server) -> list[psutil.Process]:
    children = psutil.Process(server.process.pid).children()
    return [child for child in children if is_worker(child)]


def is_worker(process: psutil.Process) -> bool:
    try:
        return any("spawn_main" in word for word in process.cmdline())
    except psutil.Error:
        return False
