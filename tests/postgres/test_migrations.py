import asyncio
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from typing import Any, TypeAlias

import psycopg
import pytest
from alembic import command
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from psycopg.errors import CheckViolation
from psycopg.rows import TupleRow
from sqlalchemy import Engine, create_engine, event

from honeydo.adapters.postgres.connection import conninfo
from honeydo.adapters.postgres.database import Database
from honeydo.adapters.postgres.migrations import configuration, head, migrate, revisions
from honeydo.adapters.postgres.tables import metadata

TupleConnection: TypeAlias = psycopg.Connection[TupleRow]

SCHEMA = """
WITH ours AS (
    SELECT * FROM pg_class WHERE relname IN ('users', 'tasks', 'idempotency_keys')
        AND relkind = 'r'
)
SELECT relname, attname, format_type(atttypid, atttypmod), attnotnull::text,
       pg_get_expr(adbin, adrelid)
FROM ours JOIN pg_attribute ON attrelid = ours.oid AND attnum > 0 AND NOT attisdropped
     LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
UNION ALL
SELECT relname, conname, pg_get_constraintdef(pg_constraint.oid), '', ''
FROM ours JOIN pg_constraint ON conrelid = ours.oid
UNION ALL
SELECT relname, indexrelid::regclass::text, pg_get_indexdef(indexrelid), '', ''
FROM ours JOIN pg_index ON indrelid = ours.oid
UNION ALL
SELECT relname, 'options', reloptions::text, '', '' FROM ours
UNION ALL
SELECT proname, '', pg_get_functiondef(oid), '', ''
FROM pg_proc WHERE pronamespace = 'public'::regnamespace
ORDER BY 1, 2, 3
"""
POLICIES = """
SELECT tablename, policyname, cmd, permissive, roles::text, qual, with_check FROM pg_policies
ORDER BY 1, 2
"""


def rows(url: str, query: str) -> list[TupleRow]:
    with psycopg.connect(conninfo(url)) as connection:
        return connection.execute(query.encode()).fetchall()


def tables(url: str) -> set[str]:
    found = rows(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return {name for (name,) in found}


def test_there_is_one_newest_revision() -> None:
    assert ScriptDirectory.from_config(configuration()).get_heads() == [head()]


def test_the_revisions_are_those_that_alembic_goes_through() -> None:
    scripts = ScriptDirectory.from_config(configuration()).walk_revisions()
    assert [script.revision for script in scripts] == [*reversed(revisions())]


def test_every_migration_can_be_undone_and_done_again(empty_database_url: str) -> None:
    config = configuration(empty_database_url)
    revisions = [*ScriptDirectory.from_config(config).walk_revisions()]
    assert revisions
    for script in reversed(revisions):
        command.upgrade(config, script.revision)
        done = rows(empty_database_url, SCHEMA), rows(empty_database_url, POLICIES)
        command.downgrade(config, "-1")
        command.upgrade(config, script.revision)
        assert (rows(empty_database_url, SCHEMA), rows(empty_database_url, POLICIES)) == done


def test_undone_migrations_leave_nothing_behind(database_url: str) -> None:
    assert tables(database_url) == {"alembic_version", *metadata.tables}

    command.downgrade(configuration(database_url), "base")

    assert tables(database_url) == {"alembic_version"}
    assert rows(database_url, SCHEMA) == rows(database_url, POLICIES) == []


def test_the_migrated_schema_is_the_one_that_the_code_describes(database_url: str) -> None:
    config = configuration(database_url)
    command.check(config)

    with psycopg.connect(conninfo(database_url)) as connection:
        connection.execute("ALTER TABLE tasks ADD COLUMN colour text")
    with pytest.raises(CommandError):
        command.check(config)


def test_constraints_and_indexes_do_not_drift_either(
    database_url: str, empty_database_url: str
) -> None:
    with engine(empty_database_url) as described:
        metadata.create_all(described)

    schema = rows(database_url, SCHEMA)
    assert schema == rows(empty_database_url, SCHEMA)
    names = {name for name, *_ in schema} | {name for _, name, *_ in schema}
    assert names > {"users_limits_check", "tasks_newest_open", "tasks_pkey", "honeydo_is_task"}


@contextmanager
def engine(url: str) -> Iterator[Engine]:
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(conninfo(url)))
    yield engine
    engine.dispose()


def test_migrating_what_is_migrated_changes_nothing(database_url: str) -> None:
    schema = rows(database_url, SCHEMA)

    migrate(database_url)

    assert rows(database_url, SCHEMA) == schema


