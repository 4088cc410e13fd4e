"""Which migration the database has."""

from sqlalchemy import column, func, select, table, text

from core.database import Session

_ALEMBIC = table("alembic_version", column("version_num"))
_VERSION = select(_ALEMBIC.c.version_num)
_HAS_VERSION = {
    "sqlite": select(func.count()).select_from(text("pragma_table_info('alembic_version')")),
    "postgresql": select(func.count(func.to_regclass("alembic_version"))),
}


async def current_revision(session: Session) -> str | None:
    """Return the migration's name; None when there has never been one."""
    has_version = await session.fetch_one(_HAS_VERSION[session.dialect], {})
    if has_version is None or not has_version[0]:
        return None
    row = await session.fetch_one(_VERSION, {})
    return None if row is None else row["version_num"]
