"""What a connection may do before the application hears of it: over a real socket."""

import asyncio
import gc
import socket
from collections.abc import AsyncIterator, Sequence
from struct import pack
from typing import Any
from weakref import ReferenceType, ref

import pytest
from litestar.types import ASGIApp, Receive, Send
from uvicorn import Config
from uvicorn.server import ServerState

from honeydo.adapters.http.protocol import BoundedProtocol
from honeydo.adapters.http.requests import until_gone
from tests.support.serving import NEVER_WAS
from tests.support.sockets import listening, refused, sent
from tests.support.waiting import until


class ImpatientProtocol(BoundedProtocol):
    head_timeout = 0.3
    body_timeout = 0.3


@pytest.fixture
async def port(app: ASGIApp) -> AsyncIterator[int]:
    async with listening(app, ImpatientProtocol) as port:
        yield port


GET = b"GET /health HTTP/1.1\r\nHost: honeydo.test\r\nConnection: close\r\n"


async def test_a_request_within_the_bounds_is_answered(port: int) -> None:
    lines = b"".join(b"X-%d: %s\r\n" % (number, b"x" * 200) for number in range(90))

    assert (await sent(port, GET + lines + b"\r\n")).startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize(
    "noise",
    [
        b"\0\0\0\0\r\n\r\n",
        b"GET\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01",
        b"GET /\xff HTTP/1.1\r\n\r\n",
    ],
)
async def test_what_is_not_http_is_told_so_in_our_shape(port: int, noise: bytes) -> None:
    refused(await sent(port, noise), 400, "malformed_request")


async def test_a_target_has_at_most_8_kib(port: int) -> None:
    answer = await sent(port, b"GET /" + b"x" * 9_000 + b" HTTP/1.1\r\n")

    refused(answer, 414, "uri_too_long")
    assert b'"title":"URI Too Long"' in answer


@pytest.mark.parametrize(
    "lines",
    [
        b"".join(b"X-%d: x\r\n" % number for number in range(200)),
        b"".join(b"X-%d: %s\r\n" % (number, b"x" * 4_000) for number in range(10)),
    ],
    ids=["too many", "too large"],
)
async def test_headers_are_bounded_in_number_and_size(port: int, lines: bytes) -> None:
    refused(await sent(port, GET + lines + b"\r\n"), 431, "headers_too_large")


async def test_a_header_that_never_ends_is_refused(port: int) -> None:
    answer = await sent(port, GET + b"X: ", *[b"x" * 10_000] * 5, pause=0.01)

    refused(answer, 431, "headers_too_large")


@pytest.mark.parametrize("last", [b"0\r\nX: ", b"0;x="], ids=["trailer", "chunk extension"])
async def test_what_follows_a_chunked_body_is_bounded_too(
    port: int, ada_headers: bytes, last: bytes
) -> None:
    post = b"POST /api/me/tasks HTTP/1.1\r\nHost: honeydo.test\r\n" + ada_headers
    chunked = b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"

    answer = await sent(port, post + chunked + last, *[b"x" * 10_000] * 5, pause=0.01)

    refused(answer, 431, "headers_too_large")


async def test_a_body_that_comes_at_once_is_no_head(port: int, ada_headers: bytes) -> None:
    post = b"POST /api/me/tasks HTTP/1.1\r\nHost: honeydo.test\r\nConnection: close\r\n"
    body = b'{"title": "Buy honey"}'.ljust(60_000)

    answer = await sent(port, post + ada_headers + b"Content-Length: 60000\r\n\r\n" + body)

    assert answer.startswith(b"HTTP/1.1 201 Created")


async def test_a_client_that_says_nothing_is_not_waited_for(port: int) -> None:
    refused(await sent(port), 408, "request_timeout")


async def test_headers_that_drip_are_not_waited_for(port: int) -> None:
    refused(await sent(port, *[b"G", b"E", b"T", b" ", b"/"], pause=0.1), 408, "request_timeout")


