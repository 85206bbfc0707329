"""Users and their tasks."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

CONTROL = r"'[\u0001-\u001f\u007f-\u009f]'"
CONTROL_BUT_TAB_AND_NEWLINES = r"'[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]'"


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("email", sa.Text),
        sa.Column("revision", sa.BigInteger, nullable=False, server_default=sa.text("0")),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            f"char_length(id) BETWEEN 1 AND 255 AND id !~ {CONTROL}", op.f("users_id_check")
        ),
        sa.CheckConstraint(
            f"char_length(email) BETWEEN 1 AND 320 AND email !~ {CONTROL}",
            op.f("users_email_check"),
        ),
    )
    op.create_table(
        "tasks",
        sa.Column(
            "owner_id",
            sa.Text,
            sa.ForeignKey("users.id", name="tasks_owner_id_fkey", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("completed_at", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True)),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.CheckConstraint(
            f"char_length(title) BETWEEN 1 AND 255 AND title !~ {CONTROL}",
            op.f("tasks_title_check"),
        ),
        sa.CheckConstraint(
            "char_length(description) BETWEEN 1 AND 10000"
            f" AND description !~ {CONTROL_BUT_TAB_AND_NEWLINES}",
            op.f("tasks_description_check"),
        ),
        sa.CheckConstraint("revision > 0", op.f("tasks_revision_check")),
        postgresql_with={"fillfactor": "90"},
    )
    newest_first = [sa.text("owner_id"), sa.text("created_at DESC"), sa.text("id DESC")]
    op.create_index(
        "tasks_newest", "tasks", newest_first, postgresql_where=sa.text("deleted_at IS NULL")
    )
    op.create_index(
        "tasks_newest_open",
        "tasks",
        newest_first,
        postgresql_where=sa.text("deleted_at IS NULL AND completed_at IS NULL"),
    )
    # Forced: the role that owns the tables, which is all that many hosts give, obeys it too.
    for table, owner in (("users", "id"), ("tasks", "owner_id")):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY {table}_own ON {table}"
            f" USING ({owner} = current_setting('honeydo.user_id', true))"
        )


def downgrade() -> None:
    op.drop_table("tasks")
    op.drop_table("users")
