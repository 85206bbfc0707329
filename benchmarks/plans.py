"""What PostgreSQL does for each use case: EXPLAIN, of the statements as they are prepared."""

import asyncio
from collections.abc import Sequence

import psycopg
from psycopg import sql

from honeydo.adapters.postgres.statements import Statement

from .data import user_id
from .prepared import recorded


def explained(url: str, user: int) -> str:
    """The plans in Markdown, carried out for that user with row-level security on."""
    found = asyncio.run(recorded(url, user))
    parts = []
    with psycopg.connect(url, autocommit=True) as connection:
        for name, steps in found.items():
            for statement, values in steps:
                plan = _explained(connection, user, statement, values)
                parts.append(f"### {name}: `{statement.name.decode()}`\n\n```\n{plan}\n```\n")
    return "\n".join(parts)


def _explained(
    connection: psycopg.Connection, user: int, statement: Statement, values: Sequence[object]
) -> str:
    """The plan that a prepared statement gets in the long run; what it writes is undone."""
    with connection.transaction(force_rollback=True):
        connection.execute("SELECT set_config('honeydo.user_id', %s, true)", [user_id(user)])
        connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        connection.execute(b"PREPARE explained AS " + statement.sql)
        parameters = sql.SQL("({})").format(sql.SQL(", ").join(map(sql.Literal, values)))
        lines = connection.execute(
            sql.SQL("EXPLAIN (ANALYZE, BUFFERS, SUMMARY OFF) EXECUTE explained")
            + (parameters if values else sql.SQL(""))
        ).fetchall()
        connection.execute("DEALLOCATE explained")
    return "\n".join(line for (line,) in lines)
