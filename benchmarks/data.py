"""The data: the same users and tasks for every server, made of numbers alone."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import md5
from itertools import islice
from typing import Any, Final, LiteralString
from uuid import UUID

import psycopg
from psycopg import sql

# Whole milliseconds: JavaScript's dates have no more.
_BEGINNING: Final = datetime(2024, 1, 1, tzinfo=UTC)
_END: Final = datetime(2026, 1, 1, tzinfo=UTC)
_LINES: Final = 10_000

# Tasks that exist to be deleted have numbers from here on, and are older than all others.
SPARE: Final = 10_000_000


def user_id(user: int) -> str:
    """32 characters, as Better Auth's; PostgreSQL can make them too: `md5(user::text)`."""
    return md5(str(user).encode(), usedforsecurity=False).hexdigest()


def task_id(user: int, number: int) -> UUID:
    """In PostgreSQL: `md5(user || '-' || number)::uuid`."""
    return UUID(md5(f"{user}-{number}".encode(), usedforsecurity=False).hexdigest())


def task(user: int, number: int) -> dict[str, Any]:
    """The task as every server must show it as long as nobody has changed it."""
    spare = number >= SPARE
    age = timedelta(days=-400) if spare else timedelta(minutes=number)
    created_at = _BEGINNING + age + timedelta(milliseconds=user)
    updated_at = created_at + timedelta(seconds=30)
    is_completed = number % 3 == 0
    return {
        "id": str(task_id(user, number)),
        "user_id": user_id(user),
        "title": f"Task {number} of the household: buy honey and milk",
        "description": None
        if number % 4 == 0
        else f"What task {number} is about, in some “quoted” words, and long enough to be usual.",
        "is_completed": is_completed,
        "completed_at": updated_at if is_completed else None,
        "created_at": created_at,
        "updated_at": updated_at,
        "revision": number + 1,
    }


@dataclass(frozen=True, slots=True)
class Data:
    """So many users, each with so many tasks. The last users are witnesses: no load touches them,
    so that answers about them can be foretold."""

    users: int = 2_000
    tasks: int = 100

    @property
    def busy_users(self) -> int:
        return self.users - 3

    @property
    def witnesses(self) -> range:
        return range(self.busy_users, self.users)

    def each(self) -> Iterator[tuple[int, int]]:
        """Every user and task number, in the order in which they would have been created: one
        user's tasks lie apart."""
        for number in range(self.tasks):
            for user in range(self.users):
                yield user, number


_ALTER: Final = sql.SQL("ALTER TABLE {} {} ROW LEVEL SECURITY")
_USERS: Final[LiteralString] = "COPY users (id, revision, created_at, updated_at) FROM STDIN"
_TASKS: Final[LiteralString] = (
    "COPY tasks (owner_id, id, title, description, completed_at, created_at, updated_at, revision)"
    " FROM STDIN"
)
_PEER_TASKS: Final[LiteralString] = (
    "COPY tasks (user_id, id, title, description, is_completed, completed_at, created_at,"
    " updated_at, revision) FROM STDIN"
)


def load_users(connection: psycopg.Connection, users: Iterable[int], revision: int) -> None:
    """Into Honeydo's tables, as users who have made so many writes."""
    now = _BEGINNING.isoformat()
    with _without_row_security(connection):
        lines = (f"{user_id(user)}\t{revision}\t{now}\t{now}\n" for user in users)
        _copy(connection, _USERS, lines)


def load_tasks(connection: psycopg.Connection, tasks: Iterable[tuple[int, int]]) -> None:
    """Into Honeydo's tables; the users are there."""
    with _without_row_security(connection):
        _copy(connection, _TASKS, (_line(user, number) for user, number in tasks))


def load_peer_tasks(connection: psycopg.Connection, tasks: Iterable[tuple[int, int]]) -> None:
    lines = (_line(user, number, is_completed=True) for user, number in tasks)
    _copy(connection, _PEER_TASKS, lines)


@contextmanager
def bulk(connection: psycopg.Connection) -> Iterator[None]:
    """Takes keys and indexes off Honeydo's tasks, and makes them again at the end: for millions of
    tasks, that is several times faster."""
    constraints = connection.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = 'tasks'::regclass AND contype IN ('p', 'u', 'f')"
    ).fetchall()
    for name, _ in constraints:
        drop = sql.SQL("ALTER TABLE tasks DROP CONSTRAINT {}")
        connection.execute(drop.format(sql.Identifier(name)))
    indexes = connection.execute(
        "SELECT relname, pg_get_indexdef(oid) FROM pg_class JOIN pg_index ON indexrelid = oid"
        " WHERE indrelid = 'tasks'::regclass"
    ).fetchall()
    for name, _ in indexes:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    yield
    connection.execute("SET maintenance_work_mem = '1GB'")
    for _, definition in indexes:
        connection.execute(definition)
    for name, definition in constraints:
        add = sql.SQL("ALTER TABLE tasks ADD CONSTRAINT {} ").format(sql.Identifier(name))
        connection.execute(add + sql.SQL(definition))


def remove_spares(connection: psycopg.Connection, *, is_peer: bool) -> None:
    with nullcontext() if is_peer else _without_row_security(connection):
        connection.execute("DELETE FROM tasks WHERE created_at < %s", [_BEGINNING])


def remove_created(connection: psycopg.Connection) -> None:
    """All tasks of Honeydo's that were not loaded."""
    with _without_row_security(connection):
        connection.execute("DELETE FROM tasks WHERE created_at > %s", [_END])


def _line(user: int, number: int, *, is_completed: bool = False) -> str:
    """In COPY's text format; no value has a character that must be escaped."""
    row = task(user, number)
    columns = [row["user_id"], row["id"], row["title"], row["description"]]
    if is_completed:
        columns.append(row["is_completed"])
    columns += [row["completed_at"], row["created_at"], row["updated_at"], row["revision"]]
    return "\t".join(r"\N" if column is None else str(column) for column in columns) + "\n"


def _copy(connection: psycopg.Connection, command: LiteralString, lines: Iterator[str]) -> None:
    with connection.cursor() as cursor, cursor.copy(command) as copy:
        while chunk := "".join(islice(lines, _LINES)):
            copy.write(chunk)


@contextmanager
def _without_row_security(connection: psycopg.Connection) -> Iterator[None]:
    """COPY refuses tables with row-level security: it is off for this transaction alone."""
    with connection.transaction():
        for table in ("users", "tasks"):
            connection.execute(_ALTER.format(sql.Identifier(table), sql.SQL("DISABLE")))
        yield
        for table in ("users", "tasks"):
            connection.execute(_ALTER.format(sql.Identifier(table), sql.SQL("ENABLE")))
