"""Which migration the database has."""

from sqlalchemy import column, func, or_, select, table, text

from core.database import Reader, Session

_ALEMBIC = table("alembic_version", column("version_num"))
_VERSION = select(_ALEMBIC.c.version_num)
_HAS_VERSION = {
    "sqlite": select(func.count()).select_from(text("pragma_table_info('alembic_version')")),
    "postgresql": select(func.count(func.to_regclass("alembic_version"))),
}

_ROLES = table("pg_roles", column("rolname"), column("rolsuper"), column("rolbypassrls"))
_BYPASSES = select(or_(_ROLES.c.rolsuper, _ROLES.c.rolbypassrls)).where(
    _ROLES.c.rolname == func.current_user()
)


async def current_revision(session: Session) -> str | None:
    """Return the migration's name; None when there has never been one."""
    has_version = await session.fetch_one(_HAS_VERSION[session.dialect], {})
    if has_version is None or not has_version[0]:
        return None
    row = await session.fetch_one(_VERSION, {})
    return None if row is None else row["version_num"]


async def bypasses_row_level_security(reader: Reader) -> bool:
    """Tell whether PostgreSQL's second wall is open to the role that the service uses."""
    if reader.dialect == "sqlite":
        return False
    row = await reader.fetch_one(_BYPASSES, {})
    return row is not None and bool(row[0])
