"""Bounds on how much a client may send before its request is understood, and how slowly."""

import asyncio
import logging
from secrets import token_hex
from typing import Any, ClassVar, Final, cast

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .schemas import Problem

logger: Final = logging.getLogger(__name__)

_LARGEST_HEAD: Final = 32_768
_LARGEST_TARGET: Final = 8_192
_MOST_HEADERS: Final = 100
_LARGEST_JOINED: Final = 16_384

_MALFORMED: Final = (400, "malformed_request", "The request is not HTTP.")
_TOO_SLOW: Final = (408, "request_timeout", "The request took too long to arrive.")
_TARGET_TOO_LONG: Final = (414, "uri_too_long", "The address has at most 8 KiB.")
_HEAD_TOO_LARGE: Final = (431, "headers_too_large", "The headers have at most 32 KiB in 100 lines.")


class JoinedWrites:
    """A transport that sends together what is written in one turn of the event loop. uvicorn writes
    the head of an answer and its body apart, and every system call counts."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._written: list[bytes] = []
        self._size = 0

    def write(self, data: bytes) -> None:
        if not self._written:
            self._loop.call_soon(self._send)
        self._written.append(data)
        self._size += len(data)
        # Whoever writes more than this is to learn when the client does not keep up.
        if self._size > _LARGEST_JOINED:
            self._send()

    def close(self) -> None:
        self._send()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def _send(self) -> None:
        if self._written:
            self._transport.write(b"".join(self._written))
            self._written.clear()
            self._size = 0


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1, which by itself reads headers without end, waits for ever, and answers in
    plain text what is not HTTP at all."""

    head_timeout: ClassVar[float] = 10
    body_timeout: ClassVar[float] = 30
    """Seconds from the head, until all of the body is there."""
    reading_timeout: ClassVar[float] = 30
    """Seconds in which a client takes some of its answer, once much of it waits."""

    _head_is_complete = True
    _not_understood = 0
    _headers_size = 0
    _refusal = _MALFORMED
    _deadline: asyncio.TimerHandle | None = None
    _next_deadline: float | None = None
    _is_deadline_new = False
    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(cast("asyncio.Transport", JoinedWrites(transport, self.loop)))
        self._due_in(self.head_timeout)

    def connection_lost(self, exc: Exception | None) -> None:
        self._due_in(None)
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._not_understood += len(data)
        super().data_received(data)
        # Most requests are whole by now, and never need a timer.
        if self._is_deadline_new:
            self._due_in(self._next_deadline)
        # A line that never ends reaches none of the parser's callbacks.
        if self._not_understood > _LARGEST_HEAD:
            self._refuse(_HEAD_TOO_LARGE)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_is_complete = False
        self._headers_size = 0
        self._will_be_due_in(self.head_timeout)

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > _LARGEST_TARGET:
            self._refusal = _TARGET_TOO_LONG
            raise ValueError("target too long")

    def on_header(self, name: bytes, value: bytes) -> None:
        # RFC 9110, section 6.5.1: a trailer must not pass for a header.
        if self._head_is_complete:
            return
        super().on_header(name, value)
        self._headers_size += len(name) + len(value)
        if self._headers_size > _LARGEST_HEAD or len(self.headers) > _MOST_HEADERS:
            self._refusal = _HEAD_TOO_LARGE
            raise ValueError("headers too large")

    def on_headers_complete(self) -> None:
        self._demand_one_reading()
        super().on_headers_complete()
        self._head_is_complete = True
        self._not_understood = 0
        self._will_be_due_in(self.body_timeout)

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        self._not_understood = 0

    def on_message_complete(self) -> None:
        self._not_understood = 0
        self._will_be_due_in(None)
        super().on_message_complete()

    def _demand_one_reading(self) -> None:
        """What the parser lets pass, and a proxy may understand otherwise: RFC 9112, sections 3.2
        and 6.1."""
        is_old = self.parser.get_http_version() == "1.0"
        hosts = [value for name, value in self.headers if name == b"host"]
        codings = [value for name, value in self.headers if name == b"transfer-encoding"]
        if len(hosts) > 1 or not (hosts or is_old):
            raise ValueError("not one host")
        if codings and (is_old or codings[0].lower() != b"chunked"):
            raise ValueError("a transfer coding that is not understood")
        # The parser would take the body for that other protocol, and then for the next request.
        has_body = codings or any(
            name == b"content-length" and value.strip(b"0") for name, value in self.headers
        )
        if has_body and self.parser.should_upgrade():
            raise ValueError("a body before another protocol")

    def pause_writing(self) -> None:
        super().pause_writing()
        # Closing would wait for the client as well.
        self._patience = self.loop.call_later(self.reading_timeout, self.transport.abort)

    def resume_writing(self) -> None:
        self._stop_waiting()
        super().resume_writing()

    def _stop_waiting(self) -> None:
        if self._patience:
            self._patience.cancel()
        self._patience = None

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002
        self._refuse(self._refusal)

    def _will_be_due_in(self, seconds: float | None) -> None:
        self._next_deadline, self._is_deadline_new = seconds, True

    def _due_in(self, seconds: float | None) -> None:
        self._is_deadline_new = False
        if self._deadline:
            self._deadline.cancel()
        self._deadline = None
        if seconds is not None:
            self._deadline = self.loop.call_later(seconds, self._refuse, _TOO_SLOW)

    def _refuse(self, refusal: tuple[int, str, str]) -> None:
        self._due_in(None)
        if self.transport.is_closing():
            return
        status, code, detail = refusal
        problem = Problem.of(status, code, detail, token_hex(16))
        logger.info("Refused what a client sent, in request %s: %s", problem.request_id, code)
        # Nothing may follow an answer that has begun; its end will tell that it is not whole.
        if self.cycle is None or not self.cycle.response_started or self.cycle.response_complete:
            self.transport.write(_message(problem))
        self.transport.close()


def _message(problem: Problem) -> bytes:
    body = msgspec.json.encode(problem)
    head = [
        f"HTTP/1.1 {problem.status} {problem.title}",
        "Content-Type: application/problem+json",
        f"Content-Length: {len(body)}",
        f"X-Request-Id: {problem.request_id}",
        "Cache-Control: no-store",
        "Connection: close",
    ]
    return "\r\n".join([*head, "", ""]).encode() + body
