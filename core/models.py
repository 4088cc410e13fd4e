"""The tables. The rows of a user are clustered by their owner.

The primary key of every owned table begins with `user_id`. One user's rows are stored together
(`WITHOUT ROWID` on SQLite) and stay on one shard under Citus.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    false,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Timestamp = DateTime(timezone=True).with_variant(String(24), "sqlite")
"""A UTC moment in milliseconds; SQLite stores the RFC 3339 text of the answers."""

Folded = String().with_variant(String(collation="C"), "postgresql")
"""Text folded by `core.text`; compared byte by byte, so both databases order it alike."""

Day = String(10)
"""A calendar day as the user's device states it, `2026-11-28`: text sorts in the order of days."""

users = Table(
    "users",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    # Found through accounts. An insert locks the account, so each Clerk id has one row.
    Column("clerk_id", String, nullable=False),
    Column("email", String),
    Column("name", String),
    # Counts every change of the user's data; the ETag of all that they read.
    Column("revision", BigInteger, nullable=False),
    # The oldest revision that the change feed can continue from: older deletions are removed.
    Column("synced_from", BigInteger, nullable=False, server_default=text("0")),
    Column("banned", Boolean, nullable=False),
    # Epoch seconds: tokens issued up to then belong to an erased account.
    Column("tokens_not_before", BigInteger),
    # When Clerk's Backend API was last asked for e-mail and name.
    Column("profile_at", Timestamp),
    # Clerk's timestamp of the profile (epoch milliseconds): webhooks arrive in any order.
    Column("profile_updated_ms", BigInteger),
    Column("created_at", Timestamp, nullable=False),
    Column("updated_at", Timestamp, nullable=False),
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", String, primary_key=True),
    Column("received_at", Timestamp, nullable=False),
)

# The user of a Clerk id. Separate from users, so that users can be sharded by their id.
accounts = Table(
    "accounts",
    metadata,
    Column("clerk_id_hash", String(64), primary_key=True),
    # Null: no user, as after an erasure. No foreign key: it would tie both tables together.
    Column("user_id", BigInteger),
    # Epoch seconds; 0: never erased.
    Column("erased_at_s", BigInteger, nullable=False),
    # Clerk's timestamp (epoch milliseconds) of a ban that arrived before the first request.
    Column("banned_ms", BigInteger),
    sqlite_with_rowid=False,
)

