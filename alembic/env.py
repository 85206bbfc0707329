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
    # A live system must not queue behind us while we queue behind a long transaction of its own.
    connection.execute(text("SET lock_timeout = '5s'"))
    # Only one of several starting processes migrates; the others find it done.
    connection.execute(text("SELECT pg_advisory_lock(hashtext('honeydo.migrations'))"))
    connection.commit()
    context.configure(connection=connection, target_metadata=metadata, compare_server_default=True)
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
