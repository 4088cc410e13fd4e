"""Distributes the tables over the servers of a Citus cluster: each user's rows are on one server.

A migration creates a table on the coordinator alone; it is distributed when the migrations have
run (env.py). A table that stayed there would accept no row: its foreign key refers to the
coordinator's part of `users`, which is empty.
"""

from typing import NamedTuple

from sqlalchemy import Connection, text

from core.database.citus import LIFT_GUARD, SETTINGS
from core.models import OWNED, SCHEMA_REVISION, accounts, users, webhook_deliveries

COLUMNS = {
    users.name: "id",
    **{table.name: "user_id" for table in OWNED},
    accounts.name: "clerk_id_hash",
    webhook_deliveries.name: "id",
}
"""By table, the column that decides which server has a row. `users` comes first."""
VERSION_TABLE = "alembic_version"
"""Every server has a copy, so that a process can read its revision from each."""

_HAS_CITUS = "SELECT count(*) FROM pg_extension WHERE extname = 'citus'"
_IS_COORDINATOR = "SELECT citus_is_coordinator()"
_HAS_ROLE = "SELECT count(*) FROM pg_roles WHERE rolname = :role"
_REVISION = "SELECT version_num FROM alembic_version"
_TABLES = """
    SELECT relname AS name, relforcerowsecurity AS is_forced,
        EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = c.oid) AS is_distributed
    FROM pg_class AS c WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
"""
_FOREIGN_KEYS = """
    SELECT c.relname AS child, conname AS name, pg_get_constraintdef(f.oid) AS definition
    FROM pg_constraint AS f JOIN pg_class AS c ON c.oid = conrelid WHERE contype = 'f'
"""
_ONE_AFTER_THE_OTHER = "SET LOCAL citus.multi_shard_modify_mode = 'sequential'"
"""A transaction changes several tables: parallel connections would not see each other's changes."""


class CannotDistribute(Exception):
    """The database can't be distributed; the sentence says what to do first."""


class Table(NamedTuple):
    """A table of the database."""

    name: str
    is_forced: bool
    """Row-level security binds its owner too."""
    is_distributed: bool


def distribute(connection: Connection, role: str) -> list[str]:
    """Distribute the tables, and let the role read and write them; return the new ones' names.

    Raises: CannotDistribute
    """
    _require_cluster(connection)
    _require_revision(connection)
    if not _scalar(connection, _HAS_ROLE, role=role):
        raise CannotDistribute(
            f"There is no role {role} for the service. Create it on the coordinator first: "
            f"CREATE ROLE {role} LOGIN PASSWORD '…';"
        )
    if role == _scalar(connection, "SELECT current_user"):
        raise CannotDistribute(
            f"{role} owns the tables, so row-level security would not bind the service. Give it "
            "another role."
        )
    prepare(connection)
    new = distribute_new(connection)
    _grant(connection, role)
    _configure(connection)
    return new


def _configure(connection: Connection) -> None:
    """Set the database's settings for new connections; Citus passes them on to each server."""
    name = _quote(_scalar(connection, "SELECT current_database()"))
    for setting, value in SETTINGS.items():
        _run(connection, f"ALTER DATABASE {name} SET {setting} = '{value}'")


def is_distributed(connection: Connection) -> bool:
    """Tell whether `core db distribute` has distributed the tables."""
    if connection.dialect.name != "postgresql" or not _scalar(connection, _HAS_CITUS):
        return False
    return any(table.is_distributed for table in _list_tables(connection))


def prepare(connection: Connection) -> None:
    """Let the transaction change several distributed tables."""
    for statement in (_ONE_AFTER_THE_OTHER, LIFT_GUARD):
        connection.execute(text(statement))


def distribute_new(connection: Connection) -> list[str]:
    """Distribute the tables that are not distributed yet; return their names."""
    tables = {table.name: table for table in _list_tables(connection)}
    known = [tables[name] for name in (*COLUMNS, VERSION_TABLE) if name in tables]
    new = [table.name for table in known if not table.is_distributed]
    keys = [key for key in connection.execute(text(_FOREIGN_KEYS)) if key.child in new]
    for key in keys:
        _run(connection, f"ALTER TABLE {key.child} DROP CONSTRAINT {key.name}")
    for table in known:
        if table.is_forced:  # Citus copies a moved shard as the owner, who would see no row
            _run(connection, f"ALTER TABLE {table.name} NO FORCE ROW LEVEL SECURITY")
    for name in new:
        _distribute_one(connection, name)
    for key in keys:
        _run(connection, f"ALTER TABLE {key.child} ADD CONSTRAINT {key.name} {key.definition}")
    return new


def _distribute_one(connection: Connection, name: str) -> None:
    if name == VERSION_TABLE:
        _run(connection, f"SELECT create_reference_table('{name}')")
    else:
        of_user = name in {table.name for table in OWNED}
        group = users.name if of_user else "none"
        _run(
            connection,
            f"SELECT create_distributed_table('{name}', '{COLUMNS[name]}',"
            f" colocate_with => '{group}')",
        )
    _run(connection, f"SELECT truncate_local_data_after_distributing_table('{name}')")


def _grant(connection: Connection, role: str) -> None:
    """Let the role use the tables, also those of later migrations."""
    rights, quoted = "SELECT, INSERT, UPDATE, DELETE", _quote(role)
    tables = ", ".join((*COLUMNS, VERSION_TABLE))
    _run(connection, f"GRANT {rights} ON {tables} TO {quoted}")
    _run(
        connection,
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {rights} ON TABLES TO {quoted}",
    )


def _require_cluster(connection: Connection) -> None:
    if not _scalar(connection, _HAS_CITUS):
        raise CannotDistribute(
            "This database has no Citus. Install the extension on each server, and run CREATE "
            "EXTENSION citus in this database on each of them."
        )
    if not _scalar(connection, _IS_COORDINATOR):
        raise CannotDistribute("This server is a worker of the cluster. Ask the coordinator.")


def _require_revision(connection: Connection) -> None:
    tables = {table.name for table in _list_tables(connection)}
    revision = _scalar(connection, _REVISION) if VERSION_TABLE in tables else None
    if revision != SCHEMA_REVISION:
        raise CannotDistribute(
            f"The database is at {revision or 'no migration'}, this version needs "
            f"{SCHEMA_REVISION}. Run `core db upgrade` first."
        )


def _list_tables(connection: Connection) -> list[Table]:
    return [Table._make(row) for row in connection.execute(text(_TABLES))]


def _scalar(connection: Connection, statement: str, **values: str) -> object:
    return connection.execute(text(statement), values).scalar()


def _run(connection: Connection, statement: str) -> None:
    connection.execute(text(statement))


def _quote(name: object) -> str:
    return '"{}"'.format(str(name).replace('"', '""'))
