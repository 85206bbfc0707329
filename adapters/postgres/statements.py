"""Every statement of the repository, compiled once at import.

A write locks its owner's row in `users` first, takes the next revision there and stamps it on the
task, all in one statement. So one owner's writes are ordered, other owners never wait, and a write
that is refused has taken no revision.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self, TypeAlias

from sqlalchemy import (
    BigInteger,
    DateTime,
    Executable,
    Text,
    Uuid,
    bindparam,
    func,
    literal_column,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from .tables import tasks, users

_DIALECT: Final = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with `$1`-style parameters, the order of these, and the name it is prepared under.

    One that only reads, and locks nothing, may say so: it may share a transaction with others.
    """

    name: bytes
    sql: bytes
    parameters: tuple[str, ...]
    is_read: bool = False

    @classmethod
    def compiled(cls, name: str, statement: Executable, *, is_read: bool = False) -> Self:
        compiled = statement.compile(dialect=_DIALECT)  # type: ignore[attr-defined]
        return cls(
            name=f"honeydo_{name}".encode(),
            sql=str(compiled).encode(),
            parameters=tuple(compiled.positiontup),
            is_read=is_read,
        )

    def of(self, values: Mapping[str, Any]) -> "Step":
        """The statement with what its parameters stand for; further values are left out."""
        return self, [values[name] for name in self.parameters]


Step: TypeAlias = tuple[Statement, Sequence[Any]]


_owner_id: Final = bindparam("owner_id", type_=Text)
_id: Final = bindparam("id", type_=Uuid)
_updated_at: Final = bindparam("updated_at", type_=DateTime(timezone=True))
_one: Final = literal_column("1", type_=BigInteger)

# In the order of `tasks._task`.
_columns: Final = (
    tasks.c.id,
    tasks.c.owner_id,
    tasks.c.title,
    tasks.c.description,
    tasks.c.completed_at,
    tasks.c.created_at,
    tasks.c.updated_at,
    tasks.c.deleted_at,
    tasks.c.revision,
)

# The row-level security policies compare every row's owner with this setting, which ends with the
# transaction.
ACT_AS: Final = Statement(
    b"honeydo_act_as", b"SELECT set_config('honeydo.user_id', $1, true)", ("owner_id",)
)
# The same, and what follows in the transaction is cancelled once it takes longer (milliseconds).
ACT_AS_WITHIN: Final = Statement(
    b"honeydo_act_as_within",
    b"SELECT set_config('honeydo.user_id', $1, true), set_config('statement_timeout', $2, true)",
    ("owner_id", "timeout"),
)

SCHEMA_REVISION: Final = Statement(
    b"honeydo_schema_revision", b"SELECT version_num FROM alembic_version", ()
)

REVISION: Final = Statement.compiled(
    "revision", select(users.c.revision).where(users.c.id == _owner_id), is_read=True
)

GET: Final = Statement.compiled(
    "get",
    select(*_columns).where(tasks.c.owner_id == _owner_id, tasks.c.id == _id),
    is_read=True,
)


def _page(*, is_completed: bool | None, continued: bool) -> Statement:
    name = {None: "all", False: "open", True: "completed"}[is_completed]
    page = select(*_columns).where(tasks.c.owner_id == _owner_id, tasks.c.deleted_at.is_(None))
    if is_completed is not None:
        completed_at = tasks.c.completed_at
        page = page.where(completed_at.is_not(None) if is_completed else completed_at.is_(None))
    if continued:
        name += "_continued"
        page = page.where(
            tuple_(tasks.c.created_at, tasks.c.id)
            < tuple_(
                bindparam("after_created_at", type_=DateTime(timezone=True)),
                bindparam("after_id", type_=Uuid),
            )
        )
    newest_first = page.order_by(tasks.c.created_at.desc(), tasks.c.id.desc())
    found = newest_first.limit(bindparam("limit", type_=BigInteger)).subquery("found")
    # The owner's revision of the same moment; it comes in a row of its own if there is no task.
    return Statement.compiled(
        f"page_{name}",
        select(*found.c, users.c.revision)
        .select_from(users.outerjoin(found, true()))
        .where(users.c.id == _owner_id)
        .order_by(found.c.created_at.desc(), found.c.id.desc()),
        is_read=True,
    )


PAGES: Final = {
    (is_completed, continued): _page(is_completed=is_completed, continued=continued)
    for is_completed in (None, False, True)
    for continued in (False, True)
}


def _add() -> Statement:
    created_at = bindparam("created_at", type_=DateTime(timezone=True))
    first = insert(users).values(
        id=_owner_id,
        email=bindparam("email", type_=Text),
        revision=_one,
        created_at=created_at,
        updated_at=created_at,
    )
    owner = (
        first.on_conflict_do_update(
            index_elements=[users.c.id],
            set_={
                "email": func.coalesce(first.excluded.email, users.c.email),
                "revision": users.c.revision + _one,
                "updated_at": func.greatest(first.excluded.updated_at, users.c.updated_at),
            },
        )
        .returning(users.c.revision)
        .cte("owner")
    )
    values = {
        column.name: bindparam(column.name, type_=column.type)
        for column in _columns
        if column is not tasks.c.revision
    } | {"owner_id": _owner_id, "revision": owner.c.revision}
    return Statement.compiled(
        "add",
        insert(tasks)
        .from_select([*values], select(*values.values()).select_from(owner))
        .returning(tasks.c.revision),
    )


def _save() -> Statement:
    owner = select(users.c.id).where(users.c.id == _owner_id).with_for_update().cte("owner")
    # Locking makes PostgreSQL look at the newest version of the task, not at the one of the
    # statement's snapshot, which may be from before it waited for the owner's row.
    current = (
        select(tasks.c.owner_id)
        .join(owner, tasks.c.owner_id == owner.c.id)
        .where(tasks.c.id == _id, tasks.c.revision == bindparam("revision", type_=BigInteger))
        .with_for_update(of=tasks)
        .cte("current")
    )
    counted = (
        update(users)
        .values(
            revision=users.c.revision + _one,
            updated_at=func.greatest(_updated_at, users.c.updated_at),
        )
        .where(users.c.id == current.c.owner_id)
        .returning(users.c.revision)
        .cte("counted")
    )
    changed = ("title", "description", "completed_at", "updated_at", "deleted_at")
    return Statement.compiled(
        "save",
        update(tasks)
        .values(
            {name: bindparam(name, type_=tasks.c[name].type) for name in changed}
            | {"revision": counted.c.revision}
        )
        .where(tasks.c.owner_id == _owner_id, tasks.c.id == _id)
        .returning(tasks.c.revision),
    )


ADD: Final = _add()
SAVE: Final = _save()
