"""Statements that only look."""

from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    DateTime,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    func,
    literal_column,
    null,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY

from honeydo.domain.listing import Listing, Sort

from .statements import Statement
from .tables import idempotency_keys, tasks, users

OWNER_ID: Final = bindparam("owner_id", type_=Text)
TASK_ID: Final = bindparam("id", type_=Uuid)
LIMIT: Final = bindparam("limit", type_=BigInteger)

# In the order of `Task`'s fields.
COLUMNS: Final = (
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

_own: Final = tasks.c.owner_id == OWNER_ID

VERSION: Final = Statement.compiled(
    "version",
    select(users.c.created_at, users.c.revision).where(users.c.id == OWNER_ID),
    is_read=True,
)

USER: Final = Statement.compiled(
    "user", select(users.c.email, users.c.created_at).where(users.c.id == OWNER_ID), is_read=True
)

GET: Final = Statement.compiled(
    "get", select(*COLUMNS).where(_own, tasks.c.id == TASK_ID), is_read=True
)

GET_MANY: Final = Statement.compiled(
    "get_many",
    select(*COLUMNS).where(
        _own, tasks.c.id == func.any(bindparam("ids", type_=ARRAY(Uuid, dimensions=1)))
    ),
    is_read=True,
)


def _with_owner(found: Select[Any], *more: ColumnElement[Any]) -> CompoundSelect[Any]:
    """Tasks in their order, behind a row without an id: since when there is their owner, and the
    owner's revision, as of the same moment. To repeat that in each costs a tenth of a list."""
    said = {"created_at": users.c.created_at, "revision": users.c.revision}
    owner = select(*(said.get(column.name, null()) for column in COLUMNS), *more)
    # PostgreSQL passes the rows of each part on as they come.
    return union_all(
        owner.where(users.c.id == OWNER_ID), found.add_columns(*(null() for _ in more))
    )


def _changes() -> Statement:
    after = bindparam("after", type_=BigInteger)
    found = select(*COLUMNS).where(_own, tasks.c.revision > after).order_by(tasks.c.revision)
    changes = _with_owner(found.limit(LIMIT), users.c.purged_revision)
    return Statement.compiled("changes", changes, is_read=True)


CHANGES: Final = _changes()

RECALL: Final = Statement.compiled(
    "recall",
    select(
        idempotency_keys.c.fingerprint,
        idempotency_keys.c.writes.cast(Text),
        idempotency_keys.c.revision_before,
    ).where(
        idempotency_keys.c.owner_id == OWNER_ID,
        idempotency_keys.c.key == bindparam("key", type_=Text),
        idempotency_keys.c.created_at >= bindparam("expired_before", type_=DateTime(timezone=True)),
    ),
    is_read=True,
)


@dataclass(frozen=True, slots=True)
class _Shape:
    """What makes two lists different statements."""

    is_completed: bool | None
    is_deleted: bool | None
    has_q: bool
    has_created_since: bool
    has_updated_since: bool

    @classmethod
    def of(cls, listing: Listing) -> "_Shape":
        return cls(
            listing.is_completed,
            listing.is_deleted,
            listing.q is not None,
            listing.created_since is not None,
            listing.updated_since is not None,
        )

    def admits(self) -> ColumnElement[bool]:
        """The same as `Listing.admits`."""
        column, conditions = tasks.c, [_own]
        if self.is_deleted is not None:
            deleted_at = column.deleted_at
            conditions.append(deleted_at.is_not(None) if self.is_deleted else deleted_at.is_(None))
        if self.is_deleted is not False:
            conditions.append(column.title.is_not(None))
        if self.is_completed is not None:
            completed_at = column.completed_at
            conditions.append(
                completed_at.is_not(None) if self.is_completed else completed_at.is_(None)
            )
        if self.has_q:
            conditions.append(
                func.strpos(_searched, bindparam("q", type_=Text)) > literal_column("0")
            )
        for name in ("created", "updated"):
            if getattr(self, f"has_{name}_since"):
                since = bindparam(f"{name}_since", type_=DateTime(timezone=True))
                conditions.append(column[f"{name}_at"] >= since)
        return and_(*conditions)


# The same as `Task.searched`: for what is ASCII, PostgreSQL makes it when it is asked for.
_ascii: Final = tasks.c.title.collate("C") + literal_column("E'\\n'", Text)
_searched: Final = func.coalesce(
    tasks.c.search, func.upper(_ascii + func.coalesce(tasks.c.description, literal_column("''")))
)
_first_line: Final = func.split_part(
    _searched, literal_column("E'\\n'"), literal_column("1"), type_=Text
)


def page(listing: Listing) -> Statement:
    return _page(_Shape.of(listing), listing.sort, listing.after is not None)


def count(listing: Listing) -> Statement:
    return _count(_Shape.of(listing))


@cache
def _count(shape: _Shape) -> Statement:
    return Statement.compiled(
        _name("count", shape),
        select(func.count()).select_from(tasks).where(shape.admits()),
        is_read=True,
        is_slow=True,
    )


@cache
def _page(shape: _Shape, sort: Sort, is_continued: bool) -> Statement:
    column = tasks.c[sort.by]
    place = _place(sort, _first_line if sort.by == "title" else column)
    after = _place(sort, bindparam("after", type_=column.type))
    page = select(*COLUMNS).where(shape.admits())
    if is_continued:
        here, there = tuple_(place, tasks.c.id), tuple_(after, bindparam("after_id", type_=Uuid))
        page = page.where(here < there if sort.descending else here > there)
    ends = (end.desc() if sort.descending else end.asc() for end in (place, tasks.c.id))
    found = page.order_by(*ends).limit(LIMIT)
    return Statement.compiled(
        _name("page", shape, sort, is_continued),
        _with_owner(found),
        is_read=True,
        is_slow=shape.has_q or sort.by != "created_at",
    )


def _name(kind: str, *variant: Any) -> str:
    """One for each variant; PostgreSQL would cut a name that says it all."""
    return f"{kind}_{blake2b(repr(variant).encode(), digest_size=6).hexdigest()}"


def _place(sort: Sort, value: ColumnElement[Any]) -> ColumnElement[Any]:
    """The same as `Sort.key`."""
    match sort.by:
        case "title":
            return value.collate("C")
        case "completed_at":
            last = "-infinity" if sort.descending else "infinity"
            return func.coalesce(value, literal_column(f"'{last}'::timestamptz"))
        case _:
            return value
