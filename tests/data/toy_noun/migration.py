"""Stickers of the users."""

import sqlalchemy as sa
from alembic import op

revision = "stickers"
down_revision = "the newest"
branch_labels = None
depends_on = None

OWNER = "user_id = nullif(current_setting('core.user_id', true), '')::bigint"


def upgrade() -> None:
    op.create_table(
        "stickers",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "id", name="pk_stickers"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_stickers_user_id_users", ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )
    if op.get_bind().dialect.name == "postgresql":
        _guard_rows()


def downgrade() -> None:
    op.drop_table("stickers")


def _guard_rows() -> None:
    op.execute("ALTER TABLE stickers ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE stickers FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY stickers_owner ON stickers USING ({OWNER}) WITH CHECK ({OWNER})")
