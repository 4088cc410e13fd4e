"""The handled webhooks, and the time of the stored profile."""

import sqlalchemy as sa
from alembic import op

revision = "webhook_deliveries"
down_revision = "metadata_jobs"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True).with_variant(sa.String(24), "sqlite")


def upgrade() -> None:
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_deliveries"),
    )
    # Not in batch mode: that would copy the table of users, and drop the old one with
    # every row that refers to it.
    op.add_column("users", sa.Column("profile_updated_ms", sa.BigInteger()))


def downgrade() -> None:
    op.drop_column("users", "profile_updated_ms")
    op.drop_table("webhook_deliveries")
