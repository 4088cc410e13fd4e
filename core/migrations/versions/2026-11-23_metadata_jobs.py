"""Which videos to request from YouTube; all stored videos are due immediately."""

import sqlalchemy as sa
from alembic import op

revision = "metadata_jobs"
down_revision = "users_and_owners"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True).with_variant(sa.String(24), "sqlite")


def upgrade() -> None:
    op.create_table(
        "metadata_jobs",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("video_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "video_id", name="pk_metadata_jobs"),
        sa.ForeignKeyConstraint(
            ["user_id", "video_id"],
            ["videos.user_id", "videos.id"],
            name="fk_metadata_jobs_user_id_video_id_videos",
            ondelete="CASCADE",
        ),
        sqlite_with_rowid=False,
    )
    if op.get_bind().dialect.name == "postgresql":
        _add_every_video_on_postgresql()
        _guard_rows()
    else:
        _add_every_video("strftime('%Y-%m-%dT%H:%M:%fZ', 'now')")
    # After the rows: one sort instead of a search for each of them.
    op.create_index("ix_metadata_jobs_due_at", "metadata_jobs", ["due_at"])


def downgrade() -> None:
    op.drop_table("metadata_jobs")


def _add_every_video(now: str) -> None:
    op.execute(
        "INSERT INTO metadata_jobs (user_id, video_id, due_at, tries) "  # noqa: S608  our own words
        f"SELECT user_id, id, {now}, 0 FROM videos ORDER BY user_id, id"
    )


def _add_every_video_on_postgresql() -> None:
    """Row-level security also binds the tables' owner, so this statement runs without it."""
    op.execute("ALTER TABLE videos NO FORCE ROW LEVEL SECURITY")
    _add_every_video("date_trunc('milliseconds', now())")
    op.execute("ALTER TABLE videos FORCE ROW LEVEL SECURITY")


def _guard_rows() -> None:
    """Let the worker see the jobs of all users; it takes and ends a job as the job's owner."""
    owner = "user_id = nullif(current_setting('core.user_id', true), '')::bigint"
    op.execute("ALTER TABLE metadata_jobs ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE metadata_jobs FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY metadata_jobs_owner ON metadata_jobs USING ({owner}) WITH CHECK ({owner})"
    )
    op.execute(
        "CREATE POLICY metadata_jobs_due ON metadata_jobs FOR SELECT USING "
        "(current_setting('core.maintenance', true) = 'on')"
    )
