"""One change to many videos of a user, in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from core import text
from core.codes import FaultCode
from core.database.session import Session
from core.errors import InvalidInput
from core.queries import notes, tags, users, videos
from core.queries.videos import Stamp, VideoRow
from core.schemas.videos import VideoBatch
from core.services.tags import rewrite
from core.services.users import lock
from core.services.videos import trashed_after
from core.time_ids import utc_now

_Rows = Mapping[int, VideoRow]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The requested ids, in order; one that needed no change is in neither list."""

    changed: list[int]
    missing: list[int]
    revision: int


async def change(session: Session, owner_id: int, batch: VideoBatch) -> Outcome:
    """Tag, untag, delete or restore; the number of statements does not grow with the ids.

    Raises: InvalidInput: too many tags together on one of the videos.
    """
    revision = await lock(session, owner_id)
    stamp = Stamp(utc_now(), revision + 1)
    ids = dict.fromkeys(batch.ids)
    rows = await videos.find_many(session, owner_id, ids, trashed_after(stamp.now))
    found = {row.id: row for row in rows if not row.expired}
    if batch.tags:
        found = {id_: row for id_, row in found.items() if not row.trashed}
        retag = _tag if batch.action == "tag" else _untag
        changed = await retag(session, owner_id, found, text.tags_by_key(batch.tags), stamp)
    else:
        changed = await _move(session, owner_id, found, stamp, to_trash=batch.action == "delete")
    if changed:
        revision = await users.bump_revision(session, owner_id, stamp.now)
    return Outcome(
        [id_ for id_ in ids if id_ in changed], [id_ for id_ in ids if id_ not in found], revision
    )


async def _tag(
    session: Session, owner_id: int, found: _Rows, names: dict[str, str], stamp: Stamp
) -> set[int]:
    before = {id_: text.read_joined(row.tags) for id_, row in found.items()}
    untagged = {id_: mine for id_, mine in before.items() if not names.keys() <= mine.keys()}
    full = [id_ for id_, mine in untagged.items() if len(mine | names) > text.MAX_TAGS]
    if full:
        raise InvalidInput(
            "#/tags",
            FaultCode.TOO_MANY_TAGS_ON_ONE,
            f"Video {full[0]} would have more than {text.MAX_TAGS} tags; leave it out.",
        )
    if untagged:
        spelled = await tags.get_or_create_tags(session, owner_id, names)
        part = [(id_, found[id_].tags) for id_ in untagged]
        await rewrite(session, owner_id, part, lambda mine: mine | spelled, stamp)
        await tags.link_all(session, owner_id, untagged, names)
    return set(untagged)


async def _untag(
    session: Session, owner_id: int, found: _Rows, names: dict[str, str], stamp: Stamp
) -> set[int]:
    before = {id_: text.read_joined(row.tags) for id_, row in found.items()}
    tagged = {id_: mine for id_, mine in before.items() if names.keys() & mine.keys()}
    if tagged:
        part = [(id_, found[id_].tags) for id_ in tagged]
        await rewrite(session, owner_id, part, partial(_without, names), stamp)
        await tags.unlink_all(session, owner_id, tagged, names)
    return set(tagged)


def _without(names: dict[str, str], mine: dict[str, str]) -> dict[str, str]:
    return {key: name for key, name in mine.items() if key not in names}


async def _move(
    session: Session, owner_id: int, found: _Rows, stamp: Stamp, *, to_trash: bool
) -> set[int]:
    moved = {id_ for id_, row in found.items() if row.trashed != to_trash}
    if moved:
        when = stamp.now if to_trash else None
        await videos.set_deleted(session, owner_id, moved, when, stamp)
        if not to_trash:
            await notes.bring_back(session, owner_id, moved, stamp)
    return moved