videos = Table(
    "videos",
    metadata,
    Column("user_id", BigInteger, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("video_key", String(64), nullable=False),
    Column("url", String, nullable=False),
    Column("title", String),
    # From a shared text; YouTube's title replaces it.
    Column("title_is_provisional", Boolean, nullable=False, server_default=false()),
    Column("channel", String),
    Column("thumbnail_url", String, nullable=False),
    # The comma-joined names as answered; always the same set as in video_tags.
    Column("tags", String, nullable=False),
    Column("start_s", Integer),
    Column("end_s", Integer),
    Column("duration_s", Integer),
    # The training minutes: from start to end, else from the title.
    Column("minutes", Integer),
    # The last day and the number of this video's workouts; tests/nouns/workouts.py checks them.
    Column("done_on", Day),
    Column("done_count", Integer, nullable=False, server_default=text("0")),
    Column("availability", String(20), nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("updated_at", Timestamp, nullable=False),
    Column("deleted_at", Timestamp),
    # The owner's revision at which this row last changed.
    Column("revision", BigInteger, nullable=False, server_default=text("0")),
    # The order of `sort=title`, and the text that `q` searches.
    Column("title_key", Folded, nullable=False),
    Column("search_text", Folded, nullable=False),
    UniqueConstraint("user_id", "video_key"),
    sqlite_with_rowid=False,
)

Index(
    "ix_videos_trash",
    videos.c.user_id,
    videos.c.id,
    videos.c.deleted_at,
    sqlite_where=text("deleted_at IS NOT NULL"),
    postgresql_where=text("deleted_at IS NOT NULL"),
)

Index(
    "ix_videos_done",
    videos.c.user_id,
    videos.c.id,
    videos.c.done_on,
    sqlite_where=text("done_on IS NOT NULL"),
    postgresql_where=text("done_on IS NOT NULL"),
)
Index(None, videos.c.user_id, videos.c.revision, videos.c.id)

notes = Table(
    "notes",
    metadata,
    Column("user_id", BigInteger, primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("video_id", BigInteger, nullable=False),
    # Null: about the whole video.
    Column("at_s", Integer),
    # The end of a segment that can loop.
    Column("end_s", Integer),
    Column("text", String, nullable=False),
    Column("search_text", Folded, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("updated_at", Timestamp, nullable=False),
    Column("revision", BigInteger, nullable=False),
    ForeignKeyConstraint(
        ["user_id", "video_id"], ["videos.user_id", "videos.id"], ondelete="CASCADE"
    ),
    Index(None, "user_id", "video_id", "id"),
    Index(None, "user_id", "revision", "id"),
    sqlite_with_rowid=False,
)

# A workout belongs to the user, not to the video: the log survives the purge of a video.
workouts = Table(
    "workouts",
    metadata,
    Column("user_id", BigInteger, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("video_key", String(64), nullable=False),
    # The video's title when the workout was logged.
    Column("title", String),
    Column("day", Day, nullable=False),
    Column("minutes", Integer),
    Column("effort", String(10)),
    Column("comment", String),
    Column("created_at", Timestamp, nullable=False),
    Column("updated_at", Timestamp, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Index(None, "user_id", "video_key", "day"),
    Index(None, "user_id", "day", "id"),
    Index(None, "user_id", "revision", "id"),
    sqlite_with_rowid=False,
)

# Names that a user gave to sets of filters, 20 at most.
searches = Table(
    "searches",
    metadata,
    Column("user_id", BigInteger, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", String, nullable=False),
    # Folded like a tag's key: two spellings of one name are equal.
    Column("name_key", Folded, nullable=False),
    # As in the address of the web app: `tags=legs&max=20`.
    Column("query", String, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("updated_at", Timestamp, nullable=False),
    Column("revision", BigInteger, nullable=False),
    UniqueConstraint("user_id", "name_key"),
    Index(None, "user_id", "revision", "id"),
    sqlite_with_rowid=False,
)

# Rows that are deleted for good, for clients that still have them.
deletions = Table(
    "deletions",
    metadata,
    Column("user_id", BigInteger, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    # The last revision of the deleted row; from then on clients no longer show it.
    Column("revision", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(20), primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("deleted_at", Timestamp, nullable=False),
    Index("ix_deletions_deleted_at", "deleted_at"),
    sqlite_with_rowid=False,
)

tags = Table(
    "tags",
    metadata,
    Column("user_id", BigInteger, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("key", Folded, primary_key=True),
    Column("name", String, nullable=False),
    sqlite_with_rowid=False,
)

# No foreign key to videos: without an index on video_id each purged video would scan all
# of its owner's tags. queries/tags.py writes these rows with the video, and tests prove it.
video_tags = Table(
    "video_tags",
    metadata,
    Column("user_id", BigInteger, primary_key=True),
    Column("tag_key", Folded, primary_key=True),
    Column("video_id", BigInteger, primary_key=True, autoincrement=False),
    ForeignKeyConstraint(["user_id", "tag_key"], ["tags.user_id", "tags.key"], ondelete="CASCADE"),
    sqlite_with_rowid=False,
)

metadata_jobs = Table(
    "metadata_jobs",
    metadata,
    Column("user_id", BigInteger, primary_key=True),
    Column("video_id", BigInteger, primary_key=True, autoincrement=False),
    # A worker that takes a job moves this ahead: another worker claims it if it was not finished.
    Column("due_at", Timestamp, nullable=False),
    # How often YouTube has answered without a title.
    Column("tries", Integer, nullable=False),
    ForeignKeyConstraint(
        ["user_id", "video_id"], ["videos.user_id", "videos.id"], ondelete="CASCADE"
    ),
    Index("ix_metadata_jobs_due_at", "due_at"),
    sqlite_with_rowid=False,
)

imports = Table(
    "imports",
    metadata,
    Column("user_id", BigInteger, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    # The file's name in the spool, and its name on the user's device.
    Column("file", String, nullable=False),
    Column("name", String, nullable=False),
    Column("format", String(20), nullable=False),
    Column("state", String(20), nullable=False),
    # Entries in the file, known once they were counted. Together imported, merged and failed
    # say where to continue.
    Column("total", Integer),
    Column("imported", Integer, nullable=False),
    Column("merged", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    # How often it failed by an internal error since the last stored batch.
    Column("tries", Integer, nullable=False),
    Column("error", String),
    # Also null where the import failed before codes existed.
    Column("error_code", String),
    Column("created_at", Timestamp, nullable=False),
    Column("updated_at", Timestamp, nullable=False),
    sqlite_with_rowid=False,
)

import_reports = Table(
    "import_reports",
    metadata,
    Column("user_id", BigInteger, primary_key=True),
    Column("import_id", BigInteger, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("failed", Boolean, nullable=False),
    Column("line", Integer, nullable=False),
    Column("text", String, nullable=False),
    Column("reason", String, nullable=False),
    # Comma-joined; null in a report from before codes existed.
    Column("codes", String),
    ForeignKeyConstraint(
        ["user_id", "import_id"], ["imports.user_id", "imports.id"], ondelete="CASCADE"
    ),
    sqlite_with_rowid=False,
)

OWNED = (
    videos,
    notes,
    workouts,
    searches,
    deletions,
    tags,
    video_tags,
    metadata_jobs,
    imports,
    import_reports,
)
"""The tables whose rows belong to one user; PostgreSQL guards each by row-level security."""

SCHEMA_REVISION = "accounts"
"""The migration that this code needs; a test compares it with Alembic's head."""
