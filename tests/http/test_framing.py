"""Where a request begins and ends, and to whom it goes (RFC 9112): what is ambiguous is refused,
lest a proxy in front of us sees other requests than we do."""

from collections.abc import AsyncIterator

import pytest
from litestar.types import ASGIApp

from honeydo.adapters.http.protocol import BoundedProtocol
from honeydo.adapters.memory import MemoryTasks
from tests.support.serving import NEVER_WAS
from tests.support.sockets import listening, refused, sent

HOST = b"Host: honeydo.test\r\n"
BODY = b'{"title": "Buy honey"}'
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
CHUNKED = b"Transfer-Encoding: chunked\r\n"
CHUNKS = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
UPGRADE = b"Connection: Upgrade\r\nUpgrade: h2c\r\n"
ANOTHER = b"GET /health HTTP/1.1\r\nHost: honeydo.test\r\nConnection: close\r\n\r\n"


@pytest.fixture
async def port(app: ASGIApp) -> AsyncIterator[int]:
    async with listening(app, BoundedProtocol) as port:
        yield port


def post(lines: bytes, body: bytes) -> bytes:
    return b"POST /api/me/tasks HTTP/1.1\r\n" + HOST + lines + b"\r\n" + body


AMBIGUOUS = {
    "a length and chunks": post(LENGTH + CHUNKED, CHUNKS),
    "chunks and a length": post(CHUNKED + LENGTH, CHUNKS),
    "a length twice": post(LENGTH * 2, BODY),
    "two lengths": post(LENGTH + b"Content-Length: 1\r\n", BODY),
    "a list of lengths": post(b"Content-Length: 22, 22\r\n", BODY),
    "a length with a sign": post(b"Content-Length: +22\r\n", BODY),
    "a negative length": post(b"Content-Length: -1\r\n", BODY),
    "a length in hexadecimal": post(b"Content-Length: 0x16\r\n", BODY),
    "a length of 400 digits": post(b"Content-Length: %s\r\n" % (b"9" * 400), BODY),
    "a length before a colon with space": post(LENGTH.replace(b":", b" :"), BODY),
    "an unknown coding": post(b"Transfer-Encoding: xchunked\r\n", CHUNKS),
    "the coding identity": post(b"Transfer-Encoding: identity\r\n" + LENGTH, BODY),
    "chunks within another coding": post(b"Transfer-Encoding: chunked, identity\r\n", CHUNKS),
    "a coding that is not undone": post(b"Transfer-Encoding: gzip, chunked\r\n", CHUNKS),
    "chunked twice": post(CHUNKED * 2, CHUNKS),
    "chunked behind a control character": post(b"Transfer-Encoding: \x0bchunked\r\n", CHUNKS),
    "chunked before a colon with space": post(b"Transfer-Encoding : chunked\r\n", CHUNKS),
    "chunked in a folded line": post(b"X: a\r\n " + CHUNKED + LENGTH, BODY),
    "chunked behind a bare CR": post(b"X: a\r" + CHUNKED + LENGTH, BODY),
    "chunks in HTTP/1.0": post(CHUNKED, CHUNKS).replace(b"HTTP/1.1", b"HTTP/1.0"),
    "a NUL in a header": post(b"X: a\0b\r\n" + LENGTH, BODY),
    "lines without CR": post(LENGTH, BODY).replace(b"\r\n", b"\n"),
    "a chunk with 0x": post(CHUNKED, b"0x16\r\n" + CHUNKS[4:]),
    "a chunk of negative size": post(CHUNKED, b"-1\r\n" + CHUNKS[4:]),
    "a chunk of 20 digits": post(CHUNKED, b"f" * 20 + b"\r\n" + CHUNKS[4:]),
    "chunks without CR": post(CHUNKED, CHUNKS.replace(b"\r\n", b"\n")),
    "no host": post(LENGTH, BODY).replace(HOST, b""),
    "two hosts": post(b"Host: evil.example\r\n" + LENGTH, BODY),
    "a body before another protocol": post(UPGRADE + LENGTH, BODY),
    "chunks before another protocol": post(UPGRADE + CHUNKED, CHUNKS),
    "another version": post(LENGTH, BODY).replace(b"HTTP/1.1", b"HTTP/1.2"),
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "an authority in place of a path": b"CONNECT evil.example:443 HTTP/1.1\r\n" + HOST + b"\r\n",
}


