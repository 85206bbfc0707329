"""What operators do with the data of users, while a server runs or not."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import BinaryIO, TypeVar

from honeydo.adapters.http.exports import Format
from honeydo.adapters.postgres.database import Database
from honeydo.adapters.postgres.tasks import PostgresTasks
from honeydo.adapters.postgres.upkeep import PostgresUpkeep
from honeydo.application.errors import Unavailable
from honeydo.application.upkeep import Purge

from .composition import now, tasks_over
from .database import bring_up_to_date, database, inspected, require_support
from .errors import OperationFailed
from .settings import Settings

Result = TypeVar("Result")


def export(settings: Settings, user: str, form: Format, out: BinaryIO) -> bool:
    """Write all that is kept of the user; whether there is anything.

    Raises `InvalidValues`, `SettingsError`, `OperationFailed`, the last one maybe in the middle.
    """

    async def written(connected: Database) -> bool:
        tasks = tasks_over(PostgresTasks(connected.execute))
        is_known = await tasks.user(user) is not None
        if is_known:
            async for piece in form.pieces(tasks, user):
                out.write(piece)
        return is_known

    return _on_the_database(settings, written)


def erase(settings: Settings, user: str) -> bool:
    """Forget the user with all that is theirs; whether there was anything.

    Raises `InvalidValues`, `SettingsError`, `OperationFailed`.
    """

    async def erased(connected: Database) -> bool:
        return await tasks_over(PostgresTasks(connected.execute)).erase(user)

    return _on_the_database(settings, erased)


def purge(settings: Settings) -> int:
    """Forget what has been deleted for long; how many tasks. Raises `SettingsError`,
    `OperationFailed`."""

    async def purged(connected: Database) -> int:
        return await purge_of(connected, settings)()

    return _on_the_database(settings, purged)


def purge_of(connected: Database, settings: Settings) -> Purge:
    return Purge(PostgresUpkeep(connected), now, timedelta(days=settings.keep_deleted_days))


def _on_the_database(settings: Settings, work: Callable[[Database], Awaitable[Result]]) -> Result:
    async def run(url: str) -> Result:
        connected = Database.at(
            url,
            pool_size=1,
            timeout=settings.database_timeout,
            prepared_statements=settings.prepared_statements,
        )
        async with connected.pool:
            return await work(connected)

    with database(settings) as url:
        if not settings.database_url:
            bring_up_to_date(url, settings.database_timeout)
        # Also tells what is wrong with it in one line, before a pool tries again and again.
        found = inspected(url, settings.database_timeout)
        require_support(found)
        if not found.is_migrated:
            raise OperationFailed("the database is not up to date: run `honeydo migrate`")
        try:
            return asyncio.run(run(url))
        except Unavailable as outage:
            raise OperationFailed("the database does not answer any more") from outage
