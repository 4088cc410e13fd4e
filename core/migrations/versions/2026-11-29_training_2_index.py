"""The index of the videos that have workouts."""

import sqlalchemy as sa
from alembic import op

revision = "training_2_index"
down_revision = "training"
branch_labels = None
depends_on = None


def upgrade() -> None:
    done = sa.text("done_on IS NOT NULL")
    # It exists if the database stopped at `training`, which once made it.
    op.create_index(
        "ix_videos_done",
        "videos",
        ["user_id", "id", "done_on"],
        sqlite_where=done,
        postgresql_where=done,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_videos_done", "videos")
