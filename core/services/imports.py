"""Imports: what comes in waits in the spool, is worked off in batches, and is told.

All of a batch is stored or none of it, together with how far the import has come: killed
anywhere, it goes on where it was, and no entry is lost or counted twice.
"""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count, islice
from pathlib import Path
from typing import Any

from core import text
from core.clock import time_ordered_id, utc_now
from core.database import Database, Row, Session
from core.errors import AccountClosed, InvalidInput, NotFound, StorageFull, TooManyImports
from core.queries import imports as queries
from core.services.bulk import save_many
from core.services.users import CLOSED, lock
from core.services.videos import trashed_after
from core.spool import MOST_OF_ONE_OWNER, Spool, Spooled, SpoolFull
from core.transfer import formats
from core.transfer.entries import Entry, FileRefused
from core.transfer.fitting import EntryRefused, Fitted, Moments, fit, shown
from core.transfer.formats import Format

BATCH = 200
"""Entries: what other people's saves wait for is a few milliseconds."""
MOST_ENTRIES = 500_000
"""In one import: 64 MiB could hold several million, which nobody has saved."""
MOST_REPORTS = 1_000
"""How many failed rows of an import are kept, and how many changed ones."""
MOST_TRIES = 20
KEPT_IMPORTS = 10

_LONGEST_NAME = 200
NO_ROOM = "There is no room for the file right now. Try again later."
LOST = "The service has lost this file. Send it again; what is imported already stays."
NOTHING = "There is nothing to import in this file, or it is of another format."
BROKEN = "This file could not be imported to its end. What is imported already stays."

_Report = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that has arrived whole and is of a known format."""

    spooled: Spooled
    name: str
    format: Format


@dataclass(frozen=True, slots=True)
class ImportState:
    """An import as it is answered: its row, and the reports of its rows."""

    row: Row
    reports: list[Row]
    is_lost: bool = False


# ----------------------------------------------------------------------- what comes in


@asynccontextmanager
async def receive(
    spool: Spool, owner_id: int, pieces: AsyncIterator[bytes], name: str, asked: Format | None
) -> AsyncIterator[Upload]:
    """Write a file to the spool and see what it is; leaving by an error removes it.

    Raises: TooManyImports, StorageFull, AccountClosed; InvalidInput: nothing to import in it.
    """
    try:
        with spool.create(owner_id) as spooled:
            await _fill(spooled, pieces)
            kind = await asyncio.to_thread(formats.detect, spooled.path, asked)
            yield Upload(spooled, text.clean(name)[:_LONGEST_NAME], kind)
    except SpoolFull:
        raise TooManyImports(
            f"{MOST_OF_ONE_OWNER} of your imports are under way. Wait until one has ended."
        ) from None
    except FileRefused as error:
        raise InvalidInput("#", str(error)) from error
    except FileNotFoundError:  # only erasing its owner takes a file away
        raise AccountClosed(CLOSED) from None
    except OSError as error:
        raise StorageFull(NO_ROOM) from error


async def _fill(spooled: Spooled, pieces: AsyncIterator[bytes]) -> None:
    async for piece in pieces:
        spooled.handle.write(piece)
    spooled.handle.flush()
    await asyncio.to_thread(os.fsync, spooled.handle.fileno())


async def begin(session: Session, owner_id: int, upload: Upload) -> int:
    """Let the file wait for its turn, forget the oldest imports, and return the new one's id."""
    await lock(session, owner_id)
    now = utc_now()
    values = dict.fromkeys(("imported", "merged", "failed", "changed", "tries"), 0)
    row: dict[str, Any] = {
        **values,
        "file": upload.spooled.name,
        "name": upload.name,
        "format": upload.format,
        "state": "waiting",
        "total": None,
        "error": None,
        "created_at": now,
        "updated_at": now,
    }
    for attempt in count():
        row["id"] = time_ordered_id(now, attempt)
        if await queries.insert_if_free(session, owner_id, row):
            break
    for older in await queries.find_older(session, owner_id, KEPT_IMPORTS):
        if older["state"] in {"done", "failed"}:
            await queries.forget(session, owner_id, older["id"])
    import_id: int = row["id"]
    return import_id


async def find(session: Session, owner_id: int, import_id: int, spool: Spool) -> ImportState:
    """Read an import and its reports.

    Raises: NotFound
    """
    row = await queries.find(session, owner_id, import_id)
    if row is None:
        raise NotFound("There is no such import of yours.")
    reports = await queries.list_reports(session, owner_id, import_id)
    unfinished = row["state"] in {"waiting", "running"}
    return ImportState(row, [*reports], is_lost=unfinished and not spool.has(row["file"]))


# ------------------------------------------------------------------ working it off


