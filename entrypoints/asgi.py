"""The server as an ASGI application, for `honeydo serve` and for ASGI servers of your own:
`uvicorn --factory honeydo.entrypoints.asgi:app`."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from hashlib import blake2b

from litestar import Litestar
from litestar.types import ASGIApp

from honeydo.adapters.http.app import create_app
from honeydo.adapters.http.options import HttpOptions
from honeydo.adapters.postgres.database import Database
from honeydo.adapters.postgres.tasks import PostgresTasks
from honeydo.adapters.postgres.upkeep import PostgresVersions
from honeydo.application.live import Live

from .composition import tasks_over
from .errors import SettingsError
from .identity import issuers, token_verifier
from .logs import access_log
from .operating import purge_of
from .purging import purging
from .settings import Settings
from .stopping import ending_with_the_server
from .tracing import traced


def app() -> ASGIApp:
    """Raises `SettingsError`; unlike `honeydo serve`, it makes up neither database nor secret."""
    settings = Settings.read()
    if settings.database_url is None:
        raise SettingsError("DATABASE_URL is not set")
    if settings.trusts_nobody:
        raise SettingsError("BETTER_AUTH_SECRET is not set, nor is BETTER_AUTH_URL")
    trusted = issuers(settings)
    database = Database.at(
        settings.database_url,
        pool_size=settings.pool_size,
        timeout=settings.database_timeout,
        prepared_statements=settings.prepared_statements,
        pipeline=settings.pipeline,
    )
    live = Live(PostgresVersions(database))

    @asynccontextmanager
    async def connected(_: Litestar) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(database)
            for issuer in trusted.values():
                await stack.enter_async_context(issuer.keys.opened())
            await stack.enter_async_context(purging(purge_of(database, settings)))
            stack.enter_context(ending_with_the_server(live))
            yield

    return traced(
        create_app(
            tasks_over(PostgresTasks(database.execute, live.announce), live=live),
            verify=token_verifier(settings, trusted),
            is_ready=database.is_ready,
            options=HttpOptions(
                frontend_origins=settings.frontend_origins,
                max_body_size=settings.max_body_size,
                require_if_match=settings.require_if_match,
                access_log=access_log(settings),
                cursor_key=cursor_key(settings),
            ),
            lifespan=[connected],
        )
    )


def cursor_key(settings: Settings) -> bytes:
    """What all workers on all machines make of what they alone know, each by itself."""
    shared = settings.secret or (settings.database_url or "").encode()
    return blake2b(shared, digest_size=32, person=b"honeydo cursors").digest()