async def test_a_body_that_does_not_come_is_not_waited_for(port: int, ada_headers: bytes) -> None:
    post = b"POST /api/me/tasks HTTP/1.1\r\nHost: honeydo.test\r\n" + ada_headers

    answer = await sent(port, post + b"Content-Length: 100\r\n\r\n{", b'"title"', pause=0.1)

    refused(answer, 408, "request_timeout")


async def test_connections_are_kept_for_the_next_request(port: int) -> None:
    get = b"GET /api/me/tasks/%s HTTP/1.1\r\nHost: honeydo.test\r\n" % str(NEVER_WAS).encode()

    answer = await sent(port, get + b"\r\n", get + b"Connection: close\r\n\r\n", pause=0.05)

    assert answer.count(b"HTTP/1.1 401") == 2


async def test_a_connection_without_another_request_is_closed(app: ASGIApp) -> None:
    async with listening(app, ImpatientProtocol, keep_alive=0.2) as port:
        answer = await sent(port, GET.replace(b"Connection: close\r\n", b"") + b"\r\n")

    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert answer.count(b"HTTP/1.1") == 1


async def test_so_is_one_whose_body_came_after_its_answer(app: ASGIApp) -> None:
    post = b"POST /api/me/tasks HTTP/1.1\r\nHost: honeydo.test\r\nContent-Length: 2\r\n\r\n"

    async with listening(app, ImpatientProtocol, keep_alive=0.2) as port:
        answer = await sent(port, post, b"{}", pause=0.1)

    assert answer.startswith(b"HTTP/1.1 401")
    assert answer.count(b"HTTP/1.1") == 1


async def test_of_a_client_that_hangs_up_rudely_nothing_is_kept(app: ASGIApp) -> None:
    known: list[ReferenceType[BoundedProtocol]] = []

    class Known(ImpatientProtocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            known.append(ref(self))

    async with listening(app, Known, keep_alive=60) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET.replace(b"Connection: close\r\n", b"") + b"\r\n")
        await reader.readuntil(b"}")
        # With this, closing resets the connection.
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, pack("ii", 1, 0))
        writer.close()

        async def nothing_is_left() -> bool:
            gc.collect()
            return known[0]() is None

        await until(nothing_is_left)


PIPELINED = GET.replace(b"Connection: close\r\n", b"") + b"\r\n"


@pytest.mark.parametrize(
    "next_request",
    [
        b"\0\0\0\0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: honeydo.test\r\nContent-Length: 9\r\n\r\n{",
        b"GET / HTTP/1.1\r\nX: " + b"x" * 40_000,
    ],
    ids=["malformed", "slow", "too large"],
)
async def test_what_is_wrong_with_a_request_is_not_told_to_the_one_before_it(
    next_request: bytes,
) -> None:
    async def app(_: object, __: object, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"honey", "more_body": True})
        await asyncio.sleep(0.5)
        await send({"type": "http.response.body", "body": b"milk", "more_body": False})

    async with listening(app, ImpatientProtocol) as port:
        answer = await sent(port, PIPELINED, next_request, pause=0.05)

    assert answer.endswith(b"\r\n\r\n5\r\nhoney\r\n")


async def test_nor_before_that_is_answered() -> None:
    async def app(_: object, __: object, send: Send) -> None:
        await asyncio.sleep(0.2)
        await answering(b"honey")(None, None, send)

    async with listening(app, ImpatientProtocol) as port:
        assert await sent(port, PIPELINED + b"\0\0\0\0\r\n\r\n") == b""


async def test_who_is_answered_learns_that_the_client_is_gone_whoever_waits_behind() -> None:
    gone = asyncio.Event()

    async def app(_: object, receive: Receive, __: object) -> None:
        await until_gone(receive)
        gone.set()

    async with listening(app, ImpatientProtocol) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(PIPELINED * 2)
        await asyncio.sleep(0.05)
        writer.close()

        async with asyncio.timeout(5):
            await gone.wait()


