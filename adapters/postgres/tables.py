"""The schema. Everything is keyed by the owner first: one owner's rows lie together, an equal id of
another owner is no collision, and the tables can be partitioned or distributed by owner."""

from typing import Final

from sqlalchemy import (
    DDL,
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    event,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata: Final = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_name)s_fkey",
        "ck": "%(table_name)s_%(constraint_name)s_check",
    }
)

_CONTROL: Final = r"'[\u0001-\u001f\u007f-\u009f]'"
_CONTROL_BUT_TAB_AND_NEWLINES: Final = r"'[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]'"

# A check is read anew from the catalog by every statement that writes: spelled out there, these
# limits were a quarter of what a write cost PostgreSQL. It keeps what a function consists of.
_IS_USER: Final = f"""
CREATE OR REPLACE FUNCTION honeydo_is_user(id text, email text)
RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$ BEGIN RETURN
    char_length(id) BETWEEN 1 AND 255 AND id !~ {_CONTROL}
    AND char_length(email) BETWEEN 1 AND 320 AND email !~ {_CONTROL};
END $$
"""
_IS_TASK: Final = f"""
CREATE OR REPLACE FUNCTION honeydo_is_task(
    title text, description text, deleted_at timestamptz, revision bigint
)
RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$ BEGIN RETURN
    char_length(title) BETWEEN 1 AND 255 AND title !~ {_CONTROL}
    AND char_length(description) BETWEEN 1 AND 10000
    AND description !~ {_CONTROL_BUT_TAB_AND_NEWLINES}
    AND (title IS NOT NULL OR deleted_at IS NOT NULL)
    AND revision > 0;
END $$
"""
for _function in (_IS_USER, _IS_TASK):
    event.listen(metadata, "before_create", DDL(_function))  # type: ignore[no-untyped-call]

users: Final = Table(
    "users",
    metadata,
    Column("id", Text, primary_key=True),
    Column("email", Text),
    # Counts the user's writes. Each takes the next number under this row's lock, so that the
    # numbers come in the order of the commits.
    Column("revision", BigInteger, nullable=False, server_default=text("0")),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    # No task of the user was deleted before then; null: none is deleted.
    Column("trash_since", DateTime(timezone=True)),
    # Deleted tasks have been forgotten up to this revision.
    Column("purged_revision", BigInteger, nullable=False, server_default=text("0")),
    CheckConstraint("honeydo_is_user(id, email)", "limits"),
)
Index("users_trash", users.c.trash_since, postgresql_where=users.c.trash_since.is_not(None))

tasks: Final = Table(
    "tasks",
    metadata,
    Column("owner_id", Text, ForeignKey(users.c.id, ondelete="CASCADE"), primary_key=True),
    Column("id", Uuid, primary_key=True),
    # Null once the task is removed for good.
    Column("title", Text),
    Column("description", Text),
    # What a search looks at, where that is more than upper-case ASCII of title and description.
    Column("search", Text),
    Column("completed_at", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Column("deleted_at", DateTime(timezone=True)),
    Column("revision", BigInteger, nullable=False),
    CheckConstraint("honeydo_is_task(title, description, deleted_at, revision)", "limits"),
    # Room for new versions of a row on its own page.
    postgresql_with={"fillfactor": "90"},
)

# The list by age, and the same of open tasks, which are few among many completed ones. Other orders
# and searches sort or filter the owner's rows: a page of 50 then costs some 2 ms with 1,000 tasks,
# 15 ms with 10,000 and 0.1 s with 100,000, and every write is spared the upkeep of their indexes.
_NEWEST_FIRST: Final = (tasks.c.owner_id, tasks.c.created_at.desc(), tasks.c.id.desc())
Index("tasks_newest", *_NEWEST_FIRST, postgresql_where=tasks.c.deleted_at.is_(None))
Index(
    "tasks_newest_open",
    *_NEWEST_FIRST,
    postgresql_where=tasks.c.deleted_at.is_(None) & tasks.c.completed_at.is_(None),
)
Index(
    "tasks_trash",
    tasks.c.owner_id,
    tasks.c.deleted_at,
    postgresql_where=tasks.c.deleted_at.is_not(None),
)
# What has changed since a revision, in order.
Index("tasks_changes", tasks.c.owner_id, tasks.c.revision, unique=True)

idempotency_keys: Final = Table(
    "idempotency_keys",
    metadata,
    Column("owner_id", Text, ForeignKey(users.c.id, ondelete="CASCADE"), primary_key=True),
    Column("key", Text, primary_key=True),
    # Tells whether it is the same request.
    Column("fingerprint", LargeBinary, nullable=False),
    # What was written, and the owner's revision before that.
    Column("writes", JSONB, nullable=False),
    Column("revision_before", BigInteger, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("char_length(key) BETWEEN 1 AND 255", "key"),
)
Index("idempotency_keys_created_at", idempotency_keys.c.created_at)
