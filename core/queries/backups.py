"""The content of a SQLite file of any version, read on a separate connection."""

import hashlib

from sqlalchemy import Integer, bindparam, column, literal_column, select, table, update

from core.database.sqlite import SqliteConnection

V0_2_0 = "v0.2.0"
"""The revision of a database of that version, which had no migrations."""

_SCHEMA = table("sqlite_master", column("name"), column("type"))
_TABLES = str(select(_SCHEMA.c.name).where(_SCHEMA.c.type == literal_column("'table'")))
_REVISION = str(select(column("version_num")).select_from(table("alembic_version")))
_USERS = table("users", column("revision"), column("synced_from"))
_RAISED = _USERS.c.revision + bindparam("seconds", type_=Integer)
_RAISE_REVISIONS = str(update(_USERS).values(revision=_RAISED))
_RAISE_BOTH = str(update(_USERS).values(revision=_RAISED, synced_from=_RAISED))


def hash_rows(connection: SqliteConnection) -> str:
    """Return the SHA-256 of the schema and every row."""
    digest = hashlib.sha256()
    for name in ("sqlite_master", *_table_names(connection)):
        for row in connection.execute(str(select(literal_column("*")).select_from(table(name)))):
            digest.update(repr(tuple(row)).encode(errors="surrogateescape"))
    return digest.hexdigest()


def read_revision(connection: SqliteConnection) -> str | None:
    """Return the newest migration that was applied; None when this is not a database of Core."""
    names = _table_names(connection)
    if "alembic_version" in names:
        row = connection.execute(_REVISION).fetchone()
        return str(row[0]) if row else None
    return V0_2_0 if "videos" in names else None


def raise_revisions(connection: SqliteConnection, seconds: int) -> None:
    """Add `seconds` to the revision of each user; no client can continue from an older one.

    v0.2.0 had neither users nor revisions.
    """
    names = _table_names(connection)
    if "users" in names:
        has_feed = "deletions" in names
        connection.execute(_RAISE_BOTH if has_feed else _RAISE_REVISIONS, {"seconds": seconds})


def _table_names(connection: SqliteConnection) -> list[str]:
    return sorted(row[0] for row in connection.execute(_TABLES))
