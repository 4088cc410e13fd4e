"""The videos of v0.2.0, which belonged to nobody: keep them for a person, or drop them.

Both tell in sentences what became of the videos.
"""

from datetime import UTC, datetime

from pydantic import ValidationError

from core.database import Row, Session
from core.errors import InvalidInput
from core.queries import legacy as queries
from core.schemas import VideoCreate
from core.services import users, videos


async def keep(session: Session, clerk_id: str) -> list[str]:
    """Save every video for that person, oldest first, so that duplicates keep the first date."""
    owner_id = await users.ensure(session, clerk_id)
    saved = merged = 0
    unreadable: dict[int, str] = {}
    for row in await queries.list_undecided(session):
        try:
            stored = await videos.save(session, owner_id, _read(row), _saved_at(row))
        except (InvalidInput, ValueError) as error:
            unreadable[row["id"]] = _reason(error)
        else:
            saved += stored.created
            merged += not stored.created
    await queries.set_aside(session, unreadable)
    await queries.drop(session)
    summary = (
        f"Kept {saved} videos of v0.2.0 for {clerk_id}; merged {merged} duplicates into them; "
        f"set {len(unreadable)} unreadable ones aside."
    )
    return [*(f"Unreadable: {id_}: {reason}" for id_, reason in unreadable.items()), summary]


async def drop(session: Session) -> list[str]:
    """Delete every video."""
    dropped = len(await queries.list_undecided(session))
    await queries.drop(session)
    return [f"Deleted {dropped} videos of v0.2.0."]


def _read(row: Row) -> VideoCreate:
    return VideoCreate(url=row["url"], title=row["title"] or None, tags=[row["tags"] or ""])


def _saved_at(row: Row) -> datetime:
    """Read v0.2.0's naive time, which was UTC."""
    return datetime.fromisoformat(str(row["created_at"])).replace(tzinfo=UTC)


def _reason(error: InvalidInput | ValueError) -> str:
    if isinstance(error, ValidationError):
        faults = [f"{fault['loc'][0]}: {fault['msg']}" for fault in error.errors()]
        return "; ".join(faults).replace("Value error, ", "")
    return str(error)
