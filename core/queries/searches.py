"""A user's saved searches. The owner comes first."""

from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, bindparam, delete, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert

from core.database.session import DialectName, Session, Values
from core.models import searches
from core.queries.json_sql import AnySelect, as_answered, as_json_object, as_json_objects

_WRITTEN = ("name", "name_key", "query", "updated_at", "revision")


class Search(NamedTuple):
    """A stored search."""

    id: int
    name: str
    name_key: str
    query: str


_OF_OWNER = searches.c.user_id == bindparam("user_id")
_BY_ID = searches.c.id == bindparam("search_id")

_INSERT = insert(searches).on_conflict_do_nothing().returning(searches.c.id)
_FIND_ALL = (
    select(*(searches.c[name] for name in Search._fields)).where(_OF_OWNER).order_by(searches.c.id)
)
_UPDATE = (
    update(searches)
    .where(_OF_OWNER, _BY_ID)
    .values({name: bindparam(f"new_{name}") for name in _WRITTEN})
)
_DELETE = delete(searches).where(_OF_OWNER, _BY_ID)


def search_columns(dialect: DialectName, *more: str) -> list[ColumnElement[Any]]:
    """Return the columns of a Search in the order of its fields."""
    names = ("id", "name", "query", "created_at", "updated_at", *more)
    return [as_answered(searches.c[name], dialect) for name in names]


async def insert_if_free(session: Session, owner_id: int, values: Values) -> bool:
    """Insert the row; False when the owner has a saved search of this id or name."""
    return await session.fetch_one(_INSERT, {**values, "user_id": owner_id}) is not None


async def find_all(session: Session, owner_id: int) -> list[Search]:
    """Return the owner's saved searches; they are few."""
    return [Search._make(row) for row in await session.fetch_all(_FIND_ALL, {"user_id": owner_id})]


async def change(session: Session, owner_id: int, search_id: int, values: Values) -> None:
    """Update a saved search: the fields that a user can change, and the stamp."""
    written = {f"new_{name}": values[name] for name in _WRITTEN}
    await session.execute(_UPDATE, {**written, "user_id": owner_id, "search_id": search_id})


async def delete_one(session: Session, owner_id: int, search_id: int) -> None:
    """Delete the saved search."""
    await session.execute(_DELETE, {"user_id": owner_id, "search_id": search_id})


async def get_json(session: Session, owner_id: int, search_id: int) -> str | None:
    """Return a saved search as the text of a JSON object."""
    values = {"user_id": owner_id, "search_id": search_id}
    row = await session.fetch_one(_get_statement(session.dialect), values)
    return None if row is None else row["object"]


@lru_cache
def _get_statement(dialect: DialectName) -> AnySelect:
    return as_json_object(select(*search_columns(dialect)).where(_OF_OWNER, _BY_ID), dialect)


async def list_json(session: Session, owner_id: int) -> tuple[str, int]:
    """Return all saved searches as comma-joined JSON objects, and their number."""
    row = await session.fetch_one(_list_statement(session.dialect), {"user_id": owner_id})
    return ("", 0) if row is None else (row["objects"], row["count"])


@lru_cache
def _list_statement(dialect: DialectName) -> AnySelect:
    rows = select(*search_columns(dialect)).where(_OF_OWNER).order_by(searches.c.id)
    return as_json_objects(rows.limit(literal_column("1000")), dialect)
