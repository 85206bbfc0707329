import httpx
import pytest
from litestar.types import ASGIApp

from honeydo.adapters.memory import MemoryTasks
from tests.support.determined import HandClock
from tests.support.lists import make_seven
from tests.support.serving import application, client


@pytest.fixture
def app(memory: MemoryTasks, clock: HandClock) -> ASGIApp:
    return application(memory, clock=clock)


@pytest.fixture
def ada(app: ASGIApp) -> httpx.AsyncClient:
    return client(app, "ada")


@pytest.fixture
def bob(app: ASGIApp) -> httpx.AsyncClient:
    return client(app, "bob")


@pytest.fixture
def nobody(app: ASGIApp) -> httpx.AsyncClient:
    return client(app)


@pytest.fixture
async def seven(ada: httpx.AsyncClient, clock: HandClock) -> None:
    await make_seven(ada, clock)


@pytest.fixture
def ada_headers(ada: httpx.AsyncClient) -> bytes:
    """For requests that are written by hand."""
    return b"Authorization: %s\r\n" % ada.headers["Authorization"].encode()
