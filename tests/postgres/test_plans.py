"""No statement of the list looks at another owner's rows, whichever plan PostgreSQL chooses."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql

from honeydo.adapters.postgres import reads
from honeydo.adapters.postgres.connection import conninfo
from honeydo.adapters.postgres.reads import CHANGES, GET, GET_MANY
from honeydo.adapters.postgres.statements import Statement
from honeydo.domain.listing import NEWEST_FIRST, Cursor, Listing, Sort
from tests.support.cluster import Cluster
from tests.support.databases import new_database

OWNERS, EACH = 200, 50
OWNER = "owner-42"

VALUES = {
    "owner_id": OWNER,
    "id": "00000000-0000-0000-0000-000000000001",
    "ids": "{00000000-0000-0000-0000-000000000001}",
    "limit": 1_001,
    "q": "HONEY",
    "created_since": "2026-01-01 00:00:00+00",
    "updated_since": "2026-01-01 00:00:00+00",
    "after_id": "00000000-0000-0000-0000-000000000001",
}
AFTER = {
    "created_at": "2026-01-01 00:00:25+00",
    "updated_at": "2026-01-01 00:00:25+00",
    "completed_at": "2026-01-01 00:00:25+00",
    "title": "A",
    "id": "00000000-0000-0000-0000-000000000001",
}
SORTS = [Sort(by, descending) for by in AFTER for descending in (True, False)]  # type: ignore[arg-type]
LISTINGS = [
    Listing(is_completed=is_completed, sort=sort, after=after)
    for is_completed in (None, False, True)
    for sort in (NEWEST_FIRST, Sort(descending=False))
    for after in (None, Cursor(sort, None, UUID(int=1)))
]
LISTINGS += [
    Listing(q=q, is_deleted=is_deleted, sort=sort, after=after)
    for q in (None, "honey")
    for is_deleted in (None, False, True)
    for sort in SORTS
    for after in (None, Cursor(sort, None, UUID(int=1)))
]
LISTINGS += [
    Listing(created_since=datetime.now(UTC)),
    Listing(updated_since=datetime.now(UTC), is_completed=True),
]


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
            "INSERT INTO users SELECT 'owner-' || owner, NULL, 0, now(), now(), NULL, 0"
            " FROM generate_series(1, %s) AS owner",
            [OWNERS],
        )
        connection.execute(
            "INSERT INTO tasks (owner_id, id, title, description, completed_at, created_at,"
            " updated_at, deleted_at, revision)"
            " SELECT 'owner-' || owner, gen_random_uuid(), 'Buy honey', NULL,"
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
    connection: psycopg.Connection,
    statement: Statement,
    mode: str = "auto",
    after: str | int = 25,
    values: Mapping[str, Any] = VALUES,
) -> dict[str, Any]:
    """The plan that PostgreSQL carried out for the statement, prepared as it is in production."""
    name = sql.Identifier(uuid4().hex)
    given = [{**values, "after": after}[parameter] for parameter in statement.parameters]
    with connection.transaction():
        connection.execute("SELECT set_config('honeydo.user_id', %s, true)", [OWNER])
        connection.execute(sql.SQL("SET LOCAL plan_cache_mode = {}").format(mode))
        connection.execute(sql.SQL("PREPARE {} AS ").format(name) + sql.SQL(statement.sql.decode()))
        explained = connection.execute(
            sql.SQL("EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE {} ({})").format(
                name, sql.SQL(", ").join(map(sql.Literal, given))
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


modes = pytest.mark.parametrize("mode", ["force_generic_plan", "force_custom_plan"])


def asked(listing: Listing) -> str:
    return repr(listing).replace(repr(None), "-")


@modes
@pytest.mark.parametrize(
    "statement", [GET, GET_MANY, CHANGES], ids=lambda statement: statement.name.decode()
)
def test_a_statement_reads_its_owners_rows_alone(
    crowded: psycopg.Connection, statement: Statement, mode: str
) -> None:
    assert_own_rows_alone(executed(crowded, statement, mode))


@modes
@pytest.mark.parametrize("listing", LISTINGS, ids=asked)
def test_a_list_reads_its_owners_rows_alone(
    crowded: psycopg.Connection, listing: Listing, mode: str
) -> None:
    after = AFTER[listing.sort.by]

    assert_own_rows_alone(executed(crowded, reads.page(listing), mode, after))
    assert_own_rows_alone(executed(crowded, reads.count(listing), mode))


def assert_own_rows_alone(plan: dict[str, Any]) -> None:
    scans = [node for node in nodes(plan) if node.get("Relation Name") == "tasks"]
    indexes = [node for node in nodes(plan) if node.get("Index Name", "").startswith("tasks_")]
    assert scans
    assert sum(map(rows_read, scans)) <= EACH
    # Every index begins with the owner: to search it by owner is to read one stretch of it.
    assert indexes
    assert all("owner_id = " in index["Index Cond"] for index in indexes)


@pytest.mark.parametrize("sort", SORTS, ids=repr)
@pytest.mark.parametrize("is_completed", [None, False, True])
def test_a_statement_of_the_list_finds_something_to_read(
    crowded: psycopg.Connection, is_completed: bool | None, sort: Sort
) -> None:
    for after in (None, Cursor(sort, None, UUID(int=1))):
        listing = Listing(is_completed=is_completed, sort=sort, after=after)
        plan = executed(crowded, reads.page(listing), after=AFTER[sort.by])
        assert plan["Actual Rows"] > 0


def most_read(plan: dict[str, Any]) -> int:
    return max(rows_read(node) for node in nodes(plan) if node.get("Relation Name") == "tasks")


@pytest.mark.parametrize(
    ("listing", "at_most"),
    [
        (Listing(limit=5), 6),
        (Listing(limit=5, sort=Sort(descending=False)), 6),
        (Listing(limit=5, is_completed=False), 6),
        (Listing(limit=5, is_deleted=True), 5),
        (Listing(limit=5, is_deleted=None, sort=Sort("id", descending=False)), 6),
    ],
    ids=asked,
)
def test_a_page_that_has_its_index_reads_no_more_than_it_shows(
    crowded: psycopg.Connection, listing: Listing, at_most: int
) -> None:
    crowded.execute("SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off")
    try:
        values = VALUES | {"limit": listing.limit + 1}
        assert most_read(executed(crowded, reads.page(listing), values=values)) <= at_most
    finally:
        crowded.execute("RESET ALL")


def test_changes_are_read_from_the_cursor_on(crowded: psycopg.Connection) -> None:
    assert most_read(executed(crowded, CHANGES, after=EACH - 3)) == 3


def test_without_an_index_the_rows_of_all_would_be_read(crowded: psycopg.Connection) -> None:
    with crowded.transaction():
        for scan in ("indexscan", "bitmapscan"):
            crowded.execute(f"SET LOCAL enable_{scan} = off")
        plan = executed(crowded, reads.page(Listing()))

    assert sum(map(rows_read, nodes(plan))) > OWNERS * EACH / 2
