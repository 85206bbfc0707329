"""Indexes of what 0002 has added, and what a search looks at of tasks that were there before.

These take long, and must not keep writers waiting, so that each step is a transaction of its own:
after an interruption, all of them are done again.
"""

import sqlalchemy as sa
from alembic import op

from honeydo.domain.text import folded

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INDEXES = (
    ("users_trash", "users", ["trash_since"], "trash_since IS NOT NULL", False),
    ("tasks_trash", "tasks", ["owner_id", "deleted_at"], "deleted_at IS NOT NULL", False),
    ("tasks_changes", "tasks", ["owner_id", "revision"], None, True),
)

AT_ONCE = 1_000
UNSEARCHED = sa.text(
    "SELECT owner_id, id, title, description FROM tasks"
    " WHERE (owner_id, id) > (:owner_id, :id) AND search IS NULL"
    " AND (octet_length(title) > char_length(title)"
    " OR octet_length(description) > char_length(description))"
    " ORDER BY owner_id, id LIMIT :at_once"
)
# Unless it has changed meanwhile.
FILL = sa.text(
    "UPDATE tasks SET search = :search WHERE owner_id = :owner_id AND id = :id"
    " AND search IS NULL AND title = :title AND description IS NOT DISTINCT FROM :description"
)


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE tasks VALIDATE CONSTRAINT tasks_removed_check")
        for name, table, columns, where, is_unique in INDEXES:
            op.drop_index(name, table, postgresql_concurrently=True, if_exists=True)
            op.create_index(
                name,
                table,
                columns,
                unique=is_unique,
                postgresql_where=sa.text(where) if where else None,
                postgresql_concurrently=True,
            )
        # Row-level security would hide all tasks from us.
        soon("DROP POLICY IF EXISTS tasks_migration ON tasks")
        soon(
            "CREATE POLICY tasks_migration ON tasks"
            " USING (current_setting('honeydo.migration', true) = 'on')"
        )
        op.execute("SET honeydo.migration = 'on'")
        fill_search(op.get_bind())
        op.execute("RESET honeydo.migration")
        soon("DROP POLICY tasks_migration ON tasks")


def soon(statement: str) -> None:
    # A live system must not queue behind us while we queue behind its longest transaction.
    op.execute("SET lock_timeout = '5s'")
    op.execute(statement)
    op.execute("RESET lock_timeout")


def fill_search(connection: sa.Connection) -> None:
    place = {"owner_id": "", "id": "00000000-0000-0000-0000-000000000000"}
    while rows := connection.execute(UNSEARCHED, {**place, "at_once": AT_ONCE}).mappings().all():
        connection.execute(
            FILL,
            [
                {**row, "search": folded(f"{row['title']}\n{row['description'] or ''}")}
                for row in rows
            ],
        )
        place = {"owner_id": rows[-1]["owner_id"], "id": rows[-1]["id"]}


def downgrade() -> None:
    for name, table, *_ in INDEXES:
        op.drop_index(name, table)
