"""Many videos saved in one transaction, by the rules of `videos.save`: merge, lose nothing.

The number of statements does not grow with the videos, except for tags.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count, islice
from typing import Any, NamedTuple

from core import text
from core.codes import ChangeCode, Reason
from core.database.session import Session
from core.minutes import train_minutes
from core.queries import import_batches, notes, tags, title_jobs
from core.queries.import_batches import StoredVideo
from core.queries.json_sql import as_datetime
from core.queries.videos import Stamp
from core.services.imports.training import add_notes
from core.services.videos import delete_for_good, first_start, is_in_order
from core.time_ids import time_ordered_id
from core.transfer.normalization import NormalizedEntry
from core.youtube import links

_TAGS_PER_STATEMENT = 50
_SIMPLE = ("title", "channel", "start_s", "end_s", "duration_s")
"""Fields that keep their first value."""


@dataclass(slots=True)
class _Draft:
    """A video as it will be stored; `before` is its stored content."""

    video_key: str
    url: str
    created_at: datetime
    id: int | None = None
    title: str | None = None
    title_is_provisional: bool = False
    channel: str | None = None
    start_s: int | None = None
    end_s: int | None = None
    duration_s: int | None = None
    availability: str = "unknown"
    updated_at: datetime | None = None
    deleted_at: datetime | None = None
    wanted_id: int | None = None
    names: dict[str, str] = field(default_factory=dict)
    before: tuple[Any, ...] | None = None
    was_trashed: bool = False

    @classmethod
    def stored(cls, row: StoredVideo) -> "_Draft":
        draft = cls(row.video_key, row.url, as_datetime(row.created_at), id=row.id)
        for name in (*_SIMPLE, "title_is_provisional", "availability", "updated_at", "deleted_at"):
            setattr(draft, name, getattr(row, name))
        draft.names = text.read_joined(row.tags)
        draft.before = draft.content()
        draft.was_trashed = draft.deleted_at is not None
        return draft

    @classmethod
    def new(cls, video: NormalizedEntry) -> "_Draft":
        return cls(
            video.link.video_key,
            video.link.url,
            video.created_at,
            updated_at=video.updated_at,
            deleted_at=video.deleted_at,
            wanted_id=video.wanted_id,
        )

    def content(self) -> tuple[Any, ...]:
        simple = (getattr(self, name) for name in (*_SIMPLE, "title_is_provisional"))
        return (*simple, self.availability, self.deleted_at, [*self.names])

    def is_changed(self) -> bool:
        return self.before is not None and self.before != self.content()

    def is_restored(self) -> bool:
        return self.was_trashed and self.deleted_at is None

    def is_known(self) -> bool:
        """Tell whether YouTube's answer is known."""
        return self.availability != "unknown"

    def merge(self, video: NormalizedEntry) -> None:
        """Add new values and lose nothing; a video that is live in either is live."""
        if video.title and not self._has_own_title(video):
            self.title, self.title_is_provisional = video.title, video.title_is_provisional
        self.channel = self.channel or video.channel
        self.start_s = first_start(self.start_s, video.start_s, self.end_s)
        if self.end_s is None and is_in_order(self.start_s, video.end_s):
            self.end_s = video.end_s
        self.duration_s = self.duration_s or video.duration_s
        if self.availability == "unknown":
            self.availability = video.availability
        if video.deleted_at is None:
            self.deleted_at = None
        added = {key: name for key, name in video.names.items() if key not in self.names}
        together = self.names | added
        self.names = dict(islice(together.items(), text.MAX_TAGS))
        if len(together) > text.MAX_TAGS:
            sentence = f"tags beyond {text.MAX_TAGS} were left out"
            video.changes.append(Reason(ChangeCode.TAGS_LEFT_OUT, sentence))

    def _has_own_title(self, video: NormalizedEntry) -> bool:
        """Tell whether the title stays: the user's own, or a provisional one before another."""
        return bool(self.title) and (not self.title_is_provisional or video.title_is_provisional)

    def row(self, stamp: Stamp) -> dict[str, Any]:
        joined = ",".join(self.names.values())
        return {
            "id": self.id,
            "video_key": self.video_key,
            "url": self.url,
            "title": self.title,
            "title_is_provisional": self.title_is_provisional,
            "channel": self.channel,
            "thumbnail_url": links.thumbnail_url(self.video_key),
            "tags": joined,
            "start_s": self.start_s,
            "end_s": self.end_s,
            "duration_s": self.duration_s,
            "minutes": train_minutes(self.title, self.start_s, self.end_s, self.duration_s),
            "availability": self.availability,
            "created_at": self.created_at,
            "updated_at": stamp.now if self.before else self.updated_at,
            "revision": stamp.revision,
            "deleted_at": self.deleted_at,
            **text.derived_columns(self.title, self.channel, self.url, joined),
        }


