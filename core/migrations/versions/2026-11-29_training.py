"""Notes and workouts, and a video's columns for its length and its workouts."""

import sqlalchemy as sa
from alembic import op

revision = "training"
down_revision = "change_feed_3_index"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True).with_variant(sa.String(24), "sqlite")
FOLDED = sa.String().with_variant(sa.String(collation="C"), "postgresql")
OWNER = "user_id = nullif(current_setting('core.user_id', true), '')::bigint"
NEW_COLUMNS = ("end_s", "duration_s", "minutes", "done_on", "done_count")


def upgrade() -> None:
    for name in ("end_s", "duration_s", "minutes"):
        op.add_column("videos", sa.Column(name, sa.Integer()))
    op.add_column("videos", sa.Column("done_on", sa.String(10)))
    zero = sa.Column("done_count", sa.Integer(), nullable=False, server_default=sa.text("0"))
    op.add_column("videos", zero)
    _create_notes()
    _create_workouts()
    if op.get_bind().dialect.name == "postgresql":
        _guard_rows()


def downgrade() -> None:
    # It exists if the database was made when this migration made it too.
    op.drop_index("ix_videos_done", "videos", if_exists=True)
    op.drop_table("workouts")
    op.drop_table("notes")
    for name in reversed(NEW_COLUMNS):
        op.drop_column("videos", name)
    _forget_other_kinds()


def _forget_other_kinds() -> None:
    """Delete what the older version does not know, of all owners."""
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    if on_postgresql:  # row-level security also binds the tables' owner
        op.execute("ALTER TABLE deletions NO FORCE ROW LEVEL SECURITY")
    op.execute("DELETE FROM deletions WHERE kind <> 'videos'")
    if on_postgresql:
        op.execute("ALTER TABLE deletions FORCE ROW LEVEL SECURITY")


def _create_notes() -> None:
    op.create_table(
        "notes",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("video_id", sa.BigInteger(), nullable=False),
        sa.Column("at_s", sa.Integer()),
        sa.Column("end_s", sa.Integer()),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("search_text", FOLDED, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "id", name="pk_notes"),
        sa.ForeignKeyConstraint(
            ["user_id", "video_id"],
            ["videos.user_id", "videos.id"],
            name="fk_notes_user_id_video_id_videos",
            ondelete="CASCADE",
        ),
        sqlite_with_rowid=False,
    )
    _index("notes", "user_id", "video_id", "id")
    _index("notes", "user_id", "revision", "id")


def _create_workouts() -> None:
    op.create_table(
        "workouts",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("video_key", sa.String(64), nullable=False),
        sa.Column("title", sa.String()),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("minutes", sa.Integer()),
        sa.Column("effort", sa.String(10)),
        sa.Column("comment", sa.String()),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "id", name="pk_workouts"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_workouts_user_id_users", ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )
    _index("workouts", "user_id", "video_key", "day")
    _index("workouts", "user_id", "day", "id")
    _index("workouts", "user_id", "revision", "id")


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, [*columns])


def _guard_rows() -> None:
    """Let a query see only the rows of its owner, even without a filter of its own."""
    for table in ("notes", "workouts"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY {table}_owner ON {table} USING ({OWNER}) WITH CHECK ({OWNER})")
