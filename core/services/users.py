"""Users: from a verified identity to the row that owns their videos."""

import hashlib
from collections import OrderedDict
from collections.abc import Container
from datetime import datetime
from typing import Any, NamedTuple

from core.auth.schemas import Identity, Profile
from core.database.session import Database, Reader, Session
from core.errors import AccountClosed, PreconditionFailed
from core.queries import accounts
from core.queries import users as queries
from core.queries.users import UserRow
from core.time_ids import time_ordered_id, utc_now

CLOCK_LEEWAY_S = 5
"""How far Clerk's clock and ours may differ."""

KNOWN_LIMIT = 20_000
"""How many users' ids a process caches; about 5 MB."""

KnownIds = OrderedDict[str, int]
"""The last known id of each Clerk id. The row has to confirm it, so a stale entry does no harm."""

CLOSED = "This account was closed. Sign in again to begin with an empty library."


class User(NamedTuple):
    """The signed-in user. `revision` counts every change of their library."""

    id: int
    clerk_id: str
    revision: int
    wants_profile: bool


async def identify(database: Database, identity: Identity, known: KnownIds) -> User:
    """Find the user's row, or create it on their first request.

    Raises: AccountClosed
    """
    clerk_id = identity.clerk_id
    owner_id = known.get(clerk_id)
    row = None if owner_id is None else await queries.find(database, owner_id, clerk_id)
    row = row or await _look_up(database, clerk_id) or await _create(database, identity)
    if row.id != owner_id:
        _remember(known, clerk_id, row.id)
    if row.banned or identity.issued_at_s <= (row.tokens_not_before or 0):
        raise AccountClosed(CLOSED)
    return User(row.id, clerk_id, row.revision, row.profile_at is None)


def _remember(known: KnownIds, clerk_id: str, owner_id: int) -> None:
    known[clerk_id] = owner_id
    if len(known) > KNOWN_LIMIT:
        known.popitem(last=False)


async def _look_up(reader: Reader, clerk_id: str) -> UserRow | None:
    """Find the row through its account, in two statements: the tables may be on two machines."""
    account = await accounts.find(reader, hash_clerk_id(clerk_id))
    if account is None or account.user_id is None:
        return None
    return await queries.find(reader, account.user_id, clerk_id)


async def ensure(session: Session, clerk_id: str) -> int:
    """Return the id of the user's row, created if missing, for a command that has no token.

    Raises: AccountClosed: banned before their first request
    """
    row = await _look_up(session, clerk_id)
    if row is None:
        now_s = int(utc_now().timestamp())
        await accounts.bound_erasure(session, hash_clerk_id(clerk_id), now_s)
        after_any_erasure_s = now_s + CLOCK_LEEWAY_S + 1
        row = await _insert(session, Identity(clerk_id, after_any_erasure_s))
    return row.id


async def find_id(reader: Reader, clerk_id: str) -> int | None:
    """Return the id of the user's row, None when there is none."""
    row = await _look_up(reader, clerk_id)
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

    Otherwise the tokens that Clerk issues until then would be refused.
    """
    now_s = int(utc_now().timestamp())
    account = await accounts.find(database, clerk_id_hash)
    if account is not None and account.erased_at_s > now_s:
        async with database.write(None) as session:
            await accounts.bound_erasure(session, clerk_id_hash, now_s)


async def _insert(session: Session, identity: Identity) -> UserRow:
    """Insert the row unless another request has inserted it.

    Raises: AccountClosed; the transaction has to roll back
    """
    # The lock comes first: an erasure, a ban or another first request makes this one wait.
    now = utc_now()
    new_id = time_ordered_id(now)
    account = await accounts.lock(session, hash_clerk_id(identity.clerk_id), new_id)
    refused_up_to_s = account.erased_at_s + CLOCK_LEEWAY_S
    is_older = account.erased_at_s != 0 and identity.issued_at_s <= refused_up_to_s
    if account.banned_ms is not None or is_older:
        raise AccountClosed(CLOSED)
    row = await _insert_row(session, identity, account.user_id or new_id, now)
    if not account.erased_at_s:
        return row
    await queries.set_tokens_not_before(session, row.id, refused_up_to_s)
    # Another device may keep the erased library: its sync token must not fit the new one. The old
    # library had fewer changes than milliseconds.
    revision = await queries.raise_revision(session, row.id, account.erased_at_s * 1000)
    return row if revision is None else row._replace(revision=revision)


async def _insert_row(
    session: Session, identity: Identity, owner_id: int, now: datetime
) -> UserRow:
    """Insert the row of the account's user, unless it is there."""
    clerk_id = identity.clerk_id
    while True:
        await queries.insert_if_missing(session, _new_row(owner_id, identity, now))
        if row := await queries.find(session, owner_id, clerk_id):
            return row
        owner_id = time_ordered_id(now)  # another user's row has that id
        await accounts.set_user(session, hash_clerk_id(clerk_id), owner_id)


def _new_row(owner_id: int, identity: Identity, now: datetime) -> dict[str, Any]:
    return {
        "id": owner_id,
        "clerk_id": identity.clerk_id,
        "email": identity.email,
        "name": identity.name,
        "revision": 0,
        "synced_from": 0,
        "banned": False,
        "tokens_not_before": None,
        "profile_updated_ms": None,
        # A token that has the profile saves a request for it.
        "profile_at": now if identity.email else None,
        "created_at": now,
        "updated_at": now,
    }


async def lock(session: Session, owner_id: int) -> int:
    """Lock the user's rows for writing until the transaction ends; return the revision.

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

    If Clerk delivers a ban after its end to a user without a row, the ban counts until the next
    event about this user.
    """
    row = await _look_up(session, clerk_id)
    if row is not None:
        await store_profile(session, row.id, profile)
    else:
        await _apply_early(session, clerk_id, profile)


async def _apply_early(session: Session, clerk_id: str, profile: Profile) -> None:
    """Store the profile or the ban with the Clerk id locked: a first request may be running."""
    clerk_id_hash = hash_clerk_id(clerk_id)
    await accounts.lock(session, clerk_id_hash)
    row = await _look_up(session, clerk_id)
    if row is not None:
        await store_profile(session, row.id, profile)
    elif profile.banned:
        await accounts.record_ban(session, clerk_id_hash, profile.updated_at_ms)
    elif profile.banned is not None:
        await accounts.lift_ban(session, clerk_id_hash, profile.updated_at_ms)
    await accounts.delete_if_empty(session, clerk_id_hash)


async def erase(session: Session, clerk_id: str) -> int | None:
    """Erase every row of the user and store a tombstone; return the user's id, if any.

    Tokens issued up to now are refused from now on.
    """
    clerk_id_hash = hash_clerk_id(clerk_id)
    owner_id = (await accounts.lock(session, clerk_id_hash)).user_id
    if owner_id is not None and not await queries.delete_one(session, owner_id, clerk_id):
        owner_id = None
    await accounts.record_erasure(session, clerk_id_hash, int(utc_now().timestamp()))
    return owner_id


async def erase_own(session: Session, owner_id: int, clerk_id: str) -> None:
    """Erase the user on their own request.

    Raises: AccountClosed: they were erased in the meantime, and may have a new row.
    """
    account = await accounts.lock(session, hash_clerk_id(clerk_id))
    if account.user_id != owner_id:
        raise AccountClosed(CLOSED)
    await erase(session, clerk_id)


def hash_clerk_id(clerk_id: str) -> str:
    """Return the hash that an account stores: after an erasure the Clerk id itself is unknown."""
    return hashlib.sha256(clerk_id.encode()).hexdigest()
