"""Many videos saved at once, by the rules of `videos.save`: merge, lose nothing, stay in step.

The number of statements does not grow with the videos, but for tags.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count, islice
from typing import Any

from core import text, youtube
from core.clock import time_ordered_id
from core.database import Row, Session
from core.queries import bulk, metadata_jobs, tags, users
from core.services.videos import delete_for_good
from core.transfer.fitting import Fitted

_TAGS_AT_ONCE = 50


@dataclass(slots=True)
class _Draft:
    """A video as it will be stored; `before` is what is stored of it now."""

    video_key: str
    url: str
    created_at: datetime
    id: int | None = None
    title: str | None = None
    channel: str | None = None
    start_s: int | None = None
    availability: str = "unknown"
    updated_at: datetime | None = None
    deleted_at: datetime | None = None
    wanted_id: int | None = None
    names: dict[str, str] = field(default_factory=dict)
    before: tuple[Any, ...] | None = None

    @classmethod
    def stored(cls, row: Row) -> "_Draft":
        draft = cls(row["video_key"], row["url"], row["created_at"], id=row["id"])
        for name in ("title", "channel", "start_s", "availability", "updated_at", "deleted_at"):
            setattr(draft, name, row[name])
        draft.names = text.read_joined(row["tags"])
        draft.before = draft.content()
        return draft

    @classmethod
    def new(cls, video: Fitted) -> "_Draft":
        return cls(
            video.link.video_key,
            video.link.url,
            video.created_at,
            updated_at=video.updated_at,
            deleted_at=video.deleted_at,
            wanted_id=video.wanted_id,
        )

    def content(self) -> tuple[Any, ...]:
        return (
            self.title, self.channel, self.start_s, self.availability, self.deleted_at,
            [*self.names],
        )  # fmt: skip

    def is_changed(self) -> bool:
        return self.before is not None and self.before != self.content()

    def is_known(self) -> bool:
        """Tell that YouTube need not be asked any more."""
        return self.availability != "unknown"

    def merge(self, video: Fitted) -> None:
        """Add what is new and lose nothing; what is live in either is live."""
        self.title = self.title or video.title
        self.channel = self.channel or video.channel
        self.start_s = video.start_s if self.start_s is None else self.start_s
        if self.availability == "unknown":
            self.availability = video.availability
        if video.deleted_at is None:
            self.deleted_at = None
        added = {key: name for key, name in video.names.items() if key not in self.names}
        together = self.names | added
        self.names = dict(islice(together.items(), text.MAX_TAGS))
        if len(together) > text.MAX_TAGS:
            video.changes.append(f"tags beyond {text.MAX_TAGS} were left out")

    def row(self, now: datetime) -> dict[str, Any]:
        joined = ",".join(self.names.values())
        return {
            "id": self.id,
            "video_key": self.video_key,
            "url": self.url,
            "title": self.title,
            "channel": self.channel,
            "thumbnail_url": youtube.thumbnail_url(self.video_key),
            "tags": joined,
            "start_s": self.start_s,
            "availability": self.availability,
            "created_at": self.created_at,
            "updated_at": now if self.before else self.updated_at,
            "deleted_at": self.deleted_at,
            "title_key": text.title_key(self.title),
            "search_text": text.search_text(self.title, self.channel, self.url, joined),
        }


async def save_many(
    session: Session,
    owner_id: int,
    incoming: Sequence[Fitted],
    trashed_after: datetime,
    now: datetime,
) -> int:
    """Save the videos, whose owner is locked already; return how many of them are new."""
    stored = await _read(session, owner_id, incoming, trashed_after)
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
        await _write(session, owner_id, new, changed, now)
        await users.bump_revision(session, owner_id, now)
    return len(new)


async def _read(
    session: Session, owner_id: int, incoming: Iterable[Fitted], trashed_after: datetime
) -> dict[str, _Draft]:
    keys = {video.link.video_key for video in incoming}
    rows = await bulk.find_by_keys(session, owner_id, keys, trashed_after)
    for row in rows:
        if row["expired"]:
            await delete_for_good(session, owner_id, row["id"], trashed_after)
    return {row["video_key"]: _Draft.stored(row) for row in rows if not row["expired"]}


async def _write(
    session: Session, owner_id: int, new: list[_Draft], changed: list[_Draft], now: datetime
) -> None:
    await _draw_ids(session, owner_id, new)
    await bulk.insert_many(session, owner_id, [draft.row(now) for draft in new])
    await bulk.update_many(session, owner_id, [draft.row(now) for draft in changed])
    links = {draft.id: draft.names for draft in [*new, *changed] if draft.id is not None}
    await bulk.link_each(session, owner_id, links)
    unknown = [draft.id for draft in new if draft.id is not None and not draft.is_known()]
    await metadata_jobs.put_many(session, owner_id, unknown, now)


async def _draw_ids(session: Session, owner_id: int, drafts: list[_Draft]) -> None:
    """Give each video an id of its date that nothing else of the owner has."""
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
        taken = await bulk.find_taken(session, owner_id, drawn)
        for draft in missing:
            if draft.id in taken:
                draft.id = None


async def _spell(session: Session, owner_id: int, drafts: list[_Draft]) -> None:
    """Let every tag keep the spelling of its first use."""
    wanted: dict[str, str] = {}
    for draft in drafts:
        for key, name in draft.names.items():
            wanted.setdefault(key, name)
    names = iter(wanted.items())
    spelled: dict[str, str] = {}
    while some := dict(islice(names, _TAGS_AT_ONCE)):
        spelled |= await tags.adopt(session, owner_id, some)
    for draft in drafts:
        draft.names = {key: spelled[key] for key in draft.names}
