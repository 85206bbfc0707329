"""What answers at a path."""

from collections.abc import Iterator
from typing import Any

from litestar.handlers import HTTPRouteHandler
from litestar.types import Middleware

from .answers import Answer


def handlers(path: str, *middleware: Middleware, **methods: Any) -> Iterator[HTTPRouteHandler]:
    """The handler of each method; what answers GET answers HEAD too, and OPTIONS tells them all:
    Litestar's own answer to it knows those of the first handler alone."""
    known = sorted({"OPTIONS", *methods, *(["HEAD"] if "GET" in methods else [])})

    async def options() -> Answer:
        return Answer(status=204, headers={"Allow": ", ".join(known)})

    def handler(names: Any, to: Any) -> HTTPRouteHandler:
        return HTTPRouteHandler(path, http_method=names, status_code=200, middleware=middleware)(to)

    # Before the others, with the first of which Litestar would add its own.
    yield handler(["OPTIONS"], options)
    for method, to in methods.items():
        yield handler(["GET", "HEAD"] if method == "GET" else [method], to)
