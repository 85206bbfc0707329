"""The statements that store a batch. Its writes travel as one JSON document, which is also what an
idempotency key remembers."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    DateTime,
    LargeBinary,
    Text,
    Uuid,
    and_,
    bindparam,
    cast,
    column,
    delete,
    exists,
    func,
    literal_column,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, distinct_on, insert

from honeydo.application.ports import Write, Written
from honeydo.domain.task import Task
from honeydo.domain.user import UserId

from .reads import OWNER_ID
from .statements import Statement
from .tables import idempotency_keys, tasks, users
from .writes import CHANGING, lock

_now: Final = bindparam("now", type_=DateTime(timezone=True))
_email: Final = bindparam("email", type_=Text)
_key: Final = bindparam("key", type_=Text)
_documented: Final = cast(bindparam("writes", type_=Text), JSONB)

_KEY_IS_OURS: Final = literal_column("'honeydo.key_is_ours'", Text)
_key_is_ours: Final = func.current_setting(_KEY_IS_OURS) == literal_column("'true'", Text)


def document(writes: Sequence[Write]) -> str:
    """The writes as JSON. `step` counts the revisions that they take: a task has the owner's
    revision before the batch plus its step, or without one the `revision` that it had."""
    steps: dict[UUID, int] = {}
    taken = 0
    described = []
    for write in writes:
        task = write.task
        if write.is_changed:
            taken += 1
            steps[task.id] = taken
        described.append(
            {
                "id": str(task.id),
                "title": task.title or None,
                "description": task.description,
                "search": search(task),
                "completed_at": _text(task.completed_at),
                "created_at": _text(task.created_at),
                "updated_at": _text(task.updated_at),
                "deleted_at": _text(task.deleted_at),
                "revision": task.revision,
                "step": steps.get(task.id, 0),
                "is_changed": write.is_changed,
                "is_new": write.is_new,
            }
        )
    return json.dumps(described, ensure_ascii=False)


def written(owner: UserId, document: str, revision_before: int) -> Sequence[Written]:
    """What became of the writes."""
    return [
        Written(
            Task(
                id=UUID(each["id"]),
                owner=owner,
                title=each["title"] or "",
                description=each["description"],
                completed_at=_time(each["completed_at"]),
                created_at=datetime.fromisoformat(each["created_at"]),
                updated_at=datetime.fromisoformat(each["updated_at"]),
                deleted_at=_time(each["deleted_at"]),
                revision=revision_before + each["step"] if each["step"] else each["revision"],
            ),
            each["is_new"],
        )
        for each in json.loads(document)
    ]


def search(task: Task) -> str | None:
    """What the column `search` holds."""
    is_ascii = task.title.isascii() and (task.description or "").isascii()
    return None if is_ascii else task.searched


def _text(time: datetime | None) -> str | None:
    return time.isoformat() if time else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _lock_or_make(*conditions: ColumnElement[bool]) -> Any:
    """Locks the owner's row, which is made if need be, so that what follows in the transaction sees
    all that was written before."""
    zero = literal_column("0", BigInteger)
    row = {
        "id": OWNER_ID,
        "email": _email,
        "revision": zero,
        "created_at": _now,
        "updated_at": _now,
    }
    return (
        insert(users)
        .from_select([*row], select(*row.values()).where(*conditions))
        .on_conflict_do_update(index_elements=[users.c.id], set_={"revision": users.c.revision})
    )


def _write(*, keeps_key: bool) -> Statement:
    step = (
        func.jsonb_to_recordset(_documented)
        .table_valued(
            column("id", Uuid),
            column("title", Text),
            column("description", Text),
            column("search", Text),
            column("completed_at", DateTime(timezone=True)),
            column("created_at", DateTime(timezone=True)),
            column("updated_at", DateTime(timezone=True)),
            column("deleted_at", DateTime(timezone=True)),
            column("revision", BigInteger),
            column("step", BigInteger),
            column("is_changed", Boolean),
        )
        .render_derived(with_types=True)
    )
    steps = select(step).cte("steps")
    last = (
        select(steps)
        .where(steps.c.is_changed)
        .ext(distinct_on(steps.c.id))
        .order_by(steps.c.id, steps.c.step.desc())
        .cte("last")
    )
    stored = and_(tasks.c.owner_id == OWNER_ID, tasks.c.id == steps.c.id)
    overtaken = (
        select(steps.c.id)
        .select_from(steps.outerjoin(tasks, stored))
        .where(func.coalesce(tasks.c.revision, literal_column("0")) != steps.c.revision)
    )
    taken = select(func.coalesce(func.max(steps.c.step), literal_column("0"))).scalar_subquery()
    held = select(_key_is_ours.label("is_ours")).cte("held")
    known = select(idempotency_keys.c.key).where(
        idempotency_keys.c.owner_id == OWNER_ID, idempotency_keys.c.key == _key
    )
    is_first = (held.c.is_ours, ~exists(known)) if keeps_key else ()
    counted = (
        update(users)
        .values(
            email=func.coalesce(_email, users.c.email),
            revision=users.c.revision + taken,
            updated_at=func.greatest(_now, users.c.updated_at),
            trash_since=func.least(
                users.c.trash_since, select(func.min(last.c.deleted_at)).scalar_subquery()
            ),
        )
        .where(users.c.id == OWNER_ID, ~exists(overtaken), *is_first)
        .returning((users.c.revision - taken).label("before"))
        .cte("counted")
    )
    values = {
        each.name: last.c[each.name]
        for each in tasks.c
        if each.name not in ("owner_id", "revision")
    } | {"owner_id": OWNER_ID, "revision": counted.c.before + last.c.step}
    put = insert(tasks).from_select(
        [*values], select(*values.values()).select_from(last.join(counted, true()))
    )
    put_all = (
        put.on_conflict_do_update(
            index_elements=[tasks.c.owner_id, tasks.c.id],
            set_={each: put.excluded[each] for each in (*CHANGING, "revision")},
        )
        .returning(tasks.c.id)
        .cte("put_all")
    )
    if not keeps_key:
        return Statement.compiled("write", select(counted.c.before).add_cte(put_all))
    kept: dict[str, Any] = {
        "owner_id": OWNER_ID,
        "key": _key,
        "fingerprint": bindparam("fingerprint", type_=LargeBinary),
        "writes": _documented,
        "revision_before": counted.c.before,
        "created_at": _now,
    }
    keep = (
        insert(idempotency_keys)
        .from_select([*kept], select(*kept.values()).select_from(counted))
        .returning(idempotency_keys.c.key)
        .cte("keep")
    )
    return Statement.compiled(
        "write_once",
        select(counted.c.before, held.c.is_ours)
        .select_from(held.outerjoin(counted, true()))
        .add_cte(put_all, keep),
    )


LOCK_OR_MAKE: Final = Statement.compiled("lock_or_make", _lock_or_make())
WRITE: Final = _write(keeps_key=False)
"""After `LOCK`, or `LOCK_OR_MAKE`: the owner's revision before; nothing is done, and no row comes,
if one of the tasks is not what it was."""

TAKE_KEY: Final = Statement.compiled(
    "take_key",
    select(
        func.set_config(
            _KEY_IS_OURS,
            cast(
                func.pg_try_advisory_xact_lock(
                    func.hashtextextended(
                        OWNER_ID + literal_column("E'\\n'", Text) + _key, literal_column("0")
                    )
                ),
                Text,
            ),
            true(),
        )
    ),
)
"""The key is ours until the transaction ends, unless another one is storing something under it.
That is asked once: whoever gets it only later has locked nothing."""

LOCK_WITH_KEY: Final = Statement.compiled("lock_with_key", lock(_key_is_ours))
LOCK_OR_MAKE_WITH_KEY: Final = Statement.compiled(
    "lock_or_make_with_key", _lock_or_make(_key_is_ours)
)
WRITE_ONCE: Final = _write(keeps_key=True)
"""`WRITE` after `TAKE_KEY` and one of the locks with it; a second column: whether the key was free
to be used. The revision is null if nothing is done."""

FORGET_EXPIRED_KEY: Final = Statement.compiled(
    "forget_expired_key",
    delete(idempotency_keys).where(
        idempotency_keys.c.owner_id == OWNER_ID,
        idempotency_keys.c.key == _key,
        idempotency_keys.c.created_at < bindparam("expired_before", type_=DateTime(timezone=True)),
    ),
)
