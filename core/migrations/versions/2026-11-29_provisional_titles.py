"""Titles from shared texts, which YouTube's replace."""

import sqlalchemy as sa
from alembic import op

revision = "provisional_titles"
down_revision = "training_3_minutes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    new: sa.Column[bool] = sa.Column(
        "title_is_provisional", sa.Boolean(), nullable=False, server_default=sa.false()
    )
    op.add_column("videos", new)


def downgrade() -> None:
    op.drop_column("videos", "title_is_provisional")
