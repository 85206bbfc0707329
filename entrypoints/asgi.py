"""The server as an ASGI application, for `honeydo serve` and for ASGI servers of your own:
`uvicorn --factory honeydo.entrypoints.asgi:app`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar
from litestar.types import ASGIApp

from honeydo.adapters.http.app import create_app
from honeydo.adapters.http.options import HttpOptions
from honeydo.adapters.jwt.shared_secret import SharedSecret
from honeydo.adapters.postgres.database import Database
from honeydo.adapters.postgres.tasks import PostgresTasks

from .composition import tasks_over
from .errors import SettingsError
from .logs import access_log
from .settings import Settings


def app() -> ASGIApp:
    """Raises `SettingsError`; unlike `honeydo serve`, it makes up neither database nor secret."""
    settings = Settings.read()
    if settings.database_url is None:
        raise SettingsError("DATABASE_URL is not set")
    if settings.secret is None:
        raise SettingsError("BETTER_AUTH_SECRET is not set")
    database = Database.at(
        settings.database_url, pool_size=settings.pool_size, timeout=settings.database_timeout
    )

    @asynccontextmanager
    async def connected(_: Litestar) -> AsyncIterator[None]:
        async with database.pool:
            yield

    return create_app(
        tasks_over(PostgresTasks(database.execute)),
        verify=SharedSecret(settings.secret, settings.jwt_issuer, settings.jwt_audience),
        is_ready=database.is_ready,
        options=HttpOptions(
            frontend_origins=settings.frontend_origins,
            max_body_size=settings.max_body_size,
            access_log=access_log(settings),
        ),
        lifespan=[connected],
    )
