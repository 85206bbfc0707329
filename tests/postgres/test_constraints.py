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
TASK: dict[str, Any] = {
    "title": "Buy honey",
    "description": None,
    "deleted_at": None,
    "revision": 1,
}
REMOVED: dict[str, Any] = {"title": None, "deleted_at": NOON}


@pytest.fixture(scope="module")
def url(cluster: Cluster, template: str) -> Iterator[str]:
    """A database in which ada is not yet known."""
    with new_database(cluster, template) as name:
        yield cluster.url(name)


async def insert_user(connection: AsyncConnection, **values: Any) -> None:
    values = USER | values
    await act_as(connection, values["id"])
    await connection.execute(
        "INSERT INTO public.users (id, email, created_at, updated_at)"
        " VALUES (%(id)s, %(email)s, now(), now())",
        values,
    )


async def insert_task(connection: AsyncConnection, **values: Any) -> None:
    await connection.execute(
        "INSERT INTO public.tasks"
        " (owner_id, id, title, description, deleted_at, revision, created_at, updated_at)"
        " VALUES ('ada', gen_random_uuid(), %(title)s, %(description)s, %(deleted_at)s,"
        " %(revision)s, now(), now())",
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
        ("email", "ada\x9f"),
    ],
)
async def test_a_user_who_breaks_a_rule_is_refused(
    connection: AsyncConnection, column: str, value: str
) -> None:
    async with connection.transaction(force_rollback=True):
        with pytest.raises(CheckViolation) as violation:
            await insert_user(connection, **{column: value})
    assert violation.value.diag.constraint_name == "users_limits_check"


BREACHES: list[dict[str, Any]] = [
    {"title": ""},
    {"title": BEE * (MAX_TITLE + 1)},
    {"title": "Buy\thoney"},
    {"title": "Buy\x9f"},
    {"title": None},
    {"description": ""},
    {"description": BEE * (MAX_DESCRIPTION + 1)},
    {"description": "Much\x01"},
    {"description": "Much\x9f"},
    {"revision": 0},
    # Where another rule has nothing to say.
    REMOVED | {"description": "Much\x01"},
    REMOVED | {"revision": 0},
]


@pytest.mark.parametrize("breach", BREACHES)
async def test_a_task_that_breaks_a_rule_is_refused(
    connection: AsyncConnection, breach: dict[str, Any]
) -> None:
    async with connection.transaction(force_rollback=True):
        await insert_user(connection)
        with pytest.raises(CheckViolation) as violation:
            await insert_task(connection, **breach)
    assert violation.value.diag.constraint_name == "tasks_limits_check"


async def test_a_change_that_breaks_a_rule_is_refused(connection: AsyncConnection) -> None:
    async with connection.transaction(force_rollback=True):
        await insert_user(connection)
        await insert_task(connection)
        for change in ("users SET email = ''", "tasks SET title = ''"):
            with pytest.raises(CheckViolation):
                async with connection.transaction():
                    await connection.execute(f"UPDATE {change}".encode())


async def test_the_rules_need_no_search_path(connection: AsyncConnection) -> None:
    async with connection.transaction(force_rollback=True):
        await connection.execute("SET LOCAL search_path = ''")
        await insert_user(connection)
        await insert_task(connection)
        with pytest.raises(CheckViolation):
            await insert_task(connection, title="")


@pytest.mark.parametrize(
    "user",
    [{"id": "a"}, {"id": BEE * 255}, {"email": "a"}, {"email": BEE * 320}, {"email": None}],
)
async def test_what_a_user_may_be_is_stored(
    connection: AsyncConnection, user: dict[str, Any]
) -> None:
    async with connection.transaction(force_rollback=True):
        await insert_user(connection, **user)


@pytest.mark.parametrize(
    "task",
    [
        {"title": "x"},
        {"title": BEE * MAX_TITLE, "description": BEE * MAX_DESCRIPTION},
        {"title": "Buy\u00a0honey"},
        {"description": "x"},
        {"description": "Much:\n\tthe jar\r\n"},
        REMOVED,
    ],
)
async def test_what_a_task_may_be_is_stored(
    connection: AsyncConnection, task: dict[str, Any]
) -> None:
    async with connection.transaction(force_rollback=True):
        await insert_user(connection)
        await insert_task(connection, **task)


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
        [f"{table}_limits_check"],
    )
    [[rules]] = await constraint.fetchall()
    rows = sql.SQL(
        "SELECT character, ({rules}) IS NOT FALSE FROM unnest(%s::text[]) AS character,"
        " LATERAL jsonb_populate_record(NULL::{table}, jsonb_build_object('title', 'Buy honey')"
        " || jsonb_build_object({column}, 'a' || character || 'b'))"
    ).format(rules=sql.SQL(rules), table=sql.Identifier(table), column=sql.Literal(column))

    judged = await (await connection.execute(rows, [characters])).fetchall()

    assert dict(judged) == {
        character: is_allowed(column, f"a{character}b") for character in characters
    }
