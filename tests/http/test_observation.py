"""What every answer carries, and what the log has of every request."""

import json
import re
from typing import Any, NamedTuple

import httpx
import pytest
from litestar.types import ASGIApp

from honeydo.adapters.http.options import HttpOptions
from honeydo.adapters.memory import MemoryTasks
from tests.support.serving import NEVER_WAS, Broken, application, client
from tests.support.tokens import claims, token

TASKS = "/api/me/tasks"
COLLECTION, ONE = "/api/{user_id}/tasks", "/api/{user_id}/tasks/{task_id}"
GENERATED = re.compile("[0-9a-f]{32}")
TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@pytest.fixture
def log() -> list[bytes]:
    return []


@pytest.fixture
def app(log: list[bytes]) -> ASGIApp:
    """Writes a log; every task in it is broken, but a list is not."""
    options = HttpOptions(
        frontend_origins=("https://honeydo.example",), max_body_size=1_000, access_log=log.append
    )
    return application(Broken(), options)


class Sent(NamedTuple):
    method: str
    address: str
    rest: dict[str, Any]
    status: int
    route: str

    async def by(self, user: httpx.AsyncClient) -> httpx.Response:
        answer = await user.request(self.method, self.address, **self.rest)
        assert answer.status_code == self.status
        return answer


PREFLIGHT = {"Origin": "https://honeydo.example", "Access-Control-Request-Method": "GET"}
REQUESTS = [
    Sent("GET", TASKS, {}, 200, COLLECTION),
    Sent("HEAD", TASKS, {}, 200, COLLECTION),
    Sent("POST", TASKS, {"json": {"title": "Buy honey"}}, 201, COLLECTION),
    Sent("OPTIONS", TASKS, {}, 204, COLLECTION),
    Sent("POST", TASKS, {"content": b"{"}, 400, COLLECTION),
    Sent("GET", f"{TASKS}?limit=0", {}, 400, COLLECTION),
    Sent("GET", TASKS, {"headers": {"Authorization": "Bearer x"}}, 401, COLLECTION),
    Sent("GET", "/api/bob/tasks", {}, 403, COLLECTION),
    Sent("POST", TASKS, {"content": b" " * 1_001}, 413, COLLECTION),
    Sent("POST", TASKS, {"data": {"title": "x"}}, 415, COLLECTION),
    Sent("POST", TASKS, {"json": {}}, 422, COLLECTION),
    Sent("GET", f"{TASKS}/{NEVER_WAS}", {}, 500, ONE),
    Sent("PATCH", f"{TASKS}/{NEVER_WAS}/complete", {}, 500, f"{ONE}/complete"),
    Sent("GET", f"{TASKS}/x", {}, 400, ONE),
    Sent("GET", "/health", {}, 200, "/health"),
    Sent("GET", "/docs", {}, 200, "/docs"),
    Sent("GET", "/openapi.json", {}, 200, "/openapi.json"),
    # What leads to no handler has no route.
    Sent("GET", "/nowhere", {}, 404, ""),
    Sent("PUT", TASKS, {}, 405, ""),
    Sent("GET", TASKS, {"headers": {"Host": "a b"}}, 400, ""),
    Sent("OPTIONS", TASKS, {"headers": PREFLIGHT}, 204, ""),
]
each_request = pytest.mark.parametrize(
    "sent", REQUESTS, ids=lambda sent: f"{sent.method} {sent.address} {sent.status}"
)


@each_request
async def test_each_answer_keeps_browsers_from_guessing_and_embedding(
    app: ASGIApp, sent: Sent
) -> None:
    answer = await sent.by(client(app, "ada"))

    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    [policy] = answer.headers.get_list("content-security-policy")
    assert policy.startswith("default-src 'none'; ")
    assert policy.endswith("frame-ancestors 'none'")


@each_request
async def test_each_request_is_one_line_of_the_log(
    app: ASGIApp, log: list[bytes], sent: Sent
) -> None:
    answer = await sent.by(client(app, "ada"))

    [line] = log
    assert line.endswith(b"}\n")
    assert line.count(b"\n") == 1
    said = json.loads(line)
    assert said.pop("time") > 1_700_000_000
    assert said.pop("duration_ms") >= 0
    said.pop("user", None)
    assert said == {
        "level": "error" if sent.status >= 500 else "info",
        "event": "request",
        "request_id": answer.headers["x-request-id"],
        "method": sent.method,
        "route": sent.route,
        "status": sent.status,
    }


