"""The revision of each video, and the deletions, for the change feed."""

import sqlalchemy as sa
from alembic import op

revision = "change_feed"
down_revision = "import_codes"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True).with_variant(sa.String(24), "sqlite")
ZERO = sa.text("0")
OWNER = "user_id = nullif(current_setting('core.user_id', true), '')::bigint"


def upgrade() -> None:
    # Not in batch mode: that would copy the tables.
    for table, column in (("users", "synced_from"), ("videos", "revision")):
        new = sa.Column(column, sa.BigInteger(), nullable=False, server_default=ZERO)
        op.add_column(table, new)
    _create_deletions()
    # Earlier deletions are unknown, so no client can continue from an older revision.
    op.execute("UPDATE users SET synced_from = revision")
    if op.get_bind().dialect.name == "postgresql":
        _guard_rows()


def downgrade() -> None:
    # It exists if the database was made when this migration made it too.
    op.drop_index("ix_videos_user_id_revision_id", "videos", if_exists=True)
    op.drop_table("deletions")
    op.drop_column("videos", "revision")
    op.drop_column("users", "synced_from")


def _create_deletions() -> None:
    op.create_table(
        "deletions",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("deleted_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "revision", "kind", "id", name="pk_deletions"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_deletions_user_id_users", ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_deletions_deleted_at", "deletions", ["deleted_at"])


def _guard_rows() -> None:
    """Let a query see only the rows of its owner; the hourly purge sees those of all users."""
    op.execute("ALTER TABLE deletions ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE deletions FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY deletions_owner ON deletions USING ({OWNER}) WITH CHECK ({OWNER})")
    op.execute(
        "CREATE POLICY deletions_old ON deletions FOR SELECT USING "
        "(current_setting('core.maintenance', true) = 'on')"
    )
