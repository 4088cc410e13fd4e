"""Saved searches: names for sets of filters."""

import sqlalchemy as sa
from alembic import op

revision = "provisional_titles_2_searches"
down_revision = "provisional_titles"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True).with_variant(sa.String(24), "sqlite")
FOLDED = sa.String().with_variant(sa.String(collation="C"), "postgresql")
OWNER = "user_id = nullif(current_setting('core.user_id', true), '')::bigint"


def upgrade() -> None:
    op.create_table(
        "searches",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_key", FOLDED, nullable=False),
        sa.Column("query", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "id", name="pk_searches"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_searches_user_id_users", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("user_id", "name_key", name="uq_searches_user_id_name_key"),
        sqlite_with_rowid=False,
    )
    columns = ["user_id", "revision", "id"]
    op.create_index("ix_searches_user_id_revision_id", "searches", columns)
    if op.get_bind().dialect.name == "postgresql":
        _guard_rows()


def downgrade() -> None:
    op.drop_table("searches")


def _guard_rows() -> None:
    """Let a query see only the rows of its owner, even without a filter of its own."""
    op.execute("ALTER TABLE searches ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE searches FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY searches_owner ON searches USING ({OWNER}) WITH CHECK ({OWNER})")