@pytest.mark.parametrize("request_", AMBIGUOUS.values(), ids=AMBIGUOUS)
async def test_what_two_servers_might_read_differently_is_refused(
    port: int, ada_headers: bytes, memory: MemoryTasks, request_: bytes
) -> None:
    signed_in = request_.replace(HOST, HOST + ada_headers, 1)

    refused(await sent(port, signed_in + ANOTHER), 400, "malformed_request")
    assert not memory.users


async def test_a_trailer_does_not_pass_for_a_header(port: int, ada_headers: bytes) -> None:
    answer = await sent(port, post(CHUNKED, CHUNKS[:-2] + ada_headers + b"\r\n") + ANOTHER)

    assert answer.startswith(b"HTTP/1.1 401 Unauthorized")
    assert answer.count(b"HTTP/1.1 200 OK") == 1


@pytest.mark.parametrize("authority", [b"evil.example", b"ada:honey@evil.example:1"])
async def test_of_a_whole_url_the_path_alone_counts(
    port: int, ada_headers: bytes, authority: bytes
) -> None:
    target = b"http://" + authority + b"/api/me/tasks"
    lines = HOST + ada_headers + LENGTH + b"Connection: close\r\n\r\n"

    answer = await sent(port, b"POST " + target + b" HTTP/1.1\r\n" + lines + BODY)

    assert answer.startswith(b"HTTP/1.1 201 Created")
    assert b"location: /api/me/tasks/" in answer
    assert b"evil" not in answer


@pytest.mark.parametrize(
    ("target", "status", "code"),
    [
        ("/api/bob/../me/tasks", 404, "not_found"),
        ("/api/bob/%2e%2e/me/tasks", 404, "not_found"),
        ("/api/me/tasks/..", 400, "invalid_task_id"),
        ("/api/me/tasks/%2e%2e%2f%2e%2e", 404, "not_found"),
        ("/api\\me\\tasks", 404, "not_found"),
        ("/api/me/tasks;x=1", 404, "not_found"),
        ("/api/%256de/tasks", 403, "not_your_collection"),
        ("/api/me%00/tasks", 403, "not_your_collection"),
        ("/api/me%/tasks", 403, "not_your_collection"),
        ("/api/%zz/tasks", 403, "not_your_collection"),
        ("/api/%c0%ae%c0%ae/tasks", 403, "not_your_collection"),
        ("/api/bob%2Ftasks", 403, "not_your_collection"),
        ("//evil.example/api/me/tasks", 404, "not_found"),
        (f"/api/me/tasks/{NEVER_WAS}%00", 400, "invalid_task_id"),
        (f"/api/me/tasks/{NEVER_WAS}%0d%0aX:y", 400, "invalid_task_id"),
        ("/api/me/tasks?cursor=%00", 400, "invalid_cursor"),
        ("/api/me/tasks?completed=%ff", 400, "invalid_query"),
        ("/api/me/tasks?limit=" + "9" * 4_000, 400, "invalid_query"),
        ("*", 404, "not_found"),
        ("api/me/tasks", 400, "malformed_request"),
        ("http://evil.example", 400, "malformed_request"),
    ],
)
async def test_a_target_is_taken_literally(
    port: int, ada_headers: bytes, target: str, status: int, code: str
) -> None:
    lines = HOST + ada_headers + b"Connection: close\r\n\r\n"
    method = "OPTIONS" if target == "*" else "GET"

    refused(await sent(port, f"{method} {target} HTTP/1.1\r\n".encode() + lines), status, code)


@pytest.mark.parametrize("protocol", ["websocket", "h2c", "TLS/1.0"])
async def test_no_other_protocol_is_switched_to(port: int, protocol: str) -> None:
    lines = f"Connection: Upgrade, close\r\nUpgrade: {protocol}\r\n\r\n".encode()

    answer = await sent(port, b"GET /health HTTP/1.1\r\n" + HOST + lines)

    assert answer.startswith(b"HTTP/1.1 200 OK")
