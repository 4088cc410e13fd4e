"""Alembic's entry point: runs the migrations in one transaction on the given connection."""

import os

from alembic import context
from sqlalchemy import Connection

from core.migrations import citus, runner
from core.models import metadata


def migrate(connection: Connection) -> None:
    """Run the migrations of Alembic's command."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        include_name=runner.is_ours,
        compare_type=True,
    )
    is_distributed = citus.is_distributed(connection)
    if is_distributed:
        citus.prepare(connection)
    with context.begin_transaction():
        context.run_migrations()
    if is_distributed:
        citus.distribute_new(connection)


connection: Connection | None = context.config.attributes.get("connection")
if connection is not None:
    migrate(connection)
else:  # the alembic command, for writing a new migration
    runner.connect(os.environ.get("DATABASE_URL", "sqlite:///data/core.db"), migrate)
