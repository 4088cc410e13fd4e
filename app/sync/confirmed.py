"""The rows that Core has confirmed, and how a read of the change feed updates them. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self, TypeVar

from app.notes import Note
from app.rows import Rows
from app.searches import Search
from app.state import LibraryState
from app.training import Workout
from app.video import Video

FORMAT = 4
"""The format of a stored read. Increase it for a new field: the app then reads all rows again."""

GONE = ("gone", "gone_notes", "gone_workouts", "gone_searches")

_Row = TypeVar("_Row", Video, Note, Workout, Search)


@dataclass(frozen=True)
class Read:
    """One read of `GET /changes`, all its pages together."""

    since: int
    """The sync token that was sent; 0 for everything."""
    revision: int
    """The next sync token."""
    etag: str
    videos: tuple[Video, ...]
    gone: tuple[int, ...]
    """Ids of deleted videos."""
    format: int = FORMAT
    notes: tuple[Note, ...] = ()
    gone_notes: tuple[int, ...] = ()
    workouts: tuple[Workout, ...] = ()
    gone_workouts: tuple[int, ...] = ()
    searches: tuple[Search, ...] = ()
    gone_searches: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the read as JSON, to store it."""
        numbers = ("since", "revision", "etag", "format")
        rows = {
            name: [row.to_json() for row in getattr(self, name)]
            for name in ("videos", "notes", "workouts", "searches")
        }
        gone = {name: [*getattr(self, name)] for name in GONE}
        return {name: getattr(self, name) for name in numbers} | rows | gone

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """Read what `to_json` returned; a file of an older version may lack fields.

        Raises: LookupError, TypeError, ValueError, AttributeError
        """
        gone = {name: tuple(map(int, stored.get(name, ()))) for name in GONE}
        return cls(
            int(stored.get("since", 0)),
            int(stored.get("revision", 0)),
            str(stored["etag"]),
            tuple(map(Video.from_json, stored["videos"])),
            format=int(stored.get("format", 0)),
            notes=tuple(map(Note.from_json, stored.get("notes", ()))),
            workouts=tuple(map(Workout.from_json, stored.get("workouts", ()))),
            searches=tuple(map(Search.from_json, stored.get("searches", ()))),
            **gone,
        )


@dataclass(frozen=True)
class Confirmed:
    """The confirmed rows by id, the sync token (0: read all rows) and its ETag."""

    videos: dict[int, Video] = field(default_factory=dict)
    revision: int = 0
    etag: str = ""
    is_read: bool = False
    """Whether the app has read all rows once."""
    notes: dict[int, Note] = field(default_factory=dict)
    workouts: dict[int, Workout] = field(default_factory=dict)
    searches: dict[int, Search] = field(default_factory=dict)

    @cached_property
    def library(self) -> LibraryState:
        """The rows, sorted."""
        for video in self.videos.values():
            video.prepare()
        videos, notes, workouts = self.videos.values(), self.notes.values(), self.workouts.values()
        rows = Rows.sort(videos, notes, workouts).with_searches(self.searches.values())
        return LibraryState().with_rows(rows)

    @classmethod
    def from_reads(cls, reads: Iterable[Read]) -> Self:
        """Apply stored reads. Rows of another format are shown until Core sends all rows again."""
        confirmed, formats = cls(), {FORMAT}
        for read in reads:
            confirmed = confirmed.with_read(read)
            formats.add(read.format)
        return confirmed if formats == {FORMAT} else confirmed.outdated()

    def with_read(self, read: Read) -> Self:
        """Apply a read: first remove deleted rows, then insert or replace rows.

        A read that does not continue this library is ignored: another window stored it.
        """
        if read.since == 0:
            return self._apply(type(self)(), read)
        if self.is_read and read.since <= self.revision <= read.revision:
            return self._apply(self, read)
        return self

    @classmethod
    def _apply(cls, old: Self, read: Read) -> Self:
        """Remove the notes of a deleted video too; its workouts stay in the log."""
        gone = frozenset(read.gone)
        notes = {key: one for key, one in old.notes.items() if one.video_id not in gone}
        return cls(
            _merged(old.videos, read.gone, read.videos),
            read.revision,
            read.etag,
            is_read=True,
            notes=_merged(notes, read.gone_notes, read.notes),
            workouts=_merged(old.workouts, read.gone_workouts, read.workouts),
            searches=_merged(old.searches, read.gone_searches, read.searches),
        )

    def outdated(self) -> Self:
        """Return the same rows without a sync token, so that the next read fetches all rows."""
        return replace(self, revision=0, etag="")

    def packed(self) -> Read:
        """Return all rows as one read."""
        return Read(
            0,
            self.revision,
            self.etag,
            tuple(self.videos.values()),
            (),
            notes=tuple(self.notes.values()),
            workouts=tuple(self.workouts.values()),
            searches=tuple(self.searches.values()),
        )


def _merged(old: dict[int, _Row], gone: Iterable[int], new: Iterable[_Row]) -> dict[int, _Row]:
    left = frozenset(gone)
    kept = {number: row for number, row in old.items() if number not in left} if left else old
    return kept | {row.id: row for row in new}
