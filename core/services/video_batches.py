"""One change to many of a person's videos at once: all of it or nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from core import text
from core.clock import utc_now
from core.database import Row, Session
from core.errors import InvalidInput
from core.queries import tags, users, videos
from core.schemas import VideoBatch
from core.services.tags import rewrite
from core.services.users import lock
from core.services.videos import trashed_after

_Rows = Mapping[int, Row]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The ids as they were asked for; one that was as asked already is in neither list."""

    changed: list[int]
    missing: list[int]
    revision: int


async def change(session: Session, owner_id: int, batch: VideoBatch) -> Outcome:
    """Tag, untag, delete or restore; the number of statements does not grow with the ids.

    Raises: InvalidInput: too many tags together on one of the videos.
    """
    revision, now = await lock(session, owner_id), utc_now()
    ids = dict.fromkeys(batch.ids)
    rows = await videos.find_many(session, owner_id, ids, trashed_after(now))
    found = {row["id"]: row for row in rows if not row["expired"]}
    if batch.tags:
        found = {id_: row for id_, row in found.items() if not row["trashed"]}
        retag = _tag if batch.action == "tag" else _untag
        changed = await retag(session, owner_id, found, text.tags_by_key(batch.tags), now)
    else:
        changed = await _move(session, owner_id, found, now, to_trash=batch.action == "delete")
    if changed:
        revision = await users.bump_revision(session, owner_id, now)
    return Outcome(
        [id_ for id_ in ids if id_ in changed], [id_ for id_ in ids if id_ not in found], revision
    )


async def _tag(
    session: Session, owner_id: int, found: _Rows, names: dict[str, str], now: datetime
) -> set[int]:
    before = {id_: text.read_joined(row["tags"]) for id_, row in found.items()}
    untagged = {id_: mine for id_, mine in before.items() if not names.keys() <= mine.keys()}
    full = [id_ for id_, mine in untagged.items() if len(mine | names) > text.MAX_TAGS]
    if full:
        raise InvalidInput(
            "#/tags", f"Video {full[0]} would have more than {text.MAX_TAGS} tags; leave it out."
        )
    if untagged:
        spelled = await tags.adopt(session, owner_id, names)
        changed = [(found[id_], mine | spelled) for id_, mine in untagged.items()]
        await rewrite(session, owner_id, changed, now)
        await tags.link(session, owner_id, untagged, names)
    return set(untagged)


async def _untag(
    session: Session, owner_id: int, found: _Rows, names: dict[str, str], now: datetime
) -> set[int]:
    before = {id_: text.read_joined(row["tags"]) for id_, row in found.items()}
    tagged = {id_: mine for id_, mine in before.items() if names.keys() & mine.keys()}
    changed = [
        (found[id_], {key: name for key, name in mine.items() if key not in names})
        for id_, mine in tagged.items()
    ]
    if changed:
        await rewrite(session, owner_id, changed, now)
        await tags.unlink(session, owner_id, tagged, names)
    return set(tagged)


async def _move(
    session: Session, owner_id: int, found: _Rows, now: datetime, *, to_trash: bool
) -> set[int]:
    moved = {id_ for id_, row in found.items() if row["trashed"] != to_trash}
    if moved:
        when = now if to_trash else None
        await videos.set_deleted(session, owner_id, moved, when, now)
    return moved
