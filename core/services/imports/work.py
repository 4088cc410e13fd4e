"""The work on one import, in short parts: between two parts other imports have their turn."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

from core import text
from core.codes import FileCode, Reason
from core.database.session import Database, Session
from core.queries import imports as queries
from core.queries import users
from core.queries.imports import ImportRow
from core.queries.json_sql import as_datetime
from core.queries.videos import Stamp
from core.services.imports.batches import save_many
from core.services.imports.library_room import LibraryRoom
from core.services.imports.searches import (
    SEARCHES_ARE_FULL,
    NormalizedSearch,
    add_searches,
    normalize_search,
)
from core.services.imports.training import LOG_IS_FULL, log_workouts
from core.services.users import lock
from core.services.videos import trashed_after
from core.time_ids import utc_now
from core.transfer import formats
from core.transfer.entries import Entry, FileRefused
from core.transfer.normalization import EntryRefused, NormalizedEntry, Timestamps, normalize, shown
from core.transfer.workout_rows import NormalizedWorkout, normalize_workout

BATCH = 200
"""Entries: other saves of the user wait a few milliseconds for a batch."""
MAX_ENTRIES = 500_000
"""In one import: 64 MiB could hold several million, which is no real library."""
MAX_REPORTS = 1_000
"""The most failed rows, and the most changed rows, that an import reports."""
TURN_S = 0.1
"""How long an import reads before another has its turn."""

NOTHING = "There is nothing to import in this file, or it is of another format."

_LONGEST_NAME = 200

_Report = dict[str, Any]
_Result = TypeVar("_Result")


class Work:
    """The work of one process on one import; each part of it is short."""

    def __init__(
        self,
        database: Database,
        row: ImportRow,
        path: Path,
        stopping: asyncio.Event,
        most_videos: int,
    ) -> None:
        self._database = database
        self._owner_id = row.user_id
        self._row = row
        self._stopping = stopping
        self._room = LibraryRoom(self._owner_id, most_videos)
        self._read = partial(formats.read, path, row.format, row.name, stopping.is_set, self._skip)
        self._skipped: dict[str, Reason] = {}
        self._began_at = as_datetime(row.created_at)
        self._position = row.imported + row.merged + row.failed
        self._reported = Counter(failed=row.failed, changed=row.changed)
        self._kinds: Counter[Reason] = Counter()

    async def run(self) -> AsyncGenerator[bool]:
        """Count, check and store.

        Raises: FileRefused, formats.Stopped, MovedOn, AccountClosed
        """
        async with aclosing(self._prepare()) as turns:
            async for _ in turns:
                yield False
        entries, stored = self._read(), 0
        while stored < self._position:
            batch = await self._next_batch(entries, stored, self._position - stored)
            if batch is None:
                break
            self._kinds.update(batch.count_kinds())
            stored += batch.entries
            yield False
        while batch := await self._next_batch(entries, self._position):
            async with self._database.write(self._owner_id) as session:
                counts = await self._store(session, batch)
            self._reported.update(counts)
            self._kinds.update(batch.count_kinds())
            self._position += batch.entries
            yield True

    def summary(self) -> list[_Report]:
        """Return a report of each kind of change, most frequent first, and of each skipped file.

        Their `position` sorts them before the reports of rows. The `line` of a kind is minus the
        number of its rows. A process that continues an import counts the earlier rows again,
        except tags beyond the limit of a video that was stored already.
        """
        kinds = [(-count, "", kind) for kind, count in self._kinds.most_common()]
        files = [(0, name, reason) for name, reason in self._skipped.items()]
        reports = [*kinds, *files]
        return [
            {
                "position": at - len(reports),
                "failed": False,
                "line": line,
                "text": text_,
                "reason": _sentence([reason]),
                "codes": str(reason.code),
            }
            for at, (line, text_, reason) in enumerate(reports)
        ]

    def _skip(self, name: str, reason: Reason) -> None:
        if len(self._skipped) < MAX_REPORTS:
            self._skipped.setdefault(text.clean(name)[-_LONGEST_NAME:], reason)

    async def _prepare(self) -> AsyncGenerator[None]:
        """Check that the file can be read to its end and fits into the library.

        Raises: FileRefused
        """
        total = self._row.total
        if total is None:
            total, entries = 0, self._read()
            while some := await self._count(entries, MAX_ENTRIES):
                total += some
                _check_total(total)
                yield
            _check_total(total)
            async with self._database.write(self._owner_id) as session:
                await queries.set_total(session, self._owner_id, self._row.id, total, utc_now())
        async with self._database.read(self._owner_id) as session:
            await self._room.measure(session)
        if self._position == 0 and not self._room.fits(total):
            entries, read = self._read(), 0
            while batch := await self._next_batch(entries, read):
                read += batch.entries
                keys = {video.link.video_key for video in batch.normalized.values()}
                async with self._database.read(self._owner_id) as session:
                    await self._room.add_up(session, keys, total)
                yield

    async def _store(self, session: Session, batch: "_Batch") -> dict[str, int]:
        """Store a batch and the progress of the import in one transaction; return the counts.

        Raises: MovedOn, AccountClosed; FileRefused: the library is full.
        """
        owner_id, import_id, reported = self._owner_id, self._row.id, self._reported
        stamp = Stamp(batch.now, await lock(session, owner_id) + 1)
        videos = [*batch.normalized.values()]
        saved = await save_many(session, owner_id, videos, batch.trashed_after, stamp)
        logged = await log_workouts(session, owner_id, batch.log, self._began_at, stamp)
        batch.refuse(batch.log, logged.left_out, LOG_IS_FULL)
        kept = await add_searches(session, owner_id, batch.searches, stamp)
        batch.refuse(batch.searches, kept.left_out, SEARCHES_ARE_FULL)
        await self._room.take(session, saved.new)
        if saved.has_changed or logged.new or kept.new:
            await users.bump_revision(session, owner_id, stamp.now)
        changed = batch.list_changed()
        new = saved.new + logged.new + kept.new
        counts = {
            "imported": new,
            "merged": len(batch.rows) - new,
            "failed": len(batch.refused),
            "changed": len(changed),
        }
        position, now = batch.position, batch.now
        if not await queries.advance(session, owner_id, import_id, position, counts, now=now):
            raise MovedOn
        reports = [
            *_within_limit(batch.refused, reported["failed"]),
            *_within_limit(changed, reported["changed"]),
        ]
        await queries.add_reports(session, owner_id, import_id, reports)
        return counts

    async def _count(self, entries: Iterator[Entry], most: int) -> int:
        """Read some entries; 0 at the end of the file.

        Raises: formats.Stopped
        """
        return await self._in_thread(lambda: sum(1 for _ in _some(entries, most)))

    async def _next_batch(
        self, entries: Iterator[Entry], position: int, most: int = BATCH
    ) -> "_Batch | None":
        """Read a batch of the entries after a position; None at the end of the file.

        Raises: formats.Stopped
        """
        read = partial(_next_batch, entries, position, self._began_at, min(most, BATCH))
        batch = await self._in_thread(read)
        return batch if batch.entries else None

    async def _in_thread(self, function: Callable[[], _Result]) -> _Result:
        if self._stopping.is_set():
            raise formats.Stopped
        return await asyncio.to_thread(function)


def _check_total(total: int) -> None:
    if not total:
        raise FileRefused(FileCode.NOTHING_TO_IMPORT, NOTHING)
    if total > MAX_ENTRIES:
        raise FileRefused(
            FileCode.TOO_MANY_ROWS,
            f"This file has more than {MAX_ENTRIES:,} rows. Cut it into several.",
        )


def _some(entries: Iterator[Entry], most: int) -> Iterator[Entry]:
    """Yield up to `most` entries, at least one, and for a tenth of a second at most."""
    ends_at = monotonic() + TURN_S
    for entry in islice(entries, most):
        yield entry
        if monotonic() > ends_at:
            return


class MovedOn(Exception):
    """Another process works on the same import, and has stored this batch already."""


@dataclass(frozen=True, slots=True)
class _Batch:
    """Some entries after `position`: those to save, by position, and reports of the others."""

    position: int
    now: datetime
    trashed_after: datetime
    normalized: dict[int, NormalizedEntry]
    log: dict[int, NormalizedWorkout]
    searches: dict[int, NormalizedSearch]
    refused: list[_Report]

    @property
    def entries(self) -> int:
        return len(self.rows) + len(self.refused)

    @property
    def rows(self) -> dict[int, NormalizedEntry | NormalizedWorkout | NormalizedSearch]:
        """The rows that can be stored, by position."""
        return {**self.normalized, **self.log, **self.searches}

    def refuse(
        self,
        rows: dict[int, NormalizedWorkout] | dict[int, NormalizedSearch],
        positions: Iterable[int],
        reason: Reason,
    ) -> None:
        """Report rows beyond a limit."""
        for at in positions:
            self.refused.append(_report(at, rows.pop(at).entry, [reason], failed=True))

    def count_kinds(self) -> Counter[Reason]:
        """Count the changed rows by kind of change."""
        kinds = (dict.fromkeys(row.changes) for row in self.rows.values())
        return Counter(kind for changes in kinds for kind in changes)

    def list_changed(self) -> list[_Report]:
        """Return a report of each entry that was saved with changes."""
        return [
            _report(at, row.entry, row.changes, failed=False)
            for at, row in self.rows.items()
            if row.changes
        ]


def _next_batch(entries: Iterator[Entry], position: int, began_at: datetime, most: int) -> _Batch:
    """Read and normalize some entries, in a thread.

    Entries without a date get descending dates, so that the list keeps the order of the file.
    """
    now = utc_now()
    batch = _Batch(position, now, trashed_after(now), {}, {}, {}, [])
    for at, entry in enumerate(_some(entries, most), position + 1):
        timestamps = Timestamps(began_at - timedelta(milliseconds=at), now, batch.trashed_after)
        try:
            if entry.workout:
                batch.log[at] = normalize_workout(entry, entry.workout, timestamps)
            elif entry.search:
                batch.searches[at] = normalize_search(entry, entry.search, now)
            else:
                batch.normalized[at] = normalize(entry, timestamps)
        except EntryRefused as refusal:
            batch.refused.append(_report(at, entry, [refusal.reason], failed=True))
    return batch


def _report(at: int, entry: Entry, reasons: list[Reason], *, failed: bool) -> _Report:
    reasons = [*dict.fromkeys(reasons)]
    return {
        "position": at,
        "failed": failed,
        "line": entry.line,
        "text": shown(entry),
        "reason": reasons[0].sentence if failed else _sentence(reasons),
        "codes": ",".join(reason.code for reason in reasons),
    }


def _within_limit(reports: list[_Report], reported: int) -> list[_Report]:
    return reports[: max(0, MAX_REPORTS - reported)]


def _sentence(changes: list[Reason]) -> str:
    sentence = "; ".join(change.sentence.removesuffix(".") for change in changes)
    return sentence[:1].upper() + sentence[1:] + "."
