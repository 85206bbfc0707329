"""Runs the migrations, a transaction each, on the database of the caller or of DATABASE_URL."""

import os
import time
from typing import Any

import psycopg
from alembic import context
from sqlalchemy import create_engine, event, text
from sqlalchemy.pool import NullPool

from honeydo.adapters.postgres.connection import conninfo
from honeydo.adapters.postgres.tables import metadata

url = context.config.attributes.get("database_url") or os.environ["DATABASE_URL"]
engine = create_engine(
    "postgresql+psycopg://", creator=lambda: psycopg.connect(conninfo(url)), poolclass=NullPool
)
with engine.connect() as turn, turn.begin(), engine.connect() as connection:
    # Only one of several starting processes migrates; the others wait, and find it done. They wait
    # by asking again: PostgreSQL does not finish an index that is made concurrently as long as
    # another's statement runs, be it one that waits for a lock.
    while not turn.scalar(text("SELECT pg_try_advisory_xact_lock(hashtext('honeydo.migrations'))")):
        time.sleep(0.1)

    @event.listens_for(connection, "begin")
    def be_patient(begun: Any) -> None:
        """A live system must not queue behind us while we queue behind its longest transaction."""
        begun.exec_driver_sql("SET LOCAL lock_timeout = '5s'")

    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_server_default=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
