"""Which user a Clerk id names, and what stays known of it without one.

The row of a Clerk id is also its turn: a transaction that inserts or erases the user locks it
first. The order of locks is accounts, then users, always.
"""

from typing import NamedTuple

from sqlalchemy import bindparam, delete, func, select, update

# This insert() writes ON CONFLICT for both databases.
from sqlalchemy.dialects.postgresql import insert

from core.database.session import Reader, Session
from core.models import accounts


class Account(NamedTuple):
    """What is known of a Clerk id."""

    user_id: int | None
    """None: it has no user, never had one, or the user was erased."""
    erased_at_s: int
    """Epoch seconds; 0: never erased."""
    banned_ms: int | None
    """Epoch milliseconds of a ban without a user; None: not banned."""


_BY_HASH = accounts.c.clerk_id_hash == bindparam("clerk_id_hash")
_COLUMNS = [accounts.c[name] for name in Account._fields]
_FIND = select(*_COLUMNS).where(_BY_HASH)
_insert = insert(accounts)
# An update of nothing locks the row and answers with it, also after waiting for another insert.
_LOCK = _insert.on_conflict_do_update(
    index_elements=[accounts.c.clerk_id_hash],
    set_={"user_id": func.coalesce(accounts.c.user_id, _insert.excluded.user_id)},
).returning(*_COLUMNS)
_SET_USER = update(accounts).where(_BY_HASH).values(user_id=bindparam("new_user_id"))
_RECORD_ERASURE = (
    update(accounts).where(_BY_HASH).values(user_id=None, erased_at_s=bindparam("now_s"))
)
_BOUND_ERASURE = (
    update(accounts)
    .where(_BY_HASH, accounts.c.erased_at_s > bindparam("now_s"))
    .values(erased_at_s=bindparam("now_s"))
)
_RECORD_BAN = (
    update(accounts)
    .where(_BY_HASH, func.coalesce(accounts.c.banned_ms, 0) <= bindparam("new_banned_ms"))
    .values(banned_ms=bindparam("new_banned_ms"))
)
_LIFT_BAN = (
    update(accounts)
    .where(_BY_HASH, accounts.c.banned_ms <= bindparam("lifted_ms"))
    .values(banned_ms=None)
)
_DELETE_EMPTY = delete(accounts).where(
    _BY_HASH,
    accounts.c.user_id.is_(None),
    accounts.c.erased_at_s == 0,
    accounts.c.banned_ms.is_(None),
)


async def find(reader: Reader, clerk_id_hash: str) -> Account | None:
    """Return what is known of a Clerk id, without a lock."""
    row = await reader.fetch_one(_FIND, {"clerk_id_hash": clerk_id_hash})
    return None if row is None else Account._make(row)


async def lock(session: Session, clerk_id_hash: str, new_user_id: int | None = None) -> Account:
    """Make other transactions wait that lock this Clerk id, until this one ends.

    Insert the row if it is missing. The new id becomes the user's if the account has none.
    """
    values = {
        "clerk_id_hash": clerk_id_hash,
        "user_id": new_user_id,
        "erased_at_s": 0,
        "banned_ms": None,
    }
    row = await session.fetch_one(_LOCK, values)
    assert row is not None  # noqa: S101  an upsert always has a row
    return Account._make(row)


async def set_user(session: Session, clerk_id_hash: str, user_id: int) -> None:
    """Give the account another user id: the drawn one is another user's."""
    await session.execute(_SET_USER, {"clerk_id_hash": clerk_id_hash, "new_user_id": user_id})


async def record_erasure(session: Session, clerk_id_hash: str, now_s: int) -> None:
    """Keep a tombstone in the locked row: it has no user, and this is when it was erased."""
    await session.execute(_RECORD_ERASURE, {"clerk_id_hash": clerk_id_hash, "now_s": now_s})


async def bound_erasure(session: Session, clerk_id_hash: str, now_s: int) -> None:
    """Move an erasure that is later than this moment (epoch seconds) to it."""
    await session.execute(_BOUND_ERASURE, {"clerk_id_hash": clerk_id_hash, "now_s": now_s})


async def record_ban(session: Session, clerk_id_hash: str, banned_ms: int) -> None:
    """Store a ban in the locked row, with Clerk's timestamp (epoch milliseconds)."""
    await session.execute(_RECORD_BAN, {"clerk_id_hash": clerk_id_hash, "new_banned_ms": banned_ms})


async def lift_ban(session: Session, clerk_id_hash: str, lifted_ms: int) -> None:
    """Forget a ban unless it is newer than that timestamp (epoch milliseconds)."""
    await session.execute(_LIFT_BAN, {"clerk_id_hash": clerk_id_hash, "lifted_ms": lifted_ms})


async def delete_if_empty(session: Session, clerk_id_hash: str) -> None:
    """Delete the locked row if it says nothing: most of Clerk's users may never come here."""
    await session.execute(_DELETE_EMPTY, {"clerk_id_hash": clerk_id_hash})
