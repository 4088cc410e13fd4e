"""Users, and their rows, clustered by owner."""

import sqlalchemy as sa
from alembic import op

revision = "users_and_owners"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True).with_variant(sa.String(24), "sqlite")
FOLDED = sa.String().with_variant(sa.String(collation="C"), "postgresql")
OWNED = ("videos", "tags", "video_tags")


def upgrade() -> None:
    _set_v0_2_0_aside()
    _create_users()
    _create_videos()
    _create_tags()
    if op.get_bind().dialect.name == "postgresql":
        _guard_rows()


def downgrade() -> None:
    for table in ("video_tags", "tags", "videos", "erased_users", "users"):
        op.drop_table(table)


def _set_v0_2_0_aside() -> None:
    inspector = sa.inspect(op.get_bind())
    if not inspector.has_table("videos"):
        return
    for index in inspector.get_indexes("videos"):
        op.drop_index(str(index["name"]), "videos")
    op.rename_table("videos", "legacy_videos")


def _create_users() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("clerk_id", sa.String(), nullable=False),
        sa.Column("email", sa.String()),
        sa.Column("name", sa.String()),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("banned", sa.Boolean(), nullable=False),
        sa.Column("tokens_not_before", sa.BigInteger()),
        sa.Column("profile_at", MOMENT),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("clerk_id", name="uq_users_clerk_id"),
    )
    op.create_table(
        "erased_users",
        sa.Column("clerk_id_hash", sa.String(64), nullable=False),
        sa.Column("erased_at_s", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("clerk_id_hash", name="pk_erased_users"),
    )


def _create_videos() -> None:
    op.create_table(
        "videos",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("video_key", sa.String(64), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("title", sa.String()),
        sa.Column("channel", sa.String()),
        sa.Column("thumbnail_url", sa.String(), nullable=False),
        sa.Column("tags", sa.String(), nullable=False),
        sa.Column("start_s", sa.Integer()),
        sa.Column("availability", sa.String(20), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("deleted_at", MOMENT),
        sa.Column("title_key", FOLDED, nullable=False),
        sa.Column("search_text", FOLDED, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "id", name="pk_videos"),
        sa.UniqueConstraint("user_id", "video_key", name="uq_videos_user_id_video_key"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_videos_user_id_users", ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )
    in_trash = sa.text("deleted_at IS NOT NULL")
    op.create_index(
        "ix_videos_trash",
        "videos",
        ["user_id", "id", "deleted_at"],
        sqlite_where=in_trash,
        postgresql_where=in_trash,
    )


def _create_tags() -> None:
    op.create_table(
        "tags",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("key", FOLDED, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "key", name="pk_tags"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_tags_user_id_users", ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "video_tags",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("tag_key", FOLDED, nullable=False),
        sa.Column("video_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "tag_key", "video_id", name="pk_video_tags"),
        sa.ForeignKeyConstraint(
            ["user_id", "tag_key"],
            ["tags.user_id", "tags.key"],
            name="fk_video_tags_user_id_tag_key_tags",
            ondelete="CASCADE",
        ),
        sqlite_with_rowid=False,
    )


def _guard_rows() -> None:
    """Let a query see only the rows of its owner, even without a filter of its own.

    Only the purge sees the videos of all users, and only those in the trash.
    """
    owner = "user_id = nullif(current_setting('core.user_id', true), '')::bigint"
    for table in OWNED:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY {table}_owner ON {table} USING ({owner}) WITH CHECK ({owner})")
    op.execute(
        "CREATE POLICY videos_trash ON videos FOR SELECT USING "
        "(current_setting('core.maintenance', true) = 'on' AND deleted_at IS NOT NULL)"
    )
