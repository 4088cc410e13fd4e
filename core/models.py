"""The tables. Everything a person owns is clustered by its owner.

The primary key of every owned table begins with `user_id`: one person's rows lie side
by side (`WITHOUT ROWID` on SQLite) and stay on one shard under Citus.
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

Moment = DateTime(timezone=True).with_variant(String(24), "sqlite")
"""A UTC moment in milliseconds; SQLite holds the RFC 3339 text that answers carry."""

Folded = String().with_variant(String(collation="C"), "postgresql")
"""Text folded by `core.text`; compared byte by byte, so both databases order it alike."""

users = Table(
    "users",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("clerk_id", String, nullable=False, unique=True),
    Column("email", String),
    Column("name", String),
    # Counts every change of the person's data: the ETag of everything they read.
    Column("revision", BigInteger, nullable=False),
    Column("banned", Boolean, nullable=False),
    # Epoch seconds: tokens issued up to then belong to an erased account.
    Column("tokens_not_before", BigInteger),
    # When Clerk's Backend API was last asked for e-mail and name.
    Column("profile_at", Moment),
    # Clerk's own stamp on these (epoch milliseconds): webhooks may come in any order.
    Column("profile_updated_ms", BigInteger),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", String, primary_key=True),
    Column("received_at", Moment, nullable=False),
)

erased_users = Table(
    "erased_users",
    metadata,
    Column("clerk_id_hash", String(64), primary_key=True),
    Column("erased_at_s", BigInteger, nullable=False),
)

videos = Table(
    "videos",
    metadata,
    Column("user_id", BigInteger, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("video_key", String(64), nullable=False),
    Column("url", String, nullable=False),
    Column("title", String),
    Column("channel", String),
    Column("thumbnail_url", String, nullable=False),
    # The comma-joined names as answered; always the same set as in video_tags.
    Column("tags", String, nullable=False),
    Column("start_s", Integer),
    Column("availability", String(20), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("deleted_at", Moment),
    # What `sort=title` orders by, and what `q` looks into.
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
    # A worker that takes a job moves this ahead: another takes it up when nothing came of it.
    Column("due_at", Moment, nullable=False),
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
    # Its name in the spool, and the one that the person's own device gave it.
    Column("file", String, nullable=False),
    Column("name", String, nullable=False),
    Column("format", String(20), nullable=False),
    Column("state", String(20), nullable=False),
    # Entries in the file, known once they were counted. Together imported, merged and failed
    # say where to go on.
    Column("total", Integer),
    Column("imported", Integer, nullable=False),
    Column("merged", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    # How often it was taken up since it last moved.
    Column("tries", Integer, nullable=False),
    Column("error", String),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
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
    ForeignKeyConstraint(
        ["user_id", "import_id"], ["imports.user_id", "imports.id"], ondelete="CASCADE"
    ),
    sqlite_with_rowid=False,
)

OWNED = (videos, tags, video_tags, metadata_jobs, imports, import_reports)
"""The tables whose rows belong to one person; PostgreSQL guards each by row-level security."""

SCHEMA_REVISION = "imports"
"""The migration that this code needs; a test compares it with Alembic's head."""
