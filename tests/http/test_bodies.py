"""What every request with a body has in common: it is JSON, and not too much of it."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from litestar.types import ASGIApp, Message

from honeydo.adapters.http.options import HttpOptions
from honeydo.adapters.memory import MemoryTasks
from tests.support.serving import application, client, problem

TASK = "1b4e28ba-2fa1-41d2-883f-0016d3cca427"
# For each of them.
GOOD = b'{"title": "a", "operations": [{"op": "create", "title": "a"}]}'

each_endpoint = pytest.mark.parametrize(
    ("method", "address"),
    [
        ("POST", "/api/ada/tasks"),
        ("POST", "/api/ada/tasks/batch"),
        ("PUT", f"/api/ada/tasks/{TASK}"),
        ("PATCH", f"/api/ada/tasks/{TASK}"),
        ("PATCH", f"/api/ada/tasks/{TASK}/complete"),
    ],
)


@each_endpoint
@pytest.mark.parametrize(
    "body",
    {
        "white space": b" \n",
        "a word": b"honey",
        "half an object": b'{"title": "Buy',
        "a comma too many": b'{"title": "Buy honey",}',
        "single quotes": b"{'title': 'Buy honey'}",
        "two objects": GOOD + b"{}",
        "a comment": GOOD + b" // b",
        "a byte order mark": b'\xef\xbb\xbf{"title": "Buy honey"}',
        "UTF-16": '{"title": "Buy honey"}'.encode("utf-16"),
        "NaN": b'{"title": "Buy honey", "x": NaN}',
        "a lone surrogate": b'{"title": "Buy \\ud83d honey"}',
        "a control character": b'{"title": "Buy\nhoney"}',
        "brackets without end": b'{"x": ' + b"[" * 60_000,
        "a deep nest": b'{"x": ' + b"[" * 30_000 + b"]" * 30_000 + b"}",
        "a form": b"title=Buy+honey",
        "NUL": b"\0",
    }.items(),
    ids=lambda body: body[0],
)
async def test_what_is_no_json_is_a_bad_request(
    ada: httpx.AsyncClient, method: str, address: str, body: tuple[str, bytes]
) -> None:
    problem(await ada.request(method, address, content=body[1]), 400, "malformed_json")


@pytest.mark.parametrize("field", ["title", "description"])
async def test_a_value_that_is_no_utf_8_is_no_json(ada: httpx.AsyncClient, field: str) -> None:
    body = b'{"title": "x", "%s": "m\xe9l"}' % field.encode()

    problem(await ada.post("/api/ada/tasks", content=body), 400, "malformed_json")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
async def test_no_body_is_no_json(ada: httpx.AsyncClient, method: str) -> None:
    address = "/api/ada/tasks" if method == "POST" else f"/api/ada/tasks/{TASK}"

    problem(await ada.request(method, address), 400, "malformed_json")


@each_endpoint
@pytest.mark.parametrize("body", [None, True, 5, 1e300, "Buy honey", [], [{"title": "Buy honey"}]])
async def test_json_that_is_no_object_breaks_a_rule(
    ada: httpx.AsyncClient, method: str, address: str, body: Any
) -> None:
    refused = await ada.request(method, address, content=json.dumps(body))

    errors = problem(refused, 422, "invalid_values")["errors"]
    assert [(each["pointer"], each["code"]) for each in errors] == [("", "invalid")]


@pytest.mark.parametrize("number", [b"1e999", b"-1e999", b"9" * 5_000, b"0.%s1" % (b"0" * 5_000)])
async def test_a_number_of_any_size_is_just_a_value_of_the_wrong_type(
    ada: httpx.AsyncClient, number: bytes
) -> None:
    refused = await ada.post("/api/ada/tasks", content=b'{"title": %s}' % number)

    assert problem(refused, 422, "invalid_values")["errors"][0]["pointer"] == "/title"


async def test_of_a_field_that_is_there_twice_the_last_one_counts(ada: httpx.AsyncClient) -> None:
    created = await ada.post("/api/ada/tasks", content=b'{"title": "first", "title": "second"}')

    assert created.json()["title"] == "second"


@each_endpoint
@pytest.mark.parametrize(
    "media_type",
    [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "text/plain;charset=UTF-8",
        "text/html",
        "application/xml",
        "application/octet-stream",
        "application/jsonp",
        "application/json-patch+json",
        "*/*",
        "json",
        "\u00e9",
    ],
)
async def test_what_says_that_it_is_no_json_is_not_looked_at(
    ada: httpx.AsyncClient, method: str, address: str, media_type: str
) -> None:
    headers = {"Content-Type": media_type.encode()}

    refused = await ada.request(method, address, content=b'{"title": "x"}', headers=headers)  # type: ignore[arg-type]

    problem(refused, 415, "unsupported_media_type")
    assert "application/json" in refused.headers["accept"].split(", ")


@pytest.mark.parametrize(
    "media_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        "Application/JSON",
        " application/json ",
        "",
    ],
)
async def test_json_may_say_so_in_any_way_or_not_at_all(
    ada: httpx.AsyncClient, media_type: str
) -> None:
    created = await ada.post(
        "/api/ada/tasks", content=b'{"title": "x"}', headers={"Content-Type": media_type}
    )

    assert created.status_code == 201


@pytest.fixture
def narrow() -> httpx.AsyncClient:
    """A client of an application that takes bodies of a hundred bytes."""
    return client(application(MemoryTasks(), HttpOptions(max_body_size=100)), "ada")


async def in_two_pieces(body: bytes) -> AsyncIterator[bytes]:
    yield body[:60]
    yield body[60:]


async def test_a_body_may_be_as_large_as_the_limit(narrow: httpx.AsyncClient) -> None:
    body = b'{"title": "x"}'.ljust(100)

    announced = await narrow.post("/api/ada/tasks", content=body)
    chunked = await narrow.post("/api/ada/tasks", content=in_two_pieces(body))

    assert (announced.status_code, chunked.status_code) == (201, 201)
    assert "content-length" not in chunked.request.headers


@each_endpoint
async def test_a_larger_body_is_refused(
    narrow: httpx.AsyncClient, method: str, address: str
) -> None:
    body = b'{"title": "x"}'.ljust(101)

    problem(await narrow.request(method, address, content=body), 413, "too_large")


@each_endpoint
async def test_a_larger_body_that_does_not_announce_it_is_refused(
    narrow: httpx.AsyncClient, method: str, address: str
) -> None:
    body = in_two_pieces(b'{"title": "x"}'.ljust(101))

    problem(await narrow.request(method, address, content=body), 413, "too_large")


@pytest.mark.parametrize("character", ["x", "\u8702", "\N{HONEYBEE}"])
async def test_the_largest_task_that_the_rules_allow_fits_as_a_browser_sends_it(
    ada: httpx.AsyncClient, character: str
) -> None:
    task = {"title": character * 255, "description": character * 10_000}
    body = json.dumps(task, ensure_ascii=False).encode()

    assert (await ada.post("/api/ada/tasks", content=body)).status_code == 201


async def test_a_body_has_at_most_64_kib_unless_told_otherwise(ada: httpx.AsyncClient) -> None:
    body = b'{"title": "x"}'.ljust(65_536)

    assert (await ada.post("/api/ada/tasks", content=body)).status_code == 201
    problem(await ada.post("/api/ada/tasks", content=body + b" "), 413, "too_large")


async def test_a_body_of_which_the_length_is_no_number_is_a_bad_request(
    ada: httpx.AsyncClient,
) -> None:
    refused = await ada.post("/api/ada/tasks", content=b"{}", headers={"Content-Length": "x"})

    problem(refused, 400, "bad_request")


@each_endpoint
async def test_who_hangs_up_within_the_body_is_no_defect_of_ours(
    app: ASGIApp, ada: httpx.AsyncClient, method: str, address: str
) -> None:
    request = ada.build_request(method, address)
    received: list[Any] = [
        {"type": "http.request", "body": b'{"title": "Buy', "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent: list[Message] = []

    async def receive() -> Any:
        return received.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Any = {
        "type": "http",
        "method": method,
        "path": address,
        "query_string": b"",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
    }
    await app(scope, receive, send)

    assert isinstance(sent[0], dict)
    assert sent[0].get("status") == 400