MIGRATE = (
    "import sys; from honeydo.adapters.postgres.migrations import migrate; migrate(sys.argv[1])"
)


async def test_several_processes_may_migrate_at_once_from_anywhere(
    empty_database_url: str, tmp_path: Path
) -> None:
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-c", MIGRATE, empty_database_url, cwd=tmp_path
        )
        for _ in range(3)
    ]

    assert [await process.wait() for process in processes] == [0, 0, 0]
    assert rows(empty_database_url, "SELECT version_num FROM alembic_version") == [(head(),)]


def test_who_waits_to_migrate_does_not_hold_up_an_index(database_url: str) -> None:
    with (
        psycopg.connect(conninfo(database_url), autocommit=True) as other,
        ThreadPoolExecutor(1) as threads,
    ):
        other.execute("SELECT pg_advisory_lock(hashtext('honeydo.migrations'))")
        waiting = threads.submit(migrate, database_url)
        try:
            while not other.execute(
                "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%honeydo.migrations%'"
                " AND pid <> pg_backend_pid() AND datname = current_database()"
            ).fetchone():
                sleep(0.01)
            other.execute("SET statement_timeout = '10s'")
            other.execute("CREATE INDEX CONCURRENTLY meanwhile ON tasks (title)")
            assert not waiting.done()
        finally:
            other.execute("SELECT pg_advisory_unlock_all()")
        waiting.result(30)


def test_several_threads_may_migrate_at_once(empty_database_url: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        for migration in [threads.submit(migrate, empty_database_url) for _ in range(4)]:
            migration.result()

    assert rows(empty_database_url, "SELECT version_num FROM alembic_version") == [(head(),)]


@contextmanager
def before_each_statement(look: Callable[[str, TupleConnection], None]) -> Iterator[None]:
    """Have the migrations' statements looked at, and the connection that is about to run them."""

    def hear(_: Any, cursor: Any, statement: str, *__: Any) -> None:
        look(statement, cursor.connection)

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", hear)


def test_a_migration_does_not_wait_long_for_a_table(empty_database_url: str) -> None:
    changes = "CREATE TABLE", "DROP TABLE", "ADD CONSTRAINT", "DROP CONSTRAINT", " POLICY "
    patience: dict[str, str] = {}

    def look(statement: str, connection: TupleConnection) -> None:
        [[timeout]] = connection.execute("SHOW lock_timeout").fetchall()
        for change in changes:
            if change in statement:
                assert patience.setdefault(change, timeout) == timeout

    with before_each_statement(look):
        migrate(empty_database_url)
        command.downgrade(configuration(empty_database_url), "base")

    assert patience == dict.fromkeys(changes, "5s")


def test_limits_hold_while_others_take_their_place(empty_database_url: str) -> None:
    """Whichever way, and before each step of it."""
    config = configuration(empty_database_url)
    command.upgrade(config, "0003")
    steps: list[str] = []

    def look(statement: str, _: TupleConnection) -> None:
        with psycopg.connect(conninfo(empty_database_url)) as other:
            other.execute("SELECT set_config('honeydo.user_id', 'ada', true)")
            for breach in (
                "INSERT INTO users (id, email, created_at, updated_at)"
                " VALUES ('ada', '', now(), now())",
                "INSERT INTO tasks (owner_id, id, title, created_at, updated_at, revision)"
                " VALUES ('ada', gen_random_uuid(), '', now(), now(), 1)",
            ):
                with pytest.raises(CheckViolation), other.transaction():
                    other.execute(breach.encode())
        steps.append(statement)

    with before_each_statement(look):
        command.upgrade(config, "0004")
        command.downgrade(config, "0003")

    assert any("VALIDATE" in step for step in steps)


def test_alembics_own_commands_find_the_database_in_the_environment(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_database_url)

    command.upgrade(configuration(), "head")

    assert tables(empty_database_url) == {"alembic_version", *metadata.tables}


@pytest.mark.parametrize(
    ("prepare", "is_ready"),
    [
        ("", True),
        ("UPDATE alembic_version SET version_num = 'later'", True),
        ("DELETE FROM alembic_version", False),
        ("DROP TABLE alembic_version", False),
    ],
)
async def test_a_database_is_ready_when_its_schema_is_no_older_than_the_code(
    database_url: str, prepare: str, is_ready: bool
) -> None:
    with psycopg.connect(conninfo(database_url)) as connection:
        connection.execute(prepare.encode())

    database = Database.at(database_url)
    async with database:
        assert await database.is_ready() is is_ready
