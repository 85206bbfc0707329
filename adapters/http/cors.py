"""Whose pages may call us from a browser: CORS, as the Fetch standard has it."""

from collections.abc import Collection
from typing import Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

_MAY_READ: Final = (
    b"access-control-expose-headers",
    b"ETag, Idempotent-Replayed, Link, Location, Retry-After, X-Request-Id, X-Total-Count",
)
_MAY_SEND: Final = (
    (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, PATCH, DELETE"),
    (
        b"access-control-allow-headers",
        b"Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key, Prefer, "
        b"X-Request-Id, Last-Event-ID",
    ),
    (b"access-control-max-age", b"600"),
)


def shared(app: ASGIApp, origins: Collection[str]) -> ASGIApp:
    """Pages of these origins may send requests and read every answer, errors too. Any other page
    is told nothing, and its browser keeps the answer from it."""
    if not origins:
        return app
    listed = {origin.encode() for origin in origins}

    async def share(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        sent = dict(scope["headers"])
        origin = sent.get(b"origin", b"")
        # Also where there is no origin, lest a cache give that answer to a page.
        headers = [(b"vary", b"Origin")]
        if origin in listed:
            headers += [(b"access-control-allow-origin", origin), _MAY_READ]
        if origin and scope["method"] == "OPTIONS" and b"access-control-request-method" in sent:
            if origin in listed:
                headers += _MAY_SEND
            await send({"type": "http.response.start", "status": 204, "headers": headers})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return

        async def send_shared(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *headers]
            await send(message)

        await app(scope, receive, send_shared)

    return share