async def work_off(
    database: Database, owner_id: int, spooled: Spooled, stopping: asyncio.Event
) -> None:
    """Import what is left of a file and remove it, unless told to stop.

    Raises: DatabaseUnavailable: it waits for another try.
    """
    async with database.write(owner_id) as session:
        row = await queries.find_unfinished(session, owner_id, spooled.name)
        if row:
            await queries.take_up(session, owner_id, row["id"], utc_now())
    if row is None:
        if spooled.is_abandoned():  # else its upload may be about to write the row
            spooled.remove()
        return
    error = BROKEN if row["tries"] >= MOST_TRIES else None
    try:
        if not error and not await _import(database, owner_id, row, spooled.path, stopping):
            return
    except FileRefused as refusal:
        error = str(refusal)
    except (_MovedOn, formats.Stopped):
        return
    except AccountClosed:
        spooled.remove()
        return
    async with database.write(owner_id) as session:
        await queries.finish(session, owner_id, row["id"], error, utc_now())
    spooled.remove()


async def _import(
    database: Database, owner_id: int, row: Row, path: Path, stopping: asyncio.Event
) -> bool:
    """Import batch by batch; False when stopped between two.

    Raises: FileRefused, formats.Stopped, _MovedOn, AccountClosed
    """
    reading = partial(formats.read, path, row["format"], row["name"], stopping.is_set)
    if row["total"] is None:  # which also sees that the file can be read to its end
        total = await _count(reading(), stopping)
        if total is None:
            return False
        async with database.write(owner_id) as session:
            await queries.set_total(session, owner_id, row["id"], total, utc_now())
    position = row["imported"] + row["merged"] + row["failed"]
    told = Counter(failed=row["failed"], changed=row["changed"])
    began_at = _as_moment(row["created_at"])
    entries = islice(reading(), position, None)
    while not stopping.is_set():
        batch = await asyncio.to_thread(_next_batch, entries, position, began_at)
        if not batch.entries:
            return True
        async with database.write(owner_id) as session:
            told.update(await _import_batch(session, owner_id, row["id"], batch, told))
        position += batch.entries
    return False


async def _count(entries: Iterator[Entry], stopping: asyncio.Event) -> int | None:
    """Raises: FileRefused: there are none, or too many."""
    total = 0
    while not stopping.is_set():
        some = await asyncio.to_thread(lambda: sum(1 for _ in islice(entries, BATCH * 10)))
        if not (some or total):
            raise FileRefused(NOTHING)
        if not some:
            return total
        total += some
        if total > MOST_ENTRIES:
            raise FileRefused(
                f"This file has more than {MOST_ENTRIES:,} rows. Cut it into several."
            )
    return None


class _MovedOn(Exception):
    """Another process works on the same import: what this one was about to store is stored."""


@dataclass(frozen=True, slots=True)
class _Batch:
    """Some entries behind `position`: what can be saved, by position, and reports of the rest."""

    position: int
    now: datetime
    trashed_after: datetime
    fitted: dict[int, Fitted]
    refused: list[_Report]

    @property
    def entries(self) -> int:
        return len(self.fitted) + len(self.refused)


def _next_batch(entries: Iterator[Entry], position: int, began_at: datetime) -> _Batch:
    """Read some entries and make them fit, in a thread.

    Those without a date are dated one after the other backwards, so that the list keeps the
    order of the file.
    """
    now = utc_now()
    batch = _Batch(position, now, trashed_after(now), {}, [])
    for at, entry in enumerate(islice(entries, BATCH), position + 1):
        moments = Moments(began_at - timedelta(milliseconds=at), now, batch.trashed_after)
        try:
            batch.fitted[at] = fit(entry, moments)
        except EntryRefused as refusal:
            batch.refused.append(_report(at, entry, str(refusal), failed=True))
    return batch


async def _import_batch(
    session: Session, owner_id: int, import_id: int, batch: _Batch, told: Counter[str]
) -> dict[str, int]:
    """Store a batch and how far the import has come, in one transaction; return what it counts.

    Raises: _MovedOn, AccountClosed
    """
    await lock(session, owner_id)
    videos = [*batch.fitted.values()]
    created = await save_many(session, owner_id, videos, batch.trashed_after, batch.now)
    changed = [
        _report(at, video.entry, _sentence(video.changes), failed=False)
        for at, video in batch.fitted.items()
        if video.changes
    ]
    counts = {
        "imported": created,
        "merged": len(videos) - created,
        "failed": len(batch.refused),
        "changed": len(changed),
    }
    position, now = batch.position, batch.now
    if not await queries.advance(session, owner_id, import_id, position, counts, now=now):
        raise _MovedOn
    reports = _within_limit(batch.refused, told["failed"]) + _within_limit(changed, told["changed"])
    await queries.add_reports(session, owner_id, import_id, reports)
    return counts


def _report(at: int, entry: Entry, reason: str, *, failed: bool) -> _Report:
    return {
        "position": at,
        "failed": failed,
        "line": entry.line,
        "text": shown(entry),
        "reason": reason,
    }


def _within_limit(reports: list[_Report], told: int) -> list[_Report]:
    return reports[: max(0, MOST_REPORTS - told)]


def _sentence(changes: list[str]) -> str:
    return "; ".join(dict.fromkeys(changes)).capitalize() + "."


def _as_moment(stored: datetime | str) -> datetime:
    """Read a moment as either database has it."""
    return datetime.fromisoformat(stored) if isinstance(stored, str) else stored.astimezone(UTC)
