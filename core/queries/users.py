"""People's rows. They are found by Clerk id: this table alone is not under one owner."""

from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Boolean, bindparam, delete, func, select, update

# This insert() writes ON CONFLICT for both databases.
from sqlalchemy.dialects.postgresql import insert

from core.auth.schemas import Profile
from core.database import DialectName, Reader, Row, Session
from core.models import erased_users, users, videos
from core.queries.answers import AnySelect, as_answered, as_json_object

_BY_ID = users.c.id == bindparam("user_id")
_BY_CLERK_ID = users.c.clerk_id == bindparam("clerk_id")

_FIND = select(
    users.c.id, users.c.revision, users.c.banned, users.c.tokens_not_before, users.c.profile_at
).where(_BY_CLERK_ID)
_PERSON_FIELDS = ("id", "clerk_id", "email", "name", "created_at")
_INSERT = insert(users).on_conflict_do_nothing()
_LOCK = select(users.c.revision).where(_BY_ID).with_for_update()
_BUMP = (
    update(users)
    .where(_BY_ID)
    .values(revision=users.c.revision + 1, updated_at=bindparam("now"))
    .returning(users.c.revision)
)
_SET_TOKENS_NOT_BEFORE = (
    update(users).where(_BY_ID).values(tokens_not_before=bindparam("not_before_s"))
)
_STORE_PROFILE = (
    update(users)
    .where(_BY_ID, func.coalesce(users.c.profile_updated_ms, 0) <= bindparam("updated_ms"))
    .values(
        email=bindparam("new_email"),
        name=bindparam("new_name"),
        banned=func.coalesce(bindparam("is_banned", type_=Boolean), users.c.banned),
        profile_updated_ms=bindparam("updated_ms"),
        profile_at=bindparam("now"),
        updated_at=bindparam("now"),
    )
)
_TAKE_TURN = select(func.pg_advisory_xact_lock(func.hashtextextended(bindparam("clerk_id"), 0)))
_DELETE = delete(users).where(_BY_CLERK_ID).returning(users.c.id)

_FIND_TOMBSTONE = select(erased_users.c.erased_at_s).where(
    erased_users.c.clerk_id_hash == bindparam("clerk_id_hash")
)
_insert_tombstone = insert(erased_users)
_LEAVE_TOMBSTONE = _insert_tombstone.on_conflict_do_update(
    index_elements=[erased_users.c.clerk_id_hash],
    set_={"erased_at_s": _insert_tombstone.excluded.erased_at_s},
)


async def find(reader: Reader, clerk_id: str) -> Row | None:
    """Return id, revision, banned, tokens_not_before and profile_at."""
    return await reader.fetch_one(_FIND, {"clerk_id": clerk_id})


async def get_json(session: Session, owner_id: int) -> str | None:
    """Return the person as JSON text, with how many live videos they have; None when erased."""
    row = await session.fetch_one(_person(session.dialect), {"user_id": owner_id})
    return None if row is None else row["object"]


@lru_cache
def _person(dialect: DialectName) -> AnySelect:
    count = select(func.count()).where(
        videos.c.user_id == bindparam("user_id"), videos.c.deleted_at.is_(None)
    )
    columns = [as_answered(users.c[name], dialect) for name in _PERSON_FIELDS]
    person = select(*columns, count.scalar_subquery().label("videos")).where(_BY_ID)
    return as_json_object(person, dialect)


async def take_turn(session: Session, clerk_id: str) -> None:
    """Let nobody else make, or miss, this person's row until this transaction ends.

    SQLite's BEGIN IMMEDIATE has locked everything already.
    """
    if session.dialect == "postgresql":
        await session.execute(_TAKE_TURN, {"clerk_id": clerk_id})


async def insert_if_missing(session: Session, values: dict[str, Any]) -> None:
    """Insert the person unless the Clerk id or the drawn id is there already."""
    await session.execute(_INSERT, values)


async def lock_row(session: Session, owner_id: int) -> int | None:
    """Let no other transaction write this person's rows; return the revision, None when erased.

    SQLite's BEGIN IMMEDIATE has locked everything already.
    """
    row = await session.fetch_one(_LOCK, {"user_id": owner_id})
    return None if row is None else row["revision"]


async def bump_revision(session: Session, owner_id: int, now: datetime) -> int:
    """Count a change of the person's data; return the new revision."""
    row = await session.fetch_one(_BUMP, {"user_id": owner_id, "now": now})
    return -1 if row is None else row["revision"]


async def set_tokens_not_before(session: Session, owner_id: int, not_before_s: int) -> None:
    """Refuse tokens issued up to that moment (epoch seconds)."""
    values = {"user_id": owner_id, "not_before_s": not_before_s}
    await session.execute(_SET_TOKENS_NOT_BEFORE, values)


async def store_profile(session: Session, owner_id: int, profile: Profile, now: datetime) -> None:
    """Keep e-mail, name and whether Clerk has banned the person, unless newer ones are kept."""
    values = {
        "user_id": owner_id,
        "new_email": profile.email,
        "new_name": profile.name,
        "is_banned": profile.banned,
        "updated_ms": profile.updated_at_ms,
        "now": now,
    }
    await session.execute(_STORE_PROFILE, values)


async def delete_by_clerk_id(session: Session, clerk_id: str) -> int | None:
    """Delete the person and, by cascade, every row they own; return whose they were, if any."""
    row = await session.fetch_one(_DELETE, {"clerk_id": clerk_id})
    return None if row is None else row["id"]


async def find_tombstone(session: Session, clerk_id_hash: str) -> int | None:
    """Return when the person was last erased, in epoch seconds."""
    row = await session.fetch_one(_FIND_TOMBSTONE, {"clerk_id_hash": clerk_id_hash})
    return None if row is None else row["erased_at_s"]


async def leave_tombstone(session: Session, clerk_id_hash: str, erased_at_s: int) -> None:
    """Remember when the person was last erased."""
    values = {"clerk_id_hash": clerk_id_hash, "erased_at_s": erased_at_s}
    await session.execute(_LEAVE_TOMBSTONE, values)
