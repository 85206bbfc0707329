"""The HTTP side as one ASGI application."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

from litestar import Litestar, Router
from litestar.config.cors import CORSConfig
from litestar.types import ASGIApp

from honeydo.application.ports import VerifyToken
from honeydo.application.tasks import Tasks

from . import docs
from .authentication import authentication
from .health import HealthController
from .observation import observed
from .options import HttpOptions
from .problems import answer
from .tasks import TaskController

_MAY_SEND: Final = [
    "Authorization",
    "Content-Type",
    "If-Match",
    "If-None-Match",
    "Idempotency-Key",
    "Last-Event-ID",
    "Prefer",
    "X-Request-Id",
]
_MAY_READ: Final = ["ETag", "Link", "Location", "Retry-After", "X-Request-Id"]


def create_app(
    tasks: Tasks,
    *,
    verify: VerifyToken,
    is_ready: Callable[[], Awaitable[bool]],
    options: HttpOptions | None = None,
    lifespan: Sequence[Callable[[Litestar], AbstractAsyncContextManager[Any]]] = (),
) -> ASGIApp:
    """`is_ready` answers `/health`; it may raise `Unavailable`. What `lifespan` makes is open
    while the application serves."""
    options = options or HttpOptions()
    collection = Router(
        "/api/{user_id:str}",
        route_handlers=[TaskController(tasks).routes()],
        middleware=[authentication(verify)],
    )
    app = Litestar(
        [collection, *HealthController(is_ready).routes(), *docs.routes()],
        cors_config=_cors(options.frontend_origins),
        exception_handlers={Exception: answer},
        lifespan=lifespan,
        logging_config=None,
        openapi_config=None,
        request_max_body_size=options.max_body_size,
    )
    return observed(app, options.access_log)


def _cors(origins: Sequence[str]) -> CORSConfig | None:
    if not origins:
        return None
    return CORSConfig(
        allow_origins=[*origins],
        allow_methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=_MAY_SEND,
        expose_headers=_MAY_READ,
        max_age=600,
    )
