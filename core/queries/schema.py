"""Which migration the database has, whether this code can use it, and how a cluster is set."""

import re

from sqlalchemy import bindparam, column, exists, func, literal_column, or_, select, table, text

from core.database.citus import SETTINGS
from core.database.session import Reader, Session
from core.models import OWNED, SCHEMA_REVISION, metadata

_ADDITION = re.compile(r"(\w+?)_(\d+)(?:_\w+)?")

_ALEMBIC = table("alembic_version", column("version_num"))
_VERSION = select(_ALEMBIC.c.version_num)
_HAS_VERSION = {
    "sqlite": select(func.count()).select_from(text("pragma_table_info('alembic_version')")),
    "postgresql": select(func.count(func.to_regclass("alembic_version"))),
}

_ROLES = table("pg_roles", column("rolname"), column("rolsuper"), column("rolbypassrls"))
_TABLES = table(
    "pg_class", column("oid"), column("relname"), column("relowner"), column("relforcerowsecurity")
)
_IS_VISIBLE = func.pg_table_is_visible(_TABLES.c.oid)
# Row-level security that is not forced does not bind the tables' owner.
_OWNS = exists().where(
    _TABLES.c.relname.in_([literal_column(f"'{owned.name}'") for owned in OWNED]),
    _IS_VISIBLE,
    ~_TABLES.c.relforcerowsecurity,
    func.pg_has_role(_TABLES.c.relowner, "USAGE"),
)
_BYPASSES = select(or_(_ROLES.c.rolsuper, _ROLES.c.rolbypassrls, _OWNS)).where(
    _ROLES.c.rolname == func.current_user()
)

_IS_STANDBY = select(func.pg_is_in_recovery())
_HAS_CITUS = select(func.count(func.to_regclass("pg_dist_partition")))
_DISTRIBUTED = table("pg_dist_partition", column("logicalrelid"))
_LOCAL = select(_TABLES.c.relname).where(
    _TABLES.c.relname.in_(
        [literal_column(f"'{name}'") for name in (*metadata.tables, "alembic_version")]
    ),
    _IS_VISIBLE,
    ~exists().where(_DISTRIBUTED.c.logicalrelid == _TABLES.c.oid),
)
_ASKED = func.run_command_on_all_nodes(bindparam("command")).table_valued(
    "nodeid", "success", "result", name="server"
)
_PING = "SELECT 1"
_ASK_SERVERS = select(_ASKED.c.nodeid, _ASKED.c.success, _ASKED.c.result)


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


async def list_local_tables(session: Session) -> list[str] | None:
    """Return the tables that are not distributed; None without Citus."""
    if not await _has_citus(session):
        return None
    return sorted(row["relname"] for row in await session.fetch_all(_LOCAL, {}))


async def list_lost_servers(session: Session) -> list[int]:
    """Return the ids of the servers of a Citus cluster that do not answer; none without Citus."""
    if not await _has_citus(session):
        return []
    servers = await session.fetch_all(_ASK_SERVERS, {"command": _PING})
    return [row["nodeid"] for row in servers if not row["success"]]


async def _has_citus(session: Session) -> bool:
    if session.dialect == "sqlite":
        return False
    row = await session.fetch_one(_HAS_CITUS, {})
    return row is not None and bool(row[0])


async def list_unset(session: Session) -> list[str]:
    """Return the settings that a server of the cluster lacks, as `name on server 2`."""
    unset = []
    for name, value in SETTINGS.items():
        rows = await session.fetch_all(_ASK_SERVERS, {"command": f"SHOW {name}"})
        unset += [
            f"{name} on server {row['nodeid']}"
            for row in rows
            if not (row["success"] and row["result"] == value)
        ]
    return unset
