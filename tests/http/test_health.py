"""GET /health and /health/live"""

from collections.abc import Awaitable, Callable

import httpx
import pytest

from honeydo.adapters.memory import MemoryTasks
from honeydo.application.errors import Unavailable
from tests.support.serving import application, client


async def not_migrated() -> bool:
    return False


async def unreachable() -> bool:
    raise Unavailable


async def test_a_server_is_ready_when_its_database_is(nobody: httpx.AsyncClient) -> None:
    answer = await nobody.get("/health")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("is_ready", "status"), [(not_migrated, "not_migrated"), (unreachable, "unavailable")]
)
async def test_a_server_is_not_ready_when_its_database_is_not(
    is_ready: Callable[[], Awaitable[bool]], status: str
) -> None:
    nobody = client(application(MemoryTasks(), is_ready=is_ready))

    answer = await nobody.get("/health")

    assert (answer.status_code, answer.json()) == (503, {"status": status})


async def test_a_server_is_alive_whatever_its_database_is() -> None:
    answer = await client(application(MemoryTasks(), is_ready=unreachable)).get("/health/live")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize("address", ["/health", "/health/live"])
async def test_health_is_never_kept(nobody: httpx.AsyncClient, address: str) -> None:
    for method in ("GET", "HEAD"):
        answer = await nobody.request(method, address)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")


@pytest.mark.parametrize("address", ["/health", "/health/live"])
async def test_a_token_does_no_harm(nobody: httpx.AsyncClient, address: str) -> None:
    answer = await nobody.get(address, headers={"Authorization": "Bearer x"})

    assert answer.status_code == 200
