"""A user's notes: about a whole video, a moment of it, or a segment that can loop."""

from collections.abc import Container
from itertools import count
from typing import Any

from core.codes import FaultCode
from core.database.session import Session
from core.errors import InvalidInput, NotFound
from core.queries import changes, notes, users, videos
from core.queries.changes import Deletion
from core.queries.notes import Address, Note
from core.queries.videos import Stamp
from core.schemas.notes import NoteCreate, NoteUpdate
from core.services.stored import Stored
from core.services.users import lock, require_revision
from core.services.videos import not_found, trashed_after
from core.text import fold
from core.time_ids import time_ordered_id, utc_now

MAX_NOTES = 100
"""Of one video."""


def no_note() -> NotFound:
    """Build the error for a missing note, which is the same for another user's."""
    return NotFound("There is no such note on this video.")


async def add(session: Session, owner_id: int, video_id: int, new: NoteCreate) -> Stored:
    """Add a note; if its id is taken, return the stored note unchanged, since a client may retry.

    Raises: NotFound: no such video; InvalidInput: an empty note, an end before its start, or too
        many notes.
    """
    revision = await lock(session, owner_id)
    await _require_live(session, owner_id, video_id)
    if new.id is not None and (known := await _stored(session, owner_id, new.id, revision)):
        return known
    note = Note(new.at_s, new.end_s, new.text)
    _require_meaning(note)
    if await notes.count_of_video(session, owner_id, video_id) >= MAX_NOTES:
        raise InvalidInput("#", FaultCode.TOO_MANY_NOTES, f"A video has at most {MAX_NOTES} notes.")
    stamp = Stamp(utc_now(), revision + 1)
    row = {"video_id": video_id, "created_at": stamp.now, **_columns(note, stamp)}
    note_id = await _insert(session, owner_id, row, new.id)
    revision = await users.bump_revision(session, owner_id, stamp.now)
    return await _require_stored(session, owner_id, note_id, revision, created=True)


async def _insert(
    session: Session, owner_id: int, row: dict[str, Any], wanted_id: int | None
) -> int:
    for attempt in count():
        drawn = time_ordered_id(row["created_at"], attempt) if wanted_id is None else wanted_id
        if await notes.insert_if_free(session, owner_id, {**row, "id": drawn}):
            return drawn
        if wanted_id is not None:  # a note on a video in the trash has it
            raise not_found()
    raise AssertionError  # the loop has no end


async def update(
    session: Session,
    owner_id: int,
    address: Address,
    change: NoteUpdate,
    only_at: Container[int] | None,
) -> Stored:
    """Change only the given fields.

    Raises: NotFound, PreconditionFailed, InvalidInput: as `add`.
    """
    note, revision = await _find(session, owner_id, address, only_at)
    changed = note._replace(**change.model_dump(exclude_unset=True))
    if changed != note:
        _require_meaning(changed)
        stamp = Stamp(utc_now(), revision + 1)
        await notes.change(session, owner_id, address.note_id, _columns(changed, stamp))
        revision = await users.bump_revision(session, owner_id, stamp.now)
    return await _require_stored(session, owner_id, address.note_id, revision)


async def delete(
    session: Session, owner_id: int, address: Address, only_at: Container[int] | None
) -> int:
    """Delete a note; return the library's new revision.

    Raises: NotFound, PreconditionFailed.
    """
    _, revision = await _find(session, owner_id, address, only_at)
    stamp = Stamp(utc_now(), revision + 1)
    await notes.delete_one(session, owner_id, address.note_id)
    deletion = Deletion(stamp.revision, "notes", address.note_id, stamp.now)
    await changes.record_deletion(session, owner_id, deletion)
    return await users.bump_revision(session, owner_id, stamp.now)


def _columns(note: Note, stamp: Stamp) -> dict[str, Any]:
    folded = {"search_text": fold(note.text)}
    return note._asdict() | folded | {"updated_at": stamp.now, "revision": stamp.revision}


async def _require_live(session: Session, owner_id: int, video_id: int) -> None:
    row = await videos.find(session, owner_id, video_id, trashed_after(utc_now()))
    if row is None or row.trashed:
        raise not_found()


async def _find(
    session: Session, owner_id: int, address: Address, only_at: Container[int] | None
) -> tuple[Note, int]:
    revision = await lock(session, owner_id)
    note = await notes.find(session, owner_id, address)
    if note is None:
        raise no_note()
    require_revision(revision, only_at)
    return note, revision


async def _stored(
    session: Session, owner_id: int, note_id: int, revision: int, *, created: bool = False
) -> Stored | None:
    json = await notes.get_json(session, owner_id, note_id)
    return None if json is None else Stored(note_id, json, revision, created)


async def _require_stored(
    session: Session, owner_id: int, note_id: int, revision: int, *, created: bool = False
) -> Stored:
    stored = await _stored(session, owner_id, note_id, revision, created=created)
    if stored is None:
        raise no_note()
    return stored


def _require_meaning(note: Note) -> None:
    """Raises: InvalidInput: neither text nor time, or a segment that ends before it begins."""
    if note.at_s is None and not note.text:
        raise InvalidInput("#/text", FaultCode.NOTE_IS_EMPTY, "A note needs a text or a time.")
    if note.end_s is not None and (note.at_s is None or note.end_s <= note.at_s):
        raise InvalidInput(
            "#/end_s", FaultCode.SEGMENT_WITHOUT_LENGTH, "A segment ends after its start."
        )
