"""Trash, changes to follow, search, and idempotency keys."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Whoever is here already may have deleted tasks: the first purge looks. As a default, the value
    # costs no rewriting.
    op.add_column(
        "users",
        sa.Column("trash_since", sa.DateTime(timezone=True), server_default=sa.text("'epoch'")),
    )
    op.alter_column("users", "trash_since", server_default=None)
    op.add_column(
        "users",
        sa.Column("purged_revision", sa.BigInteger, nullable=False, server_default=sa.text("0")),
    )
    op.add_column("tasks", sa.Column("search", sa.Text))
    op.alter_column("tasks", "title", nullable=True)
    op.create_check_constraint(
        op.f("tasks_removed_check"),
        "tasks",
        "title IS NOT NULL OR deleted_at IS NOT NULL",
        postgresql_not_valid=True,
    )
    op.create_table(
        "idempotency_keys",
        sa.Column(
            "owner_id",
            sa.Text,
            sa.ForeignKey("users.id", name="idempotency_keys_owner_id_fkey", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("writes", JSONB, nullable=False),
        sa.Column("revision_before", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "char_length(key) BETWEEN 1 AND 255", op.f("idempotency_keys_key_check")
        ),
    )
    op.create_index("idempotency_keys_created_at", "idempotency_keys", ["created_at"])
    op.execute("ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE idempotency_keys FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY idempotency_keys_own ON idempotency_keys"
        " USING (owner_id = current_setting('honeydo.user_id', true))"
    )
    # The server's own upkeep sees which users there are, and clears away keys that have expired;
    # nobody's tasks.
    op.execute(
        "CREATE POLICY users_upkeep ON users FOR SELECT"
        " USING (current_setting('honeydo.upkeep', true) = 'on')"
    )
    op.execute(
        "CREATE POLICY idempotency_keys_upkeep ON idempotency_keys"
        " USING (current_setting('honeydo.upkeep', true) = 'on'"
        " AND created_at < now() - interval '24 hours')"
    )


def downgrade() -> None:
    op.drop_table("idempotency_keys")
    op.drop_constraint("tasks_removed_check", "tasks")
    op.execute("DROP POLICY users_upkeep ON users")
    op.execute("ALTER TABLE tasks NO FORCE ROW LEVEL SECURITY")
    op.execute("DELETE FROM tasks WHERE title IS NULL")
    op.execute("ALTER TABLE tasks FORCE ROW LEVEL SECURITY")
    op.alter_column("tasks", "title", nullable=False)
    op.drop_column("tasks", "search")
    op.drop_column("users", "purged_revision")
    op.drop_column("users", "trash_since")
