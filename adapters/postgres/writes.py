"""Statements that change something.

A write locks its owner's row in `users` first, takes the next revision there and stamps it on the
task. So one owner's writes are ordered, and other owners never wait. Revisions only grow: one that
was taken by who then lost the race for a task is nobody's.
"""

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Select,
    Text,
    bindparam,
    case,
    delete,
    exists,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from .reads import COLUMNS, LIMIT, OWNER_ID, TASK_ID
from .statements import Statement
from .tables import tasks, users

_updated_at: Final = bindparam("updated_at", type_=DateTime(timezone=True))
CHANGING: Final = ("title", "description", "search", "completed_at", "updated_at", "deleted_at")
"""What changes in a task's row, but for its revision."""

_zero: Final = literal_column("0", type_=BigInteger)
_one: Final = literal_column("1", type_=BigInteger)


def _add() -> Statement:
    created_at = bindparam("created_at", type_=DateTime(timezone=True))
    first = insert(users).values(
        id=OWNER_ID,
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
        for column in (*COLUMNS, tasks.c.search)
        if column is not tasks.c.revision
    } | {"owner_id": OWNER_ID, "revision": owner.c.revision}
    return Statement.compiled(
        "add",
        insert(tasks)
        .from_select([*values], select(*values.values()).select_from(owner))
        .returning(tasks.c.revision),
    )


def _save() -> Statement:
    expected = (
        tasks.c.owner_id == OWNER_ID,
        tasks.c.id == TASK_ID,
        tasks.c.revision == bindparam("revision", type_=BigInteger),
    )
    deleted_at = bindparam("deleted_at", type_=DateTime(timezone=True))
    counted = (
        update(users)
        .values(
            revision=users.c.revision + _one,
            updated_at=func.greatest(_updated_at, users.c.updated_at),
            trash_since=func.least(users.c.trash_since, deleted_at),
        )
        .where(users.c.id == OWNER_ID, exists(select(tasks.c.id).where(*expected)))
        .returning(users.c.revision)
        .cte("counted")
    )
    return Statement.compiled(
        "save",
        update(tasks)
        .values(
            {name: bindparam(name, type_=tasks.c[name].type) for name in CHANGING}
            | {"revision": counted.c.revision}
        )
        # Once more: that was the statement's snapshot, which may be from before it waited for the
        # owner's row; what is updated is looked at anew.
        .where(*expected)
        .returning(tasks.c.revision),
    )


ADD: Final = _add()
SAVE: Final = _save()


ERASE: Final = Statement.compiled(
    "erase", delete(users).where(users.c.id == OWNER_ID).returning(users.c.id), is_slow=True
)


def lock(*conditions: ColumnElement[bool]) -> Select[Any]:
    """Locks the owner's row, if there is one, so that what follows in the transaction sees all that
    was written before."""
    return select(users.c.id).where(users.c.id == OWNER_ID, *conditions).with_for_update()


LOCK: Final = Statement.compiled("lock", lock())


def _purge() -> Statement:
    """After `LOCK`."""
    is_deleted = tasks.c.owner_id == OWNER_ID, tasks.c.deleted_at.is_not(None)
    doomed = (
        select(tasks.c.id)
        .where(*is_deleted, tasks.c.deleted_at < bindparam("before", type_=DateTime(timezone=True)))
        .order_by(tasks.c.deleted_at)
        .limit(LIMIT)
        .cte("doomed")
    )
    purged = (
        delete(tasks)
        .where(tasks.c.owner_id == OWNER_ID, tasks.c.id.in_(select(doomed.c.id)))
        .returning(tasks.c.revision)
        .cte("purged")
    )
    newest = select(func.max(purged.c.revision)).scalar_subquery()
    oldest_left = (
        select(func.min(tasks.c.deleted_at))
        .where(*is_deleted, tasks.c.id.not_in(select(doomed.c.id)))
        .scalar_subquery()
    )
    return Statement.compiled(
        "purge",
        update(users)
        .values(
            trash_since=oldest_left,
            purged_revision=func.greatest(users.c.purged_revision, newest),
            # Their lists of what is deleted change.
            revision=users.c.revision
            + case((exists(select(purged.c.revision)), _one), else_=_zero),
        )
        .where(users.c.id == OWNER_ID)
        .returning(select(func.count()).select_from(purged).scalar_subquery()),
    )


PURGE: Final = _purge()
