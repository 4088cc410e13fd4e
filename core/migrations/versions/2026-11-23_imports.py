"""Imports, and the reports of their rows."""

import sqlalchemy as sa
from alembic import op

revision = "imports"
down_revision = "webhook_deliveries"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True).with_variant(sa.String(24), "sqlite")
OWNED = ("imports", "import_reports")


def upgrade() -> None:
    _create_imports()
    _create_import_reports()
    if op.get_bind().dialect.name == "postgresql":
        _guard_rows()


def downgrade() -> None:
    for table in reversed(OWNED):
        op.drop_table(table)


def _create_imports() -> None:
    op.create_table(
        "imports",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("format", sa.String(20), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("total", sa.Integer()),
        sa.Column("imported", sa.Integer(), nullable=False),
        sa.Column("merged", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.String()),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "id", name="pk_imports"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_imports_user_id_users", ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )


def _create_import_reports() -> None:
    op.create_table(
        "import_reports",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("import_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "import_id", "position", name="pk_import_reports"),
        sa.ForeignKeyConstraint(
            ["user_id", "import_id"],
            ["imports.user_id", "imports.id"],
            name="fk_import_reports_user_id_import_id_imports",
            ondelete="CASCADE",
        ),
        sqlite_with_rowid=False,
    )


def _guard_rows() -> None:
    """Let a query see only the rows of its owner, even without a filter of its own."""
    owner = "user_id = nullif(current_setting('core.user_id', true), '')::bigint"
    for table in OWNED:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY {table}_owner ON {table} USING ({owner}) WITH CHECK ({owner})")
