"""The change feed: what a client has to read to bring its copy of the library up to date."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, get_args

from core.choices import Kind
from core.database.session import Database, Session
from core.errors import SyncTokenExpired
from core.queries import changes, users
from core.queries.changes import Position
from core.schemas.fields import MAX_ID

DELETION_TTL = timedelta(days=90)
"""How long a client may be away before it reads its whole library again."""

_PURGE_BATCH = 100
"""Users whose old deletions are found by one statement."""

KINDS: tuple[Kind, ...] = get_args(Kind)


class Progress(NamedTuple):
    """How far a client has read; its cursor carries this from page to page."""

    revision: int
    """The library's revision when the client began."""
    after: tuple[Position | None, ...]
    """For each of KINDS the last row that was read; None: all rows were read."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of changes, by kind; only the first page has `gone`."""

    rows: dict[Kind, str]
    gone: dict[str, str]
    revision: int
    progress: Progress | None


def begin(since: int, revision: int) -> Progress:
    """Begin after a revision that the client has read.

    Raises: SyncTokenExpired: the library never had this revision; it was restored from a backup.
    """
    if since > revision:
        raise _expired()
    return Progress(revision, (Position(since, MAX_ID if since else -1),) * len(KINDS))


async def read(
    session: Session, owner_id: int, since: int, progress: Progress, limit: int, *, is_first: bool
) -> Page:
    """Read the next page of the rows that changed since a revision; since 0: of all rows.

    Up to `limit` rows of each kind. Raises: SyncTokenExpired
    """
    gone = await _read_gone(session, owner_id, since, is_first=is_first) if since else {}
    rows: dict[Kind, str] = {}
    ends: list[Position | None] = []
    for kind, after in zip(KINDS, progress.after, strict=True):
        rows[kind], end = "", None
        if after is not None:
            rows[kind], end = await changes.list_rows(session, owner_id, kind, after, limit)
        ends.append(end)
    further = Progress(progress.revision, tuple(ends)) if any(ends) else None
    return Page(rows, gone, progress.revision, further)


async def _read_gone(
    session: Session, owner_id: int, since: int, *, is_first: bool
) -> dict[str, str]:
    gone: dict[str, str] = {}
    if is_first:
        gone, count = await changes.list_gone(session, owner_id, since)
        if count > changes.MAX_GONE:
            raise _expired()
    # Checked last: the purge may remove deletions between the two statements.
    if since < await users.find_synced_from(session, owner_id):
        raise _expired()
    return gone


def _expired() -> SyncTokenExpired:
    return SyncTokenExpired("This copy of the library is too old. Read the whole library again.")


async def forget_old_deletions(database: Database, now: datetime) -> None:
    """Remove the deletions of all users that are older than 90 days."""
    before = now - DELETION_TTL
    while True:
        async with database.maintain() as session:
            old = await changes.find_old(session, before, _PURGE_BATCH)
        for row in old:
            async with database.write(row.user_id) as session:
                await users.lock_row(session, row.user_id)
                revision = await changes.forget_old(session, row.user_id, before)
                await users.raise_synced_from(session, row.user_id, revision)
        if len(old) < _PURGE_BATCH:
            return
