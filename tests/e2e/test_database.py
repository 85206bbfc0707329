"""A database of one's own: migrated on request alone, watched, and never given away."""

import socket
import subprocess
from collections.abc import Iterator

import httpx
import pytest

from tests.e2e.server import HONEYDO, SECRET, Home, Server, eventually, serving, starting
from tests.entrypoints.superuser import superusers_database
from tests.support.cluster import Cluster
from tests.support.databases import new_database

PASSWORD = "xyzzy-plugh"


@pytest.fixture
def empty(home: Home, cluster: Cluster) -> Iterator[Home]:
    with new_database(cluster) as name:
        yield configured(home, cluster.url(name))


def configured(home: Home, url: str) -> Home:
    return Home(home.path, {"DATABASE_URL": url, "BETTER_AUTH_SECRET": SECRET})


def is_listening(server: Server) -> bool:
    assert server.process.poll() is None, server.out + server.err
    return "Listening" in server.out


def test_it_is_migrated_by_command_and_not_before(empty: Home) -> None:
    with starting(empty) as server:
        eventually(lambda: is_listening(server))
        assert "honeydo migrate" in server.out
        health = httpx.get(f"{server.url}/health", timeout=60)
        assert (health.status_code, health.json()["status"]) == (503, "not_migrated")
        assert empty.run("doctor").returncode == 1

        migrated = empty.run("migrate")
        assert migrated.returncode == 0
        assert migrated.stderr == "Migrated the database from nothing to 0004.\n"
        assert migrated.stdout == ""

        assert httpx.get(f"{server.url}/health", timeout=60).json() == {"status": "ok"}
        assert empty.run("doctor").returncode == 0


def test_it_is_migrated_at_the_start_on_request(empty: Home) -> None:
    with serving(empty, "--migrate") as server:
        assert httpx.get(f"{server.url}/health", timeout=60).json() == {"status": "ok"}


def test_a_superuser_is_warned_about(home: Home, cluster: Cluster, template: str) -> None:
    with superusers_database(cluster, template) as url, serving(configured(home, url)) as server:
        [warning] = [line for line in server.log if line["level"] == "warning"]
        assert "superuser" in warning["event"]


def test_a_server_whose_database_is_down_starts_and_says_so(home: Home) -> None:
    with starting(down(home, "127.0.0.1:1/honeydo")) as server:
        eventually(lambda: is_listening(server))
        with server.client() as anybody:
            assert anybody.get("/health").status_code == 503
            assert anybody.get("/health/live").status_code == 200
        assert any("Connection refused" in line["event"] for line in server.log)
        assert server.stop() == 0
        assert_nothing_told(server.out + server.err)


@pytest.mark.parametrize(
    "place",
    ["127.0.0.1:1/honeydo", "nowhere.invalid/honeydo", "127.0.0.1:1,127.0.0.1:2/honeydo"],
)
def test_a_password_is_never_told(home: Home, place: str) -> None:
    for command in ("doctor", "migrate"):
        said = down(home, place).run(command)
        assert said.returncode == 1
        assert_nothing_told(said.stdout + said.stderr)


def down(home: Home, place: str) -> Home:
    secretive = configured(home, f"postgresql://ada:{PASSWORD}@{place}")
    return Home(home.path, {**secretive.variables, "HONEYDO_DATABASE_TIMEOUT": "0.5"})


def assert_nothing_told(said: str) -> None:
    assert said
    for secret in (PASSWORD, SECRET, "eyJ"):
        assert secret not in said


def test_neither_tokens_nor_what_users_write_are_logged(
    home: Home, shared_database_url: str
) -> None:
    with serving(configured(home, shared_database_url)) as server:
        with server.client("ada|secretive") as client:
            assert client.post("/api/me/tasks", json={"title": "Hide me"}).status_code == 201
            client.get("/api/me/tasks", params={"cursor": "Hide me"})
            client.get("/api/me/Hide%20me")
            client.get("/api/me/tasks", headers={"Authorization": "Bearer eyJhide.eyJhide.me"})
        assert server.stop() == 0
        assert len([line for line in server.log if line["event"] == "request"]) >= 4
        for hidden in ("eyJ", "Hide", "secretive"):
            assert hidden not in server.out + server.err


def test_any_asgi_server_can_serve_it(home: Home, shared_database_url: str) -> None:
    production = configured(home, shared_database_url)
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        subprocess.Popen(  # noqa: S603
            [
                HONEYDO.with_name("uvicorn"),
                *("--factory", "honeydo.entrypoints.asgi:app"),
                *("--fd", str(listener.fileno())),
            ],
            pass_fds=[listener.fileno()],
            cwd=home.path,
            env=production.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as foreign,
    ):
        try:
            host, port = listener.getsockname()
            token = {"Authorization": f"Bearer {production.token('ada')}"}
            tasks = httpx.get(f"http://{host}:{port}/api/me/tasks", headers=token, timeout=60)
            assert tasks.status_code == 200
        finally:
            foreign.terminate()
