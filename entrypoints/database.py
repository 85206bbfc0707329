"""The database that the settings name, or the embedded one."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import DBAPIError

from honeydo.adapters.embedded import EmbeddedError, acquire
from honeydo.adapters.postgres.inspection import Inspection, inspect
from honeydo.adapters.postgres.migrations import migrate

from .errors import OperationFailed, SettingsError
from .settings import Settings


@contextmanager
def database(settings: Settings, *, stop_timeout: float = 0) -> Iterator[str]:
    """The database's URL. An embedded one runs at least as long as this context, which waits up to
    `stop_timeout` seconds for its end. Raises `SettingsError`."""
    if settings.database_url:
        yield settings.database_url
        return
    try:
        lease = acquire(settings.data_dir / "postgres")
    except EmbeddedError as error:
        raise SettingsError(f"DATABASE_URL is not set, and {one_line(error)}") from error
    try:
        yield lease.url()
    finally:
        lease.close(wait=stop_timeout)


def inspected(url: str, timeout: float) -> Inspection:
    """What the server says of itself, `timeout` seconds later at most. Raises `OperationFailed`."""
    try:
        return inspect(url, timeout)
    except psycopg.Error as error:
        raise OperationFailed(f"the database failed: {one_line(error)}") from error


def require_support(found: Inspection) -> None:
    if not found.is_supported:
        raise OperationFailed(f"the database is {found.support}")
    if not found.holds_any_text:
        raise OperationFailed(f"the database has the encoding {found.encoding} (needed: UTF8)")


def bring_up_to_date(url: str, timeout: float) -> tuple[str | None, str | None]:
    """Migrate; the revisions before and after. Raises `OperationFailed`."""
    before = inspected(url, timeout)
    require_support(before)
    if before.is_migrated:
        return before.revision, before.revision
    from alembic.util import CommandError

    try:
        migrate(url)
    except (DBAPIError, CommandError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        raise OperationFailed(f"the database cannot be migrated: {one_line(cause)}") from error
    return before.revision, inspected(url, timeout).revision


def one_line(error: object) -> str:
    return " ".join(str(error).split())
