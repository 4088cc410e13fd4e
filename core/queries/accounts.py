"""The user of a Clerk id, and its erasure or ban when it has none.

The row of a Clerk id is also its lock: a transaction that inserts or erases the user locks it
first. The order of locks is always accounts, then users.
"""

from typing import NamedTuple

from sqlalchemy import bindparam, delete, func, select, update

# This insert() writes ON CONFLICT for both databases.
from sqlalchemy.dialects.postgresql import insert

from core.database.session import Reader, Session
from core.models import accounts


class Account(NamedTuple):
    """The row of a Clerk id."""

    user_id: int | None
    """None: it never had a user, or the user was erased."""
    erased_at_s: int
    """Epoch seconds; 0: never erased."""
    banned_ms: int | None
    """Epoch milliseconds of a ban without a user; None: not banned."""


_BY_HASH = accounts.c.clerk_id_hash == bindparam("clerk_id_hash")
_COLUMNS = [accounts.c[name] for name in Account._fields]
_FIND = select(*_COLUMNS).where(_BY_HASH)
_insert = insert(accounts)
# An update without a change locks the row and returns it, also after another transaction's insert.
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
    """Return the row of a Clerk id, without a lock."""
    row = await reader.fetch_one(_FIND, {"clerk_id_hash": clerk_id_hash})
    return None if row is None else Account._make(row)


async def lock(session: Session, clerk_id_hash: str, new_user_id: int | None = None) -> Account:
    """Lock the row of a Clerk id until the transaction ends; insert it if it is missing.

    The new id becomes the user's if the account has no user.
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
    """Replace the account's user id: the drawn one is another user's."""
    await session.execute(_SET_USER, {"clerk_id_hash": clerk_id_hash, "new_user_id": user_id})


async def record_erasure(session: Session, clerk_id_hash: str, now_s: int) -> None:
    """Store a tombstone in the locked row: no user, and the time of the erasure."""
    await session.execute(_RECORD_ERASURE, {"clerk_id_hash": clerk_id_hash, "now_s": now_s})


async def bound_erasure(session: Session, clerk_id_hash: str, now_s: int) -> None:
    """Limit the time of an erasure to this moment (epoch seconds)."""
    await session.execute(_BOUND_ERASURE, {"clerk_id_hash": clerk_id_hash, "now_s": now_s})


async def record_ban(session: Session, clerk_id_hash: str, banned_ms: int) -> None:
    """Store a ban in the locked row, with Clerk's timestamp (epoch milliseconds)."""
    await session.execute(_RECORD_BAN, {"clerk_id_hash": clerk_id_hash, "new_banned_ms": banned_ms})


async def lift_ban(session: Session, clerk_id_hash: str, lifted_ms: int) -> None:
    """Remove a ban unless it is newer than that timestamp (epoch milliseconds)."""
    await session.execute(_LIFT_BAN, {"clerk_id_hash": clerk_id_hash, "lifted_ms": lifted_ms})


async def delete_if_empty(session: Session, clerk_id_hash: str) -> None:
    """Delete the locked row if it is empty: most of Clerk's users may never use this service."""
    await session.execute(_DELETE_EMPTY, {"clerk_id_hash": clerk_id_hash})
