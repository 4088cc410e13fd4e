"""Bans of users who have no row of their own yet."""

import sqlalchemy as sa
from alembic import op

revision = "early_bans"
down_revision = "imports"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("erased_users", sa.Column("banned_ms", sa.BigInteger()))


def downgrade() -> None:
    op.drop_column("erased_users", "banned_ms")
    # A row of a ban alone: the older version would read it as an erasure in 1970.
    op.execute("DELETE FROM erased_users WHERE erased_at_s = 0")