async def test_the_log_knows_a_user_again_and_not_by_name(app: ASGIApp, log: list[bytes]) -> None:
    for user in ("ada", "bob", "ada"):
        await client(app, user).get(TASKS)
    await client(app, "ada").get("/api/bob/tasks")
    await client(app).get(TASKS)

    users = [json.loads(line).get("user") for line in log]
    assert all(re.fullmatch("[0-9a-f]{16}", user) for user in users[:4])
    assert users[0] == users[2] == users[3] != users[1]
    assert users[4] is None


async def test_nothing_that_is_secret_or_that_a_user_typed_is_in_the_log(
    app: ASGIApp, log: list[bytes]
) -> None:
    bearer = token(claims(sub="auth0|secretly", email="secretly@example.org"))
    user = client(app, Authorization=f"Bearer {bearer}")
    await user.post(TASKS, json={"title": "Typed", "description": "Typed", "id": str(NEVER_WAS)})
    await user.get("/api/auth0%7Csecretly/tasks?completed=Typed")
    await user.get(f"{TASKS}/{NEVER_WAS}?x=Typed")
    await user.get("/Typed", headers={"User-Agent": "Typed", "Cookie": "Typed"})
    await client(app, Authorization="Bearer Typed").get(TASKS)

    assert len(log) == 5
    for line in log:
        for secret in (*bearer.split("."), "secretly", "Typed", str(NEVER_WAS), "example.org"):
            assert secret not in line.decode()


async def test_without_a_log_requests_are_served_too() -> None:
    ada = client(application(MemoryTasks(), HttpOptions(access_log=None)), "ada")

    assert (await ada.get(TASKS)).status_code == 200


@pytest.mark.parametrize(
    "given", ["1", "abc-123", "0af7651916cd43dd8448eb211c80319c", "a/b:c.d_e+f=", "x" * 128]
)
async def test_a_request_keeps_the_id_that_it_came_with(
    app: ASGIApp, log: list[bytes], given: str
) -> None:
    answer = await client(app, "ada").get("/nowhere", headers={"X-Request-Id": given})

    assert answer.headers.get_list("x-request-id") == [given]
    assert answer.json()["request_id"] == given
    assert json.loads(log[0])["request_id"] == given


@pytest.mark.parametrize(
    "given",
    [
        b"",
        b" ",
        b"a b",
        b"x" * 129,
        b'"quoted"',
        b"a\r\nSet-Cookie: x",
        b"a\n",
        b"<script>",
        b"{}",
        b"a,b",
        b"a;b",
        b"$(id)",
        b"\x00",
        b"\xff",
        "\u00e9".encode(),
    ],
)
async def test_an_id_that_might_do_harm_is_replaced(
    app: ASGIApp, log: list[bytes], given: bytes
) -> None:
    answer = await client(app, "ada").get("/nowhere", headers=[(b"X-Request-Id", given)])

    [request_id] = answer.headers.get_list("x-request-id")
    assert GENERATED.fullmatch(request_id)
    assert answer.json()["request_id"] == request_id
    assert json.loads(log[0])["request_id"] == request_id


async def test_each_request_without_an_id_gets_one_of_its_own(ada: httpx.AsyncClient) -> None:
    ids = {(await ada.get("/health/live")).headers["x-request-id"] for _ in range(100)}

    assert len(ids) == 100
    assert all(GENERATED.fullmatch(request_id) for request_id in ids)


@pytest.mark.parametrize("flags", ["00", "01", "03"])
async def test_a_trace_goes_on_in_a_span_of_our_own(
    app: ASGIApp, log: list[bytes], flags: str
) -> None:
    headers = {"traceparent": f"00-{TRACE}-{PARENT}-{flags}"}

    answer = await client(app, "ada").get("/nowhere", headers=headers)

    version, trace, span, said_flags = answer.headers["traceparent"].split("-")
    assert (version, trace, said_flags) == ("00", TRACE, flags)
    assert re.fullmatch("[0-9a-f]{16}", span)
    assert span not in (PARENT, "0" * 16)
    assert json.loads(log[0])["trace_id"] == TRACE


@pytest.mark.parametrize(
    "given",
    [
        "",
        "x",
        TRACE,
        f"00-{TRACE}-{PARENT}",
        f"00-{TRACE}-{PARENT}-01-x",
        f"00-{TRACE.upper()}-{PARENT}-01",
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE[1:]}-{PARENT}-01",
        f"00-{TRACE}-{PARENT}-0g",
        f"ff-{TRACE}-{PARENT}-01",
        f"00-{TRACE}-{PARENT}-01\n",
    ],
)
async def test_what_is_no_trace_is_ignored(app: ASGIApp, log: list[bytes], given: str) -> None:
    answer = await client(app, "ada").get(TASKS, headers={"traceparent": given})

    assert answer.status_code == 200
    assert "traceparent" not in answer.headers
    assert "trace_id" not in json.loads(log[0])
