"""Users: from a verified identity to the row that owns their videos."""

import hashlib
from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.auth.schemas import Identity, Profile
from core.database.session import Database, Reader, Session
from core.errors import AccountClosed, PreconditionFailed
from core.queries import users as queries
from core.queries.users import UserRow
from core.time_ids import time_ordered_id, utc_now

CLOCK_LEEWAY_S = 5
"""How far Clerk's clock and ours may differ."""

CLOSED = "This account was closed. Sign in again to begin with an empty library."


@dataclass(frozen=True, slots=True)
class User:
    """The signed-in user. `revision` counts every change of their library."""

    id: int
    clerk_id: str
    revision: int
    wants_profile: bool


async def identify(database: Database, identity: Identity) -> User:
    """Find the person's row, or make it on their first request.

    Raises: AccountClosed
    """
    row = await queries.find(database, identity.clerk_id)
    if row is None:
        row = await _create(database, identity)
    if row.banned or identity.issued_at_s <= (row.tokens_not_before or 0):
        raise AccountClosed(CLOSED)
    return User(row.id, identity.clerk_id, row.revision, row.profile_at is None)


async def ensure(session: Session, clerk_id: str) -> int:
    """Return the id of the person's row, made now if need be, for a command that has no token.

    Raises: AccountClosed: banned before their first request
    """
    row = await queries.find(session, clerk_id)
    if row is None:
        now_s = int(utc_now().timestamp())
        await queries.bound_erasure(session, hash_clerk_id(clerk_id), now_s)
        after_any_erasure_s = now_s + CLOCK_LEEWAY_S + 1
        row = await _insert(session, Identity(clerk_id, after_any_erasure_s))
    return row.id


async def find_id(reader: Reader, clerk_id: str) -> int | None:
    """Return the id of the person's row, None when there is none."""
    row = await queries.find(reader, clerk_id)
    return None if row is None else row.id


async def _create(database: Database, identity: Identity) -> UserRow:
    """Insert the row in a short transaction of its own."""
    try:
        async with database.write(None) as session:
            return await _insert(session, identity)
    except AccountClosed:
        await _bound_erasure(database, hash_clerk_id(identity.clerk_id))
        raise


async def _bound_erasure(database: Database, clerk_id_hash: str) -> None:
    """Move an erasure in the future to now: the clock was ahead when it was stored.

    Else the tokens that Clerk issues until then would be refused.
    """
    now_s = int(utc_now().timestamp())
    tombstone = await queries.find_erasure(database, clerk_id_hash)
    if tombstone is not None and tombstone.erased_at_s > now_s:
        async with database.write(None) as session:
            await queries.bound_erasure(session, clerk_id_hash, now_s)


async def _insert(session: Session, identity: Identity) -> UserRow:
    """Insert the row unless another request has inserted it."""
    await queries.lock_clerk_id(session, identity.clerk_id)
    now = utc_now()
    row = None
    while row is None:  # another person's row may have drawn the same id
        await queries.insert_if_missing(session, _new_row(identity, now))
        row = await queries.find(session, identity.clerk_id)
    # Looked up after the turn and the insert: an erasure or a ban under way that has found no row
    # makes the turn wait, an erasure that has deleted the row makes the insert wait.
    tombstone = await queries.find_erasure(session, hash_clerk_id(identity.clerk_id))
    if tombstone is None:
        return row
    refused_up_to_s = tombstone.erased_at_s + CLOCK_LEEWAY_S
    if tombstone.banned_ms is not None or identity.issued_at_s <= refused_up_to_s:
        raise AccountClosed(CLOSED)  # which rolls the insert back
    await queries.set_tokens_not_before(session, row.id, refused_up_to_s)
    # Another device may keep the erased library: its sync token must not fit the new one. The old
    # library had fewer changes than milliseconds.
    revision = await queries.raise_revision(session, row.id, tombstone.erased_at_s * 1000)
    return row if revision is None else row._replace(revision=revision)


def _new_row(identity: Identity, now: datetime) -> dict[str, Any]:
    return {
        "id": time_ordered_id(now),
        "clerk_id": identity.clerk_id,
        "email": identity.email,
        "name": identity.name,
        "revision": 0,
        "synced_from": 0,
        "banned": False,
        "tokens_not_before": None,
        "profile_updated_ms": None,
        # A token that brings the profile along saves asking for it.
        "profile_at": now if identity.email else None,
        "created_at": now,
        "updated_at": now,
    }


async def lock(session: Session, owner_id: int) -> int:
    """Make the person's other writers wait until this transaction ends; return the revision.

    Raises: AccountClosed: erased since the request began.
    """
    revision = await queries.lock_row(session, owner_id)
    if revision is None:
        raise AccountClosed(CLOSED)
    return revision


def require_revision(revision: int, only_at: Container[int] | None) -> None:
    """Raises: PreconditionFailed: the library is not at any of these revisions; None is any."""
    if only_at is not None and revision not in only_at:
        raise PreconditionFailed(
            "Your library was changed by another device in the meantime. Load it again first."
        )


async def store_profile(session: Session, owner_id: int, profile: Profile) -> None:
    """Store the profile from Clerk's Backend API."""
    await queries.store_profile(session, owner_id, profile, utc_now())


async def apply_update(session: Session, clerk_id: str, profile: Profile) -> None:
    """Store the profile of a webhook; of a user without a row only whether they are banned.

    A ban that is delivered after its own end, before the first request, counts until Clerk tells
    of the user again.
    """
    row = await queries.find(session, clerk_id)
    if row is None:  # not yet, perhaps: their first request may be under way
        await queries.lock_clerk_id(session, clerk_id)
        row = await queries.find(session, clerk_id)
    if row is not None:
        await store_profile(session, row.id, profile)
    elif profile.banned:
        await queries.record_ban(session, hash_clerk_id(clerk_id), profile.updated_at_ms)
    elif profile.banned is not None:
        await queries.lift_ban(session, hash_clerk_id(clerk_id), profile.updated_at_ms)


async def erase(session: Session, clerk_id: str) -> int | None:
    """Erase every row of the person and leave a tombstone; return the id that they had, if any.

    Tokens issued up to now are refused from now on.
    """
    person_id = await queries.delete_by_clerk_id(session, clerk_id)
    if person_id is None:  # not yet, perhaps: their first request may be under way
        await queries.lock_clerk_id(session, clerk_id)
        person_id = await queries.delete_by_clerk_id(session, clerk_id)
    now_s = int(utc_now().timestamp())
    await queries.record_erasure(session, hash_clerk_id(clerk_id), now_s)
    return person_id


async def leave(session: Session, owner_id: int, clerk_id: str) -> None:
    """Erase the user on their own request.

    Raises: AccountClosed: they were erased in the meantime, and may have a new row.
    """
    await lock(session, owner_id)
    await erase(session, clerk_id)


def hash_clerk_id(clerk_id: str) -> str:
    """Return what a tombstone keeps instead of the Clerk id itself."""
    return hashlib.sha256(clerk_id.encode()).hexdigest()
