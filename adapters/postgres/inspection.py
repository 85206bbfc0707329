"""What a PostgreSQL server says of itself and of our schema in it."""

from dataclasses import dataclass
from typing import Final

import psycopg

from .connection import conninfo
from .migrations import is_sufficient

_OLDEST_SUPPORTED: Final = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    major_version: int
    encoding: str
    role: str
    bypasses_row_security: bool
    revision: str | None
    tables_with_forced_row_security: frozenset[str]

    @property
    def is_supported(self) -> bool:
        return self.major_version >= _OLDEST_SUPPORTED

    @property
    def holds_any_text(self) -> bool:
        return self.encoding == "UTF8"

    @property
    def is_migrated(self) -> bool:
        """Far enough for this version; what is newer serves it too."""
        return is_sufficient(self.revision)

    @property
    def support(self) -> str:
        return f"PostgreSQL {self.major_version} (needed: {_OLDEST_SUPPORTED} or newer)"


def inspect(url: str, timeout: float) -> Inspection:
    """Ask the server, waiting `timeout` seconds for a connection. Raises `psycopg.Error`."""
    with psycopg.connect(
        conninfo(url), connect_timeout=max(2, round(timeout)), client_encoding="utf8"
    ) as connection:
        return _inspect(connection)


def _inspect(connection: psycopg.Connection) -> Inspection:
    [(version, encoding, role, bypasses, has_revision)] = connection.execute(
        "SELECT current_setting('server_version_num')::int, current_setting('server_encoding'),"
        " current_user::text, rolsuper OR rolbypassrls, to_regclass('alembic_version') IS NOT NULL"
        " FROM pg_roles WHERE rolname = current_user"
    )
    revisions = (
        connection.execute("SELECT version_num FROM alembic_version") if has_revision else ()
    )
    forced = connection.execute(
        "SELECT relname::text FROM pg_class"
        " WHERE oid IN (to_regclass('users'), to_regclass('tasks'))"
        " AND relrowsecurity AND relforcerowsecurity"
    )
    return Inspection(
        major_version=version // 10_000,
        encoding=encoding,
        role=role,
        bypasses_row_security=bypasses,
        revision=next((revision for (revision,) in revisions), None),
        tables_with_forced_row_security=frozenset(table for (table,) in forced),
    )
