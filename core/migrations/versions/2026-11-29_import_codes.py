"""The codes of the sentences of imports; older sentences have none."""

import sqlalchemy as sa
from alembic import op

revision = "import_codes"
down_revision = "early_bans"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not in batch mode: that would copy the tables, and lose the reports with the old imports.
    op.add_column("imports", sa.Column("error_code", sa.String()))
    op.add_column("import_reports", sa.Column("codes", sa.String()))


def downgrade() -> None:
    op.drop_column("import_reports", "codes")
    op.drop_column("imports", "error_code")
