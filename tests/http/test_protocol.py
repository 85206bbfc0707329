"""What a connection may do before the application hears of it: over a real socket."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from litestar.types import ASGIApp

from honeydo.adapters.http.protocol import BoundedProtocol, JoinedWrites
from tests.support.serving import NEVER_WAS
from tests.support.sockets import listening, refused, sent


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
    refused(await sent(port, b"GET /" + b"x" * 9_000 + b" HTTP/1.1\r\n"), 414, "uri_too_long")


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


class Socket(asyncio.Transport):
    """What leaves it, piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []
        self.is_closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.pieces.append(bytes(data))

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def socket() -> Socket:
    return Socket()


@pytest.fixture
async def joined(socket: Socket) -> JoinedWrites:
    return JoinedWrites(socket, asyncio.get_running_loop())


async def test_head_and_body_leave_together(socket: Socket, joined: JoinedWrites) -> None:
    joined.write(b"head ")
    joined.write(b"body")
    assert socket.pieces == []

    await asyncio.sleep(0)
    assert socket.pieces == [b"head body"]


async def test_what_is_written_later_leaves_later(socket: Socket, joined: JoinedWrites) -> None:
    for piece in (b"one", b"two"):
        joined.write(piece)
        await asyncio.sleep(0)

    assert socket.pieces == [b"one", b"two"]


async def test_much_leaves_at_once(socket: Socket, joined: JoinedWrites) -> None:
    joined.write(b"head ")
    joined.write(b"x" * 20_000)

    assert socket.pieces == [b"head " + b"x" * 20_000]


async def test_what_was_written_before_the_end_leaves_first(
    socket: Socket, joined: JoinedWrites
) -> None:
    joined.write(b"bye")
    joined.close()

    assert socket.is_closed
    assert socket.pieces == [b"bye"]