class Socket(asyncio.Transport):
    """What leaves it, write by write, to a client who does not read it before it is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.is_closed = False
        self.aborted = asyncio.Event()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.writes.append(bytes(data))

    def is_closing(self) -> bool:
        return self.is_closed

    def close(self) -> None:
        self.is_closed = True

    def abort(self) -> None:
        self.aborted.set()


class UnreadProtocol(BoundedProtocol):
    reading_timeout = 0.05


async def received(app: Any, request: bytes) -> tuple[UnreadProtocol, Socket]:
    """A connection on which the request has come, and been answered."""
    config = Config(app, log_config=None)
    config.timeout_keep_alive = 0.05  # type: ignore[assignment]  # whole seconds, it says
    protocol, transport = UnreadProtocol(config, ServerState(), {}), Socket()
    protocol.connection_made(transport)
    protocol.data_received(request)
    await asyncio.gather(*protocol.tasks)
    return protocol, transport


async def written(app: Any, request: bytes) -> list[bytes]:
    """What is written in answer to the request, write by write."""
    protocol, transport = await received(app, request)
    protocol.connection_lost(None)
    return transport.writes


@pytest.mark.parametrize(
    "request_",
    [GET + b"\r\n", PIPELINED, b"\0\0\0\0\r\n\r\n"],
    ids=["the last one", "none follows", "refused"],
)
async def test_to_close_it_a_connection_does_not_wait_for_good_for_who_does_not_read(
    app: ASGIApp, request_: bytes
) -> None:
    protocol, transport = await received(app, request_)
    assert not transport.aborted.is_set()

    async with asyncio.timeout(5):
        await transport.aborted.wait()
    protocol.connection_lost(None)


def answering(*pieces: bytes, headers: Sequence[tuple[bytes, bytes]] = ()) -> Any:
    """An application whose answer is that."""

    async def app(_: object, __: object, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [*headers]})
        for piece in pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    return app


async def test_head_and_body_leave_in_one_write(app: ASGIApp) -> None:
    [write] = await written(app, GET + b"\r\n")

    assert write.startswith(b"HTTP/1.1 200 OK\r\n")
    assert write.endswith(b"\r\n\r\n" + b'{"status":"ok"}')


async def test_the_answer_to_head_has_no_body(app: ASGIApp) -> None:
    [write] = await written(app, GET.replace(b"GET", b"HEAD") + b"\r\n")

    assert b"content-length: 15\r\n" in write
    assert write.endswith(b"\r\n\r\n")


async def test_what_is_of_no_known_length_leaves_piece_by_piece() -> None:
    first, *others = await written(answering(b"honey", b"", b"milk"), GET + b"\r\n")

    assert b"transfer-encoding: chunked\r\n" in first
    assert first.endswith(b"\r\n\r\n5\r\nhoney\r\n")
    assert b"".join(others) == b"4\r\nmilk\r\n0\r\n\r\n"


async def test_a_client_that_knows_no_chunks_gets_the_pieces_as_they_are() -> None:
    request = GET.replace(b"HTTP/1.1", b"HTTP/1.0") + b"\r\n"

    answer = b"".join(await written(answering(b"honey", b"milk"), request))

    assert b"transfer-encoding" not in answer
    assert b"connection: close\r\n" in answer
    assert answer.endswith(b"\r\n\r\nhoneymilk")


@pytest.mark.parametrize("value", [b"a\r\nSet-Cookie: b", b"a\nSet-Cookie: b", b"a\rSet-Cookie: b"])
async def test_no_header_can_begin_another_line(value: bytes) -> None:
    app = answering(b"honey", headers=[(b"x-said", value)])

    answer = b"".join(await written(app, GET + b"\r\n"))

    assert answer.startswith(b"HTTP/1.1 500")
    assert b"Set-Cookie" not in answer
