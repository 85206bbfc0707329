"""No statement of the list looks at another owner's rows, whichever plan PostgreSQL chooses."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from honeydo.adapters.postgres.connection import conninfo
from honeydo.adapters.postgres.statements import GET, PAGES, Statement
from tests.support.cluster import Cluster
from tests.support.databases import new_database

OWNERS, EACH = 200, 50
OWNER = "owner-42"

VALUES = {
    "owner_id": OWNER,
    "id": "00000000-0000-0000-0000-000000000001",
    "limit": 1_001,
    "after_created_at": "2026-01-01 00:00:25+00",
    "after_id": "00000000-0000-0000-0000-000000000001",
}


@pytest.fixture(scope="module")
def crowded(cluster: Cluster, template: str) -> Iterator[psycopg.Connection]:
    """A database with many owners, whose tasks lie mixed; a third completed, some deleted."""
    with (
        new_database(cluster, template) as name,
        psycopg.connect(conninfo(cluster.url(name)), autocommit=True) as connection,
    ):
        for table in ("users", "tasks"):
            connection.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        connection.execute(
            "INSERT INTO users SELECT 'owner-' || owner, NULL, 0, now(), now()"
            " FROM generate_series(1, %s) AS owner",
            [OWNERS],
        )
        connection.execute(
            "INSERT INTO tasks SELECT 'owner-' || owner, gen_random_uuid(), 'Buy honey', NULL,"
            " CASE WHEN mod(number, 3) = 0 THEN created_at END, created_at, created_at,"
            " CASE WHEN mod(number, 10) = 0 THEN created_at END, number"
            " FROM generate_series(1, %s) AS number, generate_series(1, %s) AS owner,"
            " LATERAL (SELECT timestamptz '2026-01-01 00:00:00+00' + number * interval '1 s')"
            " AS creation (created_at)",
            [EACH, OWNERS],
        )
        for table in ("users", "tasks"):
            connection.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            connection.execute(f"VACUUM ANALYZE {table}")
        yield connection


def executed(
    connection: psycopg.Connection, statement: Statement, mode: str = "auto"
) -> dict[str, Any]:
    """The plan that PostgreSQL carried out for the statement, prepared as it is in production."""
    name = sql.Identifier(uuid4().hex)
    values = [VALUES[parameter] for parameter in statement.parameters]
    with connection.transaction():
        connection.execute("SELECT set_config('honeydo.user_id', %s, true)", [OWNER])
        connection.execute(sql.SQL("SET LOCAL plan_cache_mode = {}").format(mode))
        connection.execute(sql.SQL("PREPARE {} AS ").format(name) + sql.SQL(statement.sql.decode()))
        explained = connection.execute(
            sql.SQL("EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE {} ({})").format(
                name, sql.SQL(", ").join(map(sql.Literal, values))
            )
        ).fetchone()
    assert explained
    plan: dict[str, Any] = explained[0][0]["Plan"]
    return plan


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


def rows_read(scan: dict[str, Any]) -> int:
    """The rows that the scan looked at, whether it passed them on or not."""
    counts = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
    return int(scan["Actual Loops"]) * sum(int(scan.get(count, 0)) for count in counts)


@pytest.mark.parametrize("mode", ["force_generic_plan", "force_custom_plan"])
@pytest.mark.parametrize(
    "statement", [GET, *PAGES.values()], ids=lambda statement: statement.name.decode()
)
def test_a_statement_reads_its_owners_rows_alone(
    crowded: psycopg.Connection, statement: Statement, mode: str
) -> None:
    plan = executed(crowded, statement, mode)

    scans = [node for node in nodes(plan) if node.get("Relation Name") == "tasks"]
    indexes = [node for node in nodes(plan) if "Index Name" in node]
    assert scans
    assert sum(map(rows_read, scans)) <= EACH
    # Every index begins with the owner: to search it by owner is to read one stretch of it.
    assert indexes
    assert all("owner_id = " in index["Index Cond"] for index in indexes)


@pytest.mark.parametrize("is_completed", [None, False, True])
def test_a_statement_of_the_list_finds_something_to_read(
    crowded: psycopg.Connection, is_completed: bool | None
) -> None:
    for continued in (False, True):
        plan = executed(crowded, PAGES[is_completed, continued])
        assert plan["Actual Rows"] > 0


def test_without_an_index_the_rows_of_all_would_be_read(crowded: psycopg.Connection) -> None:
    with crowded.transaction():
        for scan in ("indexscan", "bitmapscan"):
            crowded.execute(f"SET LOCAL enable_{scan} = off")
        plan = executed(crowded, PAGES[None, False])

    assert sum(map(rows_read, nodes(plan))) > OWNERS * EACH / 2
