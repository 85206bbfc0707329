"""Around everything: names each request, gives every answer its headers, counts and logs it."""

import random
import re
from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b
from time import perf_counter, time
from typing import Final

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from .metrics import Metrics

_REQUEST_ID: Final = re.compile(rb"[\w.:/+=-]{1,128}", re.ASCII)
_TRACEPARENT: Final = re.compile(rb"00-((?!0{32})[0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})")

# For answers that are data; a page says itself what it needs.
_POLICY: Final = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
_STREAM: Final = b"text/event-stream"
_EVERY_ANSWER: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)


class AccessLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """One request. Nothing in it is secret, nor what a user typed."""

    time: float
    level: str
    event: str
    request_id: str
    method: str
    route: str
    status: int
    duration_ms: float
    user: str | None = None
    trace_id: str | None = None


def observed(
    app: ASGIApp, metrics: Metrics, access_log: Callable[[bytes], object] | None
) -> ASGIApp:
    """Every answer carries `X-Request-Id` (the client's, if it sent a sensible one), and the trace
    of a W3C `traceparent` goes on in it."""
    encode = msgspec.json.Encoder().encode

    async def observe(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        began, started, status, is_stream = time(), perf_counter(), 0, False
        sent = dict(scope["headers"])
        request_id = _request_id(sent.get(b"x-request-id"))
        headers = [(b"x-request-id", request_id), *_EVERY_ANSWER]
        trace = _TRACEPARENT.fullmatch(sent.get(b"traceparent", b""))
        if trace:
            span = b"%016x" % (random.getrandbits(64) | 1)
            headers.append((b"traceparent", b"00-%s-%s-%s" % (trace[1], span, trace[2])))
        scope.setdefault("state", {})["request_id"] = request_id.decode()

        async def send_observed(message: Message) -> None:
            nonlocal status, is_stream
            if message["type"] == "http.response.start":
                status = message["status"]
                own = dict(message["headers"])
                if is_stream := own.get(b"content-type") == _STREAM:
                    metrics.streams.inc()
                policy = () if _POLICY[0] in own else (_POLICY,)
                message["headers"] = [*message["headers"], *headers, *policy]
            await send(message)

        try:
            await app(scope, receive, send_observed)
        finally:
            method, route = scope["method"], scope.get("path_template", "")
            seconds = perf_counter() - started
            if is_stream:
                metrics.streams.dec()
            # How long somebody listens says nothing of how fast we are.
            metrics.count(method, route, status, None if is_stream else seconds)
            if access_log:
                identity = scope.get("user")
                line = AccessLine(
                    time=round(began, 3),
                    level="info" if status < 500 else "error",
                    event="request",
                    request_id=request_id.decode(),
                    method=method,
                    route=route,
                    status=status,
                    duration_ms=round(seconds * 1000, 2),
                    user=_pseudonym(identity.user) if identity else None,
                    trace_id=trace[1].decode() if trace else None,
                )
                access_log(encode(line) + b"\n")

    return observe


def _request_id(sent: bytes | None) -> bytes:
    """The client's, if it is a sensible one."""
    if sent and _REQUEST_ID.fullmatch(sent):
        return sent
    return b"%032x" % random.getrandbits(128)


@lru_cache(10_000)
def _pseudonym(user: str) -> str:
    """The same for all lines of a user, without their name."""
    return blake2b(user.encode(), digest_size=8).hexdigest()
