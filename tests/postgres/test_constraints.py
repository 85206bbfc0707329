"""PostgreSQL repeats the domain's limits, so that no other program breaks them either."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from psycopg import AsyncConnection, sql
from psycopg.errors import CheckViolation, ForeignKeyViolation

from honeydo.domain.errors import InvalidValues
from honeydo.domain.task import MAX_DESCRIPTION, MAX_TITLE, Task
from honeydo.domain.user import Email, UserId
from tests.support.cluster import Cluster
from tests.support.databases import new_database
from tests.support.rows import act_as
from tests.support.values import CONTROLS, NOON

BEE = "\N{HONEYBEE}"
USER: dict[str, Any] = {"id": "ada", "email": None}
TASK: dict[str, Any] = {"title": "Buy honey", "description": None, "revision": 1}


@pytest.fixture(scope="module")
def url(cluster: Cluster, template: str) -> Iterator[str]:
    """A database in which ada is not yet known."""
    with new_database(cluster, template) as name:
        yield cluster.url(name)


async def insert_user(connection: AsyncConnection, **values: Any) -> None:
    values = USER | values
    await act_as(connection, values["id"])
    await connection.execute(
        "INSERT INTO users (id, email, created_at, updated_at)"
        " VALUES (%(id)s, %(email)s, now(), now())",
        values,
    )


async def insert_task(connection: AsyncConnection, **values: Any) -> None:
    await connection.execute(
        "INSERT INTO tasks"
        " (owner_id, id, title, description, revision, created_at, updated_at) VALUES"
        " ('ada', gen_random_uuid(), %(title)s, %(description)s, %(revision)s, now(), now())",
        TASK | values,
    )


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("id", ""),
        ("id", BEE * 256),
        ("id", "ada\x01"),
        ("email", ""),
        ("email", BEE * 321),
        ("email", "ada\n"),
    ],
)
async def test_a_user_who_breaks_a_rule_is_refused(
    connection: AsyncConnection, column: str, value: str
) -> None:
    async with connection.transaction(force_rollback=True):
        with pytest.raises(CheckViolation) as violation:
            await insert_user(connection, **{column: value})
    assert violation.value.diag.constraint_name == f"users_{column}_check"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("title", ""),
        ("title", BEE * (MAX_TITLE + 1)),
        ("title", "Buy\thoney"),
        ("description", ""),
        ("description", BEE * (MAX_DESCRIPTION + 1)),
        ("description", "Much\x01"),
        ("revision", 0),
    ],
)
async def test_a_task_that_breaks_a_rule_is_refused(
    connection: AsyncConnection, column: str, value: object
) -> None:
    async with connection.transaction(force_rollback=True):
        await insert_user(connection)
        with pytest.raises(CheckViolation) as violation:
            await insert_task(connection, **{column: value})
    assert violation.value.diag.constraint_name == f"tasks_{column}_check"


async def test_the_longest_texts_are_stored(connection: AsyncConnection) -> None:
    async with connection.transaction(force_rollback=True):
        await insert_user(connection, id=BEE * 255, email=BEE * 320)
        await insert_user(connection)
        await insert_task(connection, title=BEE * MAX_TITLE, description=BEE * MAX_DESCRIPTION)


async def test_a_task_has_a_user(connection: AsyncConnection) -> None:
    async with connection.transaction(force_rollback=True):
        await act_as(connection, "ada")
        with pytest.raises(ForeignKeyViolation):
            await insert_task(connection)


def is_allowed(field: str, text: str) -> bool:
    """What the domain says."""
    try:
        match field:
            case "id":
                UserId(text)
            case "email":
                Email(text)
            case _:
                task = Task.create(id=UUID(int=1), owner=UserId("ada"), title="x", now=NOON)
                task.edit(**{field: text}, now=NOON)  # type: ignore[arg-type]
    except InvalidValues:
        return False
    return True


@pytest.mark.parametrize(
    ("table", "column"),
    [("users", "id"), ("users", "email"), ("tasks", "title"), ("tasks", "description")],
)
async def test_both_forbid_the_same_characters(
    connection: AsyncConnection, table: str, column: str
) -> None:
    # PostgreSQL has no NUL, and psycopg refuses to send one.
    characters = [*CONTROLS[1:], *map(chr, range(0x20, 0x7F)), "\u00a0", "\u2028", BEE]
    constraint = await connection.execute(
        "SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint WHERE conname = %s",
        [f"{table}_{column}_check"],
    )
    [[rule]] = await constraint.fetchall()
    texts = sql.SQL(
        "SELECT character, {rule} FROM unnest(%s::text[]) AS character,"
        " LATERAL (SELECT 'a' || character || 'b') AS text ({column})"
    ).format(rule=sql.SQL(rule), column=sql.Identifier(column))

    judged = await (await connection.execute(texts, [characters])).fetchall()

    assert dict(judged) == {
        character: is_allowed(column, f"a{character}b") for character in characters
    }
