"""Which pages may call us from a browser (the Fetch standard)."""

from typing import Any

import httpx
import pytest
from litestar.types import ASGIApp

from honeydo.adapters.http.options import HttpOptions
from honeydo.adapters.memory import MemoryTasks
from honeydo.domain.listing import Listing, Page
from honeydo.domain.user import UserId
from tests.support.serving import NEVER_WAS, application, client

MAY_READ = "ETag, Idempotent-Replayed, Link, Location, Retry-After, X-Request-Id, X-Total-Count"
FRONTEND = "https://honeydo.example"
LOCAL = "http://localhost:3000"
TASKS = "/api/ada/tasks"

UNLISTED = [
    "https://evil.example",
    "http://honeydo.example",
    "https://honeydo.example:8443",
    "https://honeydo.example.evil.example",
    "https://evil.example/https://honeydo.example",
    "https://xhoneydo.example",
    "https://honeydoxexample",
    "https://www.honeydo.example",
    "https://honeydo.example/",
    "https://honeydo.example, http://localhost:3000",
    "http://localhost:300",
    "http://localhost:30000",
    "HTTP://LOCALHOST:3000",
    "null",
    "*",
    "\u00e9",
    "",
]


class BrokenList(MemoryTasks):
    async def page(self, owner: UserId, listing: Listing) -> Page:
        raise RuntimeError(f"no {listing} of {owner}")


@pytest.fixture
def app() -> ASGIApp:
    options = HttpOptions(frontend_origins=(FRONTEND, LOCAL), max_body_size=1_000)
    return application(BrokenList(), options)


ANSWERS: list[tuple[int, str, str, dict[str, Any]]] = [
    (201, "POST", TASKS, {"json": {"title": "Buy honey"}}),
    (200, "GET", "/health", {}),
    (200, "GET", "/openapi.json", {}),
    (204, "OPTIONS", TASKS, {}),
    (400, "POST", TASKS, {"content": b"{"}),
    (400, "GET", TASKS, {"headers": {"Host": "a b"}}),
    (401, "GET", TASKS, {"headers": {"Authorization": "Bearer x"}}),
    (403, "GET", "/api/bob/tasks", {}),
    (404, "GET", f"{TASKS}/{NEVER_WAS}", {}),
    (404, "GET", "/nowhere", {}),
    (405, "PUT", TASKS, {}),
    (413, "POST", TASKS, {"content": b" " * 1_001}),
    (415, "POST", TASKS, {"content": b"x", "headers": {"Content-Type": "text/plain"}}),
    (422, "POST", TASKS, {"json": {}}),
    (500, "GET", TASKS, {}),
]
each_answer = pytest.mark.parametrize(("status", "method", "address", "request_"), ANSWERS)


def of_cors(answer: httpx.Response) -> dict[str, str]:
    return {name: text for name, text in answer.headers.items() if name.startswith("access-")}


@each_answer
@pytest.mark.parametrize("origin", [FRONTEND, LOCAL])
async def test_pages_of_a_listed_origin_may_read_every_answer(
    app: ASGIApp, origin: str, status: int, method: str, address: str, request_: Any
) -> None:
    answer = await client(app, "ada", Origin=origin).request(method, address, **request_)

    assert answer.status_code == status
    assert of_cors(answer) == {
        "access-control-allow-origin": origin,
        "access-control-expose-headers": MAY_READ,
    }
    assert "Origin" in answer.headers["vary"].split(", ")


@each_answer
async def test_pages_of_another_origin_may_read_none(
    app: ASGIApp, status: int, method: str, address: str, request_: Any
) -> None:
    answer = await client(app, "ada", Origin="https://evil.example").request(
        method, address, **request_
    )

    assert answer.status_code == status
    assert of_cors(answer) == {}
    assert "Origin" in answer.headers["vary"].split(", ")


@pytest.mark.parametrize("origin", UNLISTED)
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
async def test_an_origin_is_listed_to_the_letter_or_not_at_all(
    app: ASGIApp, origin: str, method: str
) -> None:
    headers = {"Origin": origin.encode(), "Access-Control-Request-Method": b"GET"}

    answer = await client(app, "ada").request(method, "/health", headers=headers)  # type: ignore[arg-type]

    assert of_cors(answer) == {}
    assert answer.headers["vary"] == "Origin"


async def test_a_cache_may_not_give_a_page_what_was_answered_without_an_origin(
    app: ASGIApp,
) -> None:
    answer = await client(app, "ada").get("/health")

    assert of_cors(answer) == {}
    assert answer.headers["vary"] == "Origin"


@pytest.mark.parametrize("address", [TASKS, f"{TASKS}/{NEVER_WAS}", "/health", "/nowhere"])
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "PURGE"])
async def test_a_preflight_needs_no_token_and_tells_all_that_is_allowed(
    app: ASGIApp, address: str, method: str
) -> None:
    answer = await client(app).options(
        address,
        headers={
            "Origin": FRONTEND,
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": "authorization,content-type,x-unheard-of",
        },
    )

    assert (answer.status_code, answer.content) == (204, b"")
    assert of_cors(answer) == {
        "access-control-allow-origin": FRONTEND,
        "access-control-expose-headers": MAY_READ,
        "access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
        "access-control-allow-headers": "Authorization, Content-Type, If-Match, If-None-Match, "
        "Idempotency-Key, Prefer, X-Request-Id, Last-Event-ID",
        "access-control-max-age": "600",
    }
    assert answer.headers["vary"] == "Origin"
    assert "x-request-id" in answer.headers


async def test_a_preflight_of_another_origin_is_told_nothing(app: ASGIApp) -> None:
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"}

    answer = await client(app).options(TASKS, headers=headers)

    assert (answer.status_code, answer.content) == (204, b"")
    assert of_cors(answer) == {}


async def test_without_a_listed_origin_there_is_no_word_of_cors() -> None:
    ada = client(application(MemoryTasks()), "ada", Origin=FRONTEND)

    for answer in (
        await ada.get(TASKS),
        await ada.options(TASKS, headers={"Access-Control-Request-Method": "GET"}),
    ):
        assert of_cors(answer) == {}
        assert "Origin" not in answer.headers.get("vary", "")
