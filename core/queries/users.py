"""Rows of users: the id of this table is the owner."""

from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Boolean, String, bindparam, delete, func, select, update

# This insert() writes ON CONFLICT for both databases.
from sqlalchemy.dialects.postgresql import insert

from core.auth.schemas import Profile
from core.database.session import DialectName, Reader, Session
from core.models import users, videos, workouts
from core.queries.json_sql import AnySelect, as_answered, as_json_object


class UserRow(NamedTuple):
    """The fields that identify a user and decide whether a token is accepted."""

    id: int
    revision: int
    banned: bool
    tokens_not_before: int | None
    """Epoch seconds."""
    profile_at: datetime | str | None


_BY_ID = users.c.id == bindparam("user_id")
# Both must match: a cached id, or one from a restored backup, may be another user's.
_BY_BOTH = (_BY_ID, users.c.clerk_id == bindparam("clerk_id"))

_FIND = select(*(users.c[name] for name in UserRow._fields)).where(*_BY_BOTH)
_PERSON_FIELDS = ("id", "clerk_id", "email", "name", "created_at")
_FIND_RECEIVED = select(users.c.revision).where(_BY_ID, func.pg_is_in_recovery())
_INSERT = insert(users).on_conflict_do_nothing()
_FIND_SYNCED_FROM = select(users.c.synced_from).where(_BY_ID)
_RAISE_SYNCED_FROM = (
    update(users)
    .where(_BY_ID, users.c.synced_from < bindparam("oldest"))
    .values(synced_from=bindparam("oldest"))
)
_RAISE_REVISION = (
    update(users)
    .where(_BY_ID, users.c.revision < bindparam("least"))
    .values(revision=bindparam("least"), synced_from=bindparam("least"))
    .returning(users.c.revision)
)
_LOCK = select(users.c.revision).where(_BY_ID).with_for_update()
_BUMP = (
    update(users)
    .where(_BY_ID)
    .values(revision=users.c.revision + 1, updated_at=bindparam("now"))
    .returning(users.c.revision)
)
_OF_VIDEO = (
    workouts.c.user_id == bindparam("user_id"),
    workouts.c.video_key == bindparam("video_key", type_=String),
)
_BUMP_FOR_VIDEO = _BUMP.returning(
    select(func.count()).where(*_OF_VIDEO).scalar_subquery().label("workouts")
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
_DELETE = delete(users).where(*_BY_BOTH).returning(users.c.id)


async def find(reader: Reader, owner_id: int, clerk_id: str) -> UserRow | None:
    """Return the user's row; None when the id does not belong to this Clerk id."""
    row = await reader.fetch_one(_FIND, {"user_id": owner_id, "clerk_id": clerk_id})
    return None if row is None else UserRow._make(row)


async def get_json(session: Session, owner_id: int) -> str | None:
    """Return the user as JSON text, with the number of live videos; None when erased."""
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


async def insert_if_missing(session: Session, values: dict[str, Any]) -> None:
    """Insert the user unless the id is taken."""
    await session.execute(_INSERT, values)


async def lock_row(session: Session, owner_id: int) -> int | None:
    """Lock this user's rows for writing; return the revision, None when erased.

    SQLite's BEGIN IMMEDIATE has locked everything already.
    """
    row = await session.fetch_one(_LOCK, {"user_id": owner_id})
    return None if row is None else row["revision"]


async def bump_revision(session: Session, owner_id: int, now: datetime) -> int:
    """Count a change of the user's data; return the new revision."""
    row = await session.fetch_one(_BUMP, {"user_id": owner_id, "now": now})
    return -1 if row is None else row["revision"]


async def find_received_revision(session: Session, owner_id: int) -> int:
    """Return the user's revision that a standby of PostgreSQL has received.

    It is -1 if it has not received the user, or is no standby: a primary has changes of its own.
    """
    row = await session.fetch_one(_FIND_RECEIVED, {"user_id": owner_id})
    return -1 if row is None else row["revision"]


async def bump_for_new_video(
    session: Session, owner_id: int, video_key: str, now: datetime
) -> tuple[int, int]:
    """Do as `bump_revision`; also return how many workouts with the video the user has logged.

    One statement instead of two.
    """
    values = {"user_id": owner_id, "video_key": video_key, "now": now}
    row = await session.fetch_one(_BUMP_FOR_VIDEO, values)
    return (-1, 0) if row is None else (row["revision"], row["workouts"])


async def find_synced_from(session: Session, owner_id: int) -> int:
    """Return the oldest revision that the change feed can continue from."""
    row = await session.fetch_one(_FIND_SYNCED_FROM, {"user_id": owner_id})
    return 0 if row is None else row["synced_from"]


async def raise_synced_from(session: Session, owner_id: int, revision: int) -> None:
    """Let no client continue from an older revision."""
    await session.execute(_RAISE_SYNCED_FROM, {"user_id": owner_id, "oldest": revision})


async def raise_revision(session: Session, owner_id: int, least: int) -> int | None:
    """Raise the library's revision to `least`; no client can continue from an older one.

    Return the new revision; None when it was not lower.
    """
    row = await session.fetch_one(_RAISE_REVISION, {"user_id": owner_id, "least": least})
    return None if row is None else row["revision"]


async def set_tokens_not_before(session: Session, owner_id: int, not_before_s: int) -> None:
    """Refuse tokens issued up to that moment (epoch seconds)."""
    values = {"user_id": owner_id, "not_before_s": not_before_s}
    await session.execute(_SET_TOKENS_NOT_BEFORE, values)


async def store_profile(session: Session, owner_id: int, profile: Profile, now: datetime) -> None:
    """Store e-mail, name and whether Clerk has banned the user, unless newer ones are stored."""
    values = {
        "user_id": owner_id,
        "new_email": profile.email,
        "new_name": profile.name,
        "is_banned": profile.banned,
        "updated_ms": profile.updated_at_ms,
        "now": now,
    }
    await session.execute(_STORE_PROFILE, values)


async def delete_one(session: Session, owner_id: int, clerk_id: str) -> bool:
    """Delete the user and, by cascade, every row they own; False when there is none."""
    values = {"user_id": owner_id, "clerk_id": clerk_id}
    return await session.run_long(_DELETE, values) is not None
