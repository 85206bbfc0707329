"""The PostgreSQL that all servers share: an embedded one with production settings, or one's own."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

import psutil
import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from honeydo.adapters.embedded import acquire
from honeydo.adapters.postgres.migrations import migrate

from .data import Data, load_peer_tasks, load_tasks, load_users

SETTINGS: Final = {
    "max_connections": "400",
    "shared_buffers": "1GB",
    # Maintenance that the load of one server causes would be charged to the next one: tables are
    # vacuumed and a checkpoint is made before each scenario instead.
    "autovacuum": "off",
    "checkpoint_timeout": "1h",
    "max_wal_size": "16GB",
}
"""Besides PostgreSQL's defaults, of which fsync, full_page_writes and synchronous_commit are on."""

_SCHEMA: Final = Path(__file__).with_name("peers") / "schema.sql"


@dataclass(frozen=True, slots=True)
class Postgres:
    """A server, by the URL of a role that may create databases."""

    url: str
    is_ours: bool

    def url_of(self, database: str) -> str:
        return urlsplit(self.url)._replace(path="/" + quote(database, safe="")).geturl()

    def variables(self, database: str) -> dict[str, str]:
        """Where that database is, as libpq and most drivers read it from the environment."""
        parts = conninfo_to_dict(self.url_of(database))
        names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
        variables = {names[part]: str(parts[part]) for part in names if parts.get(part)}
        return {**variables, "PGDATABASE": database}

    def connect(self, database: str) -> psycopg.Connection:
        return psycopg.connect(self.url_of(database), autocommit=True)

    @contextmanager
    def database(self, name: str, template: str = "template0") -> Iterator[str]:
        """A database that lasts as long as the context, by a name that nobody else will have."""
        name = f"honeydo_bench_{os.getpid()}_{name}"
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                    sql.Identifier(name), sql.Identifier(template)
                )
            )
        try:
            yield name
        finally:
            with psycopg.connect(self.url, autocommit=True) as connection:
                connection.execute(
                    sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
                )

    def fill(self, database: str, data: Data, *, is_peer: bool) -> None:
        """Make the tables of Honeydo, or of its peers, and load the data."""
        if not is_peer:
            migrate(self.url_of(database))
        with self.connect(database) as connection:
            if is_peer:
                connection.execute(_SCHEMA.read_bytes())
                load_peer_tasks(connection, data.each())
            else:
                load_users(connection, range(data.users), data.tasks)
                load_tasks(connection, data.each())
        self.tidy(database)

    def tidy(self, database: str) -> None:
        """Leave no work behind that PostgreSQL would do during the next measurement."""
        with self.connect(database) as connection:
            connection.execute("VACUUM (ANALYZE)")
            if self.is_ours:
                connection.execute("CHECKPOINT")

    def version(self) -> str:
        with psycopg.connect(self.url) as connection:
            return str(connection.execute("SHOW server_version").fetchall()[0][0])

    def postmaster(self) -> psutil.Process | None:
        """The parent of all its processes; None if it does not run on this machine."""
        with psycopg.connect(self.url) as connection:
            try:
                parent = psutil.Process(connection.info.backend_pid).parent()
                is_here = parent is not None and parent.name().startswith("postgres")
            except psutil.Error:
                return None
        return parent if is_here else None


@contextmanager
def postgres() -> Iterator[Postgres]:
    """The server of BENCH_DATABASE_URL, else an embedded one that lasts as long as the context."""
    if url := os.environ.get("BENCH_DATABASE_URL"):
        yield Postgres(url, is_ours=False)
        return
    # /tmp is in memory on many machines, where fsync costs nothing.
    folder = "/var/tmp" if Path("/var/tmp").is_dir() else None  # noqa: S108
    with (
        tempfile.TemporaryDirectory(prefix="honeydo-bench-", dir=folder) as state,
        acquire(Path(state), SETTINGS) as lease,
    ):
        _grant_checkpoints(lease.url("postgres", "postgres"))
        yield Postgres(lease.url(), is_ours=True)
        lease.close(wait=60)


def _grant_checkpoints(superuser_url: str) -> None:
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        connection.execute("GRANT pg_checkpoint TO honeydo")
