"""Notes and workouts, and a video's columns for its length and its workouts."""

import re

import sqlalchemy as sa
from alembic import op

revision = "training"
down_revision = "change_feed"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True).with_variant(sa.String(24), "sqlite")
FOLDED = sa.String().with_variant(sa.String(collation="C"), "postgresql")
OWNER = "user_id = nullif(current_setting('core.user_id', true), '')::bigint"
NEW_COLUMNS = ("end_s", "duration_s", "minutes", "done_on", "done_count")
BATCH = 1_000
MOST_MINUTES = 24 * 60

_NO_LETTER = r"(?![^\W\d_])"
_HOURS = rf"(?P<hours>\d{{1,2}})\s*-?\s*(?:h|hrs?|hours?|std\.?|stunden?){_NO_LETTER}"
_MINUTES = (
    r"(?P<minutes>\d{1,4})\s*-?\s*"
    rf"(?:'|(?:min|mins|minutes?|minuten?|minütige[rsnm]?){_NO_LETTER})"
)
_AND = r"\s*(?:,|and|und)?\s*"
_IN_TITLE = re.compile(
    rf"(?<![\d:.,])(?:{_HOURS}(?:{_AND}(?P<rest>\d{{1,2}})(?:\s*-?\s*(?:min\w*|m|'))?(?!\d))?|{_MINUTES})",
    re.IGNORECASE,
)


def upgrade() -> None:
    for name in ("end_s", "duration_s", "minutes"):
        op.add_column("videos", sa.Column(name, sa.Integer()))
    op.add_column("videos", sa.Column("done_on", sa.String(10)))
    zero = sa.Column("done_count", sa.Integer(), nullable=False, server_default=sa.text("0"))
    op.add_column("videos", zero)
    done = sa.text("done_on IS NOT NULL")
    op.create_index(
        "ix_videos_done",
        "videos",
        ["user_id", "id", "done_on"],
        sqlite_where=done,
        postgresql_where=done,
    )
    _create_notes()
    _create_workouts()
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    if on_postgresql:  # row-level security also binds the tables' owner
        op.execute("ALTER TABLE videos NO FORCE ROW LEVEL SECURITY")
    _read_minutes()
    if on_postgresql:
        op.execute("ALTER TABLE videos FORCE ROW LEVEL SECURITY")
        _guard_rows()


def downgrade() -> None:
    op.drop_table("workouts")
    op.drop_table("notes")
    op.drop_index("ix_videos_done", "videos")
    for name in reversed(NEW_COLUMNS):
        op.drop_column("videos", name)
    # The older version knows no other kinds.
    op.execute("DELETE FROM deletions WHERE kind <> 'videos'")


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


def _read_minutes() -> None:
    """Read the minutes of the existing videos from their titles."""
    connection = op.get_bind()
    videos = sa.table(
        "videos", *(sa.column(name) for name in ("user_id", "id", "title", "minutes"))
    )
    update = (
        sa.update(videos)
        .where(videos.c.user_id == sa.bindparam("owner"), videos.c.id == sa.bindparam("video"))
        .values(minutes=sa.bindparam("read"))
    )
    titled = sa.select(videos.c.user_id, videos.c.id, videos.c.title).where(
        videos.c.title.is_not(None)
    )
    for rows in connection.execute(titled).partitions(BATCH):
        read = [
            {"owner": owner, "video": video, "read": minutes}
            for owner, video, title in rows
            if (minutes := _minutes_in_title(title)) is not None
        ]
        if read:
            connection.execute(update, read)


def _minutes_in_title(title: str) -> int | None:
    """Apply the rule of this version: a later rule must not change this migration."""
    for found in _IN_TITLE.finditer(title):
        hours, rest, minutes = (int(found[name] or 0) for name in ("hours", "rest", "minutes"))
        if 1 <= (total := hours * 60 + rest + minutes) <= MOST_MINUTES:
            return total
    return None


def _guard_rows() -> None:
    """Let a query see only the rows of its owner, even without a filter of its own."""
    for table in ("notes", "workouts"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY {table}_owner ON {table} USING ({OWNER}) WITH CHECK ({OWNER})")
