"""The HTTP side as one ASGI application."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from litestar import Litestar
from litestar.config.app import AppConfig
from litestar.plugins import PluginProtocol
from litestar.types import ASGIApp

from honeydo.application.ports import VerifyToken
from honeydo.application.tasks import Tasks

from . import docs
from .account import AccountController
from .authentication import authentication
from .batches import BatchController
from .changes import ChangeController
from .cors import shared
from .cursors import Cursors
from .health import HealthController
from .metrics import Metrics
from .observation import observed
from .options import HttpOptions
from .problems import answer
from .streams import StreamController
from .tasks import TaskController


class _Plain(Litestar):
    """Without what Litestar loads for pydantic, attrs and OpenTelemetry where they are installed:
    a quarter of the start and 15 MB, for nothing that we use."""

    @staticmethod
    def _get_default_plugins(plugins: list[PluginProtocol]) -> list[PluginProtocol]:
        return plugins

    @staticmethod
    def _patch_opentelemetry_middleware(config: AppConfig) -> AppConfig:
        return config


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
    options, metrics = options or HttpOptions(), Metrics()
    signed_in = authentication(verify)
    user_tasks = TaskController(tasks, Cursors(options.cursor_key), options.require_if_match)
    # No Router groups them: Litestar deep-copies a Router, and with it all that its handlers hold.
    app = _Plain(
        [
            *user_tasks.routes(signed_in),
            *BatchController(tasks.batch, options.require_if_match).routes(signed_in),
            *AccountController(tasks).routes(signed_in),
            *ChangeController(tasks.changes).routes(signed_in),
            *StreamController(tasks.follow, options.heartbeat, options.streams_per_user).routes(
                signed_in
            ),
            *HealthController(is_ready).routes(),
            *docs.routes(),
            *metrics.routes(),
        ],
        exception_handlers={Exception: answer},
        lifespan=lifespan,
        logging_config=None,
        openapi_config=None,
        request_max_body_size=options.max_body_size,
    )
    return observed(shared(app, options.frontend_origins), metrics, options.access_log)
