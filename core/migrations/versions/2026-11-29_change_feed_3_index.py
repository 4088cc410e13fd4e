"""The order in which the change feed reads the videos of an owner."""

from alembic import op

revision = "change_feed_3_index"
down_revision = "change_feed_2_revisions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    columns = ["user_id", "revision", "id"]
    # It exists if the database stopped at `change_feed`, which once made it.
    op.create_index("ix_videos_user_id_revision_id", "videos", columns, if_not_exists=True)


def downgrade() -> None:
    op.drop_index("ix_videos_user_id_revision_id", "videos")
