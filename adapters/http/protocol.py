"""Bounds on how much a client may send before its request is understood, and how slowly."""

import asyncio
import logging
from secrets import token_hex
from typing import Any, ClassVar, Final
from urllib.parse import unquote

import msgspec
from httptools import parse_url
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from .deadline import Deadline
from .exchange import Exchange
from .schemas import Problem

logger: Final = logging.getLogger(__name__)

_LARGEST_HEAD: Final = 32_768
_LARGEST_TARGET: Final = 8_192
_MOST_HEADERS: Final = 100

_MALFORMED: Final = (400, "malformed_request", "The request is not HTTP.")
_TOO_SLOW: Final = (408, "request_timeout", "The request took too long to arrive.")
_TARGET_TOO_LONG: Final = (414, "uri_too_long", "The address has at most 8 KiB.")
_HEAD_TOO_LARGE: Final = (431, "headers_too_large", "The headers have at most 32 KiB in 100 lines.")


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
    _next_timeout: float | None = None
    _is_timeout_new = False
    _patience: asyncio.TimerHandle | None = None
    _answered: RequestResponseCycle | None = None
    """The request whose turn it is; `cycle` is the last one that came, behind others maybe."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._deadline = Deadline(self.loop)
        self._deadline.set(self.head_timeout, self._refuse_slowness)

    def connection_lost(self, exc: Exception | None) -> None:
        self._deadline.close()
        self._stop_waiting()
        if self._answered:
            self._answered.disconnected = not self._answered.response_complete
            self._answered.message_event.set()
        super().connection_lost(exc)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._answered = cycle
        super()._start_asgi_task(cycle, app)

    def data_received(self, data: bytes) -> None:
        self._not_understood += len(data)
        super().data_received(data)
        # Most requests are whole by now.
        if self._is_timeout_new:
            self._set_deadline()
        # A line that never ends reaches none of the parser's callbacks.
        if self._not_understood > _LARGEST_HEAD:
            self._refuse(_HEAD_TOO_LARGE)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_is_complete = False
        self._headers_size = 0
        self._will_wait_for(self.head_timeout)

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
        version = self.parser.get_http_version()
        self._demand_one_reading(version)
        target = parse_url(self.url)
        self.scope["method"] = self.parser.get_method().decode("ascii")
        self.scope["http_version"] = version
        self.scope["path"] = unquote(target.path.decode("ascii"))
        self.scope["raw_path"] = target.path
        self.scope["query_string"] = target.query or b""
        before, self.cycle = self.cycle, self._exchange(version)
        if before is None or before.response_complete:
            self._start_asgi_task(self.cycle, self.app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))
        self._head_is_complete = True
        self._not_understood = 0
        self._will_wait_for(self.body_timeout)

    def _exchange(self, version: str) -> Exchange:
        return Exchange(
            scope=self.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=version != "1.0" and self.parser.should_keep_alive(),
            on_response=self.on_response_complete,
        )

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        self._not_understood = 0

    def on_message_complete(self) -> None:
        self._not_understood = 0
        self._will_wait_for(None)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            self._wait_for_reading()
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        elif not self._deadline.is_set:
            self._wait_for_another_request()

    def _demand_one_reading(self, version: str) -> None:
        """What the parser lets pass, and a proxy may understand otherwise: RFC 9112, sections 3.2
        and 6.1."""
        hosts, codings, has_body = 0, [], False
        for name, value in self.headers:
            if name == b"host":
                hosts += 1
            elif name == b"transfer-encoding":
                codings.append(value)
            elif name == b"content-length":
                has_body = bool(value.strip(b"0"))
        is_old = version == "1.0"
        if hosts > 1 or not (hosts or is_old):
            raise ValueError("not one host")
        if codings and (is_old or codings[0].lower() != b"chunked"):
            raise ValueError("a transfer coding that is not understood")
        # The parser would take the body for that other protocol, and then for the next request.
        if (codings or has_body) and self.parser.should_upgrade():
            raise ValueError("a body before another protocol")

    def pause_writing(self) -> None:
        super().pause_writing()
        self._wait_for_reading()

    def resume_writing(self) -> None:
        if not self.transport.is_closing():
            self._stop_waiting()
        super().resume_writing()

    def _hang_up(self) -> None:
        self.transport.close()
        # By itself, that waits until the client has read everything.
        self._wait_for_reading()

    def _wait_for_reading(self) -> None:
        if self._patience is None:
            self._patience = self.loop.call_later(self.reading_timeout, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._patience:
            self._patience.cancel()
        self._patience = None

    def _will_wait_for(self, seconds: float | None) -> None:
        self._next_timeout, self._is_timeout_new = seconds, True

    def _set_deadline(self) -> None:
        self._is_timeout_new = False
        if self._next_timeout is not None:
            self._deadline.set(self._next_timeout, self._refuse_slowness)
        elif self.cycle.response_complete:
            # It was answered before all of it was there.
            self._wait_for_another_request()
        else:
            self._deadline.unset()

    def _wait_for_another_request(self) -> None:
        self._deadline.set(self.timeout_keep_alive, self._hang_up)

    def _refuse_slowness(self) -> None:
        self._refuse(_TOO_SLOW)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002
        self._refuse(self._refusal)

    def _refuse(self, refusal: tuple[int, str, str]) -> None:
        self._deadline.unset()
        if self.transport.is_closing():
            return
        status, code, detail = refusal
        problem = Problem.of(status, code, detail, token_hex(16))
        logger.info("Refused what a client sent, in request %s: %s", problem.request_id, code)
        if self._is_its_turn():
            self.transport.write(_message(problem))
        self._hang_up()

    def _is_its_turn(self) -> bool:
        """Whether what is written now would be taken for the answer to what is refused, not to an
        earlier request, nor for a part of that. Else the connection's end has to tell."""
        if self._answered is None or self._answered.response_complete:
            return True
        is_still_coming = self._answered is self.cycle and self.cycle.more_body
        return is_still_coming and not self.cycle.response_started


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
