"""The revision of each existing video: its owner's current one."""

import sqlalchemy as sa
from alembic import op

revision = "change_feed_2_revisions"
down_revision = "change_feed"
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection = op.get_bind()
    for owner_id in connection.scalars(sa.text("SELECT id FROM users")).all():
        fill(connection, owner_id)


def downgrade() -> None:
    """Do nothing: the migration before this one drops the column."""


def fill(connection: sa.Connection, owner_id: int) -> None:
    """Set the revisions of the owner's videos that have none; it can run twice."""
    owner = {"owner": owner_id}
    if connection.dialect.name == "postgresql":  # row-level security
        as_owner = "SELECT set_config('core.user_id', CAST(CAST(:owner AS bigint) AS text), true)"
        connection.execute(sa.text(as_owner), owner)
    connection.execute(
        sa.text(
            "UPDATE videos SET revision = (SELECT revision FROM users WHERE id = :owner)"
            " WHERE user_id = :owner AND revision = 0"
        ),
        owner,
    )
