"""Which migration the database has, and whether this code can use it."""

import re

from sqlalchemy import column, func, or_, select, table, text

from core.database.session import Reader, Session
from core.models import SCHEMA_REVISION

_ADDITION = re.compile(r"(\w+?)_(\d+)(?:_\w+)?")

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

_IS_STANDBY = select(func.pg_is_in_recovery())


async def current_revision(session: Session) -> str | None:
    """Return the migration's name; None when there has never been one."""
    has_version = await session.fetch_one(_HAS_VERSION[session.dialect], {})
    if has_version is None or not has_version[0]:
        return None
    row = await session.fetch_one(_VERSION, {})
    return None if row is None else row["version_num"]


def is_compatible(revision: str | None, needed: str = SCHEMA_REVISION) -> bool:
    """Tell whether the database has the migration that this code needs, or a later addition to it.

    `training_2_badges` only adds to `training`: code that needs `training` can use it as well.
    So processes of two versions can run side by side (CONTRIBUTING.md, "A migration").
    """
    (name, step), (needed_name, needed_step) = _parts(revision or ""), _parts(needed)
    return name == needed_name and step >= needed_step


def _parts(revision: str) -> tuple[str, int]:
    match = _ADDITION.fullmatch(revision)
    return (match[1], int(match[2])) if match else (revision, 1)


async def bypasses_row_level_security(reader: Reader) -> bool:
    """Tell whether PostgreSQL does not apply row-level security to the service's role."""
    if reader.dialect == "sqlite":
        return False
    row = await reader.fetch_one(_BYPASSES, {})
    return row is not None and bool(row[0])


async def is_standby(reader: Reader) -> bool:
    """Tell whether this PostgreSQL receives its changes from a primary."""
    row = await reader.fetch_one(_IS_STANDBY, {})
    return row is not None and bool(row[0])