class Saved(NamedTuple):
    """How many videos are new, and whether anything changed."""

    new: int
    has_changed: bool


async def save_many(
    session: Session,
    owner_id: int,
    incoming: Sequence[NormalizedEntry],
    trashed_after: datetime,
    stamp: Stamp,
) -> Saved:
    """Save the videos and their notes; the owner is locked already."""
    stored = await _read(session, owner_id, incoming, trashed_after, stamp.now)
    drafts: dict[str, _Draft] = {}
    for video in incoming:
        key = video.link.video_key
        draft = drafts.setdefault(key, stored.get(key) or _Draft.new(video))
        draft.merge(video)
    # In the file's order: a tag keeps the spelling of its first use.
    await _spell(session, owner_id, [*drafts.values()])
    new = [draft for draft in drafts.values() if draft.before is None]
    changed = [draft for draft in drafts.values() if draft.is_changed()]
    if new or changed:
        await _write(session, owner_id, new, changed, stamp)
    ids = {key: draft.id for key, draft in drafts.items() if draft.id is not None}
    has_notes = await add_notes(session, owner_id, incoming, ids, stamp)
    return Saved(len(new), bool(new or changed) or has_notes)


async def _read(
    session: Session,
    owner_id: int,
    incoming: Iterable[NormalizedEntry],
    trashed_after: datetime,
    now: datetime,
) -> dict[str, _Draft]:
    keys = {video.link.video_key for video in incoming}
    rows = await import_batches.find_by_keys(session, owner_id, keys, trashed_after)
    for row in rows:
        if row.expired:
            await delete_for_good(session, owner_id, row.id, trashed_after, now)
    return {row.video_key: _Draft.stored(row) for row in rows if not row.expired}


async def _write(
    session: Session, owner_id: int, new: list[_Draft], changed: list[_Draft], stamp: Stamp
) -> None:
    await _draw_ids(session, owner_id, new)
    await import_batches.insert_many(session, owner_id, [draft.row(stamp) for draft in new])
    await import_batches.update_many(session, owner_id, [draft.row(stamp) for draft in changed])
    links = {draft.id: draft.names for draft in [*new, *changed] if draft.id is not None}
    await import_batches.link_each(session, owner_id, links)
    unknown = [draft.id for draft in new if draft.id is not None and not draft.is_known()]
    restored = [draft.id for draft in changed if draft.id is not None and draft.is_restored()]
    if restored:
        await notes.bring_back(session, owner_id, restored, stamp)
    await title_jobs.put_many(session, owner_id, unknown, stamp.now)


async def _draw_ids(session: Session, owner_id: int, drafts: list[_Draft]) -> None:
    """Give each video an unused id of its date."""
    for attempt in count():
        missing = [draft for draft in drafts if draft.id is None]
        if not missing:
            return
        drawn = {draft.id for draft in drafts if draft.id is not None}
        for draft in missing:
            id_ = None if attempt else draft.wanted_id
            draft.id = time_ordered_id(draft.created_at, attempt) if id_ is None else id_
            if draft.id in drawn:
                draft.id = None
            else:
                drawn.add(draft.id)
        taken = await import_batches.find_taken(session, owner_id, drawn)
        for draft in missing:
            if draft.id in taken:
                draft.id = None


async def _spell(session: Session, owner_id: int, drafts: list[_Draft]) -> None:
    """Give every tag the spelling of its first use."""
    wanted: dict[str, str] = {}
    for draft in drafts:
        for key, name in draft.names.items():
            wanted.setdefault(key, name)
    names = iter(wanted.items())
    spelled: dict[str, str] = {}
    while some := dict(islice(names, _TAGS_PER_STATEMENT)):
        spelled |= await tags.get_or_create_tags(session, owner_id, some)
    for draft in drafts:
        draft.names = {key: spelled[key] for key in draft.names}
