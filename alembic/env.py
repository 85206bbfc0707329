"""Runs the migrations in one transaction on the database that the caller or DATABASE_URL names."""

import os

import psycopg
from alembic import context
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from honeydo.adapters.postgres.connection import conninfo
from honeydo.adapters.postgres.tables import metadata

url = context.config.attributes.get("database_url") or os.environ["DATABASE_URL"]
engine = create_engine(
    "postgresql+psycopg://", creator=lambda: psycopg.connect(conninfo(url)), poolclass=NullPool
)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=metadata, compare_server_default=True)
    with context.begin_transaction():
        # Only one of several starting processes migrates; the others wait, and find it done.
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('honeydo.migrations'))"))
        # A live system must not queue behind us while we queue behind its longest transaction.
        connection.execute(text("SET LOCAL lock_timeout = '5s'"))
        context.run_migrations()
engine.dispose()
