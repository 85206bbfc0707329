"""What answers at a path."""

from asyncio import CancelledError
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeAlias

from litestar import Request
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Middleware, Receive, Scope, Send

from honeydo.application.errors import Unavailable

from .answers import Answer
from .requests import Caller

Authenticate: TypeAlias = Callable[[Scope], Awaitable[None]]
Handler: TypeAlias = Callable[[Caller], Awaitable[ASGIApp]]


def handlers(
    path: str, authenticate: Authenticate | None = None, **methods: Handler
) -> Iterator[HTTPRouteHandler]:
    """The handler of each method, for those whom `authenticate` lets pass; what answers GET answers
    HEAD too, and OPTIONS tells them all: Litestar's own answer to it knows those of the first
    handler alone."""
    known = sorted({"OPTIONS", *methods, *(["HEAD"] if "GET" in methods else [])})

    async def options(_: Caller) -> ASGIApp:
        return Answer(status=204, headers={"Allow": ", ".join(known)})

    def handler(names: Any, to: Handler) -> HTTPRouteHandler:
        answering = _answering(to, authenticate)
        return HTTPRouteHandler(path, http_method=names, middleware=[answering])(_never_called)

    # Before the others, with the first of which Litestar would add its own.
    yield handler(["OPTIONS"], options)
    for method, to in methods.items():
        yield handler(["GET", "HEAD"] if method == "GET" else [method], to)


def _answering(handler: Handler, authenticate: Authenticate | None) -> Middleware:
    """Calls the handler where Litestar calls middleware. What else Litestar does for handlers that
    it calls itself costs a tenth of a small request."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            if authenticate:
                await authenticate(scope)
            response = await handler(Request(scope, receive, send))
        except CancelledError:
            # The server stops, and will not wait any longer.
            raise Unavailable from None
        await response(scope, receive, send)

    def middleware(app: ASGIApp) -> ASGIApp:  # noqa: ARG001
        return answer

    return middleware


async def _never_called() -> None:
    """What Litestar has at each path, behind the middleware that answers."""
