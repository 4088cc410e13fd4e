"""The table of v0.2.0, whose videos had no owner. SQLite only: there was no other v0.2.0."""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection, LargeBinary, cast, column, func, inspect, select, table, text

from core.database.session import Session
from core.migrations.runner import LEGACY_TABLE, UNREADABLE_TABLE


class LegacyVideo(NamedTuple):
    """A row of v0.2.0: texts as bytes, since one that is not UTF-8 fails the whole statement."""

    id: int
    url: bytes
    title: bytes | None
    tags: bytes | None
    created_at: bytes | None


_COLUMNS = "id, url, title, thumbnail_url, tags, created_at"

_LEGACY = table(LEGACY_TABLE, *map(column, _COLUMNS.split(", ")))
_IS_THERE = select(func.count()).select_from(text(f"pragma_table_info('{LEGACY_TABLE}')"))
_COUNT = select(func.count()).select_from(_LEGACY)
_OLDEST_FIRST = select(
    _LEGACY.c.id,
    *(cast(_LEGACY.c[name], LargeBinary).label(name) for name in LegacyVideo._fields[1:]),
).order_by(_LEGACY.c.created_at, _LEGACY.c.id)
_MAKE_SIDE_TABLE = text(  # without types, like a log; deleted with its owner
    f"CREATE TABLE IF NOT EXISTS {UNREADABLE_TABLE}"
    f" ({_COLUMNS}, reason, user_id REFERENCES users (id) ON DELETE CASCADE)"
)
_SET_ASIDE = text(
    f"INSERT INTO {UNREADABLE_TABLE} ({_COLUMNS}, reason, user_id)"  # noqa: S608  our own names
    f" SELECT {_COLUMNS}, :reason, :user_id FROM {LEGACY_TABLE} WHERE id = :id"
)
_DROP = text(f"DROP TABLE IF EXISTS {LEGACY_TABLE}")


def count_undecided(connection: Connection) -> int | None:
    """Return how many videos have no owner yet; None when this is no database of v0.2.0.

    They are in the table of v0.2.0 or, after the migration, in a table of their own.
    """
    tables = inspect(connection).get_table_names()
    if LEGACY_TABLE in tables:
        name = LEGACY_TABLE
    elif "videos" in tables and "alembic_version" not in tables:
        name = "videos"
    else:
        return None
    return connection.scalar(select(func.count()).select_from(table(name)))


async def list_undecided(session: Session) -> list[LegacyVideo]:
    """Return the migrated rows, oldest first; none when they were kept or dropped before."""
    if not await _is_there(session):
        return []
    return [LegacyVideo._make(row) for row in await session.fetch_all(_OLDEST_FIRST, {})]


async def count(session: Session) -> int:
    """Return how many migrated rows there are, without reading them."""
    row = await session.fetch_one(_COUNT, {}) if await _is_there(session) else None
    return row[0] if row else 0


async def _is_there(session: Session) -> bool:
    row = await session.fetch_one(_IS_THERE, {})
    return bool(row and row[0])


async def set_aside(session: Session, owner_id: int, reasons: Mapping[int, str]) -> None:
    """Copy rows, by id, into a side table, each with the reason why it is no video.

    They stay there until their owner is erased.
    """
    if reasons:
        owner = {"user_id": owner_id}
        rows = [{"id": id_, "reason": reason, **owner} for id_, reason in reasons.items()]
        await session.execute(_MAKE_SIDE_TABLE, {})
        await session.execute_many(_SET_ASIDE, rows)


async def drop(session: Session) -> None:
    """Delete the rows and their table."""
    await session.execute(_DROP, {})
