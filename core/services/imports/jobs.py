"""Imports: a file waits in the spool, is processed in batches, and its rows are reported.

A batch and the progress of the import are stored in one transaction. After a kill the import
continues where it was, and no entry is lost or counted twice.
"""

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from typing import Any

from core import text
from core.choices import Format
from core.codes import FileCode, Reason
from core.database.session import Database, Session
from core.errors import (
    AccountClosed,
    CoreError,
    InvalidInput,
    NotFound,
    StorageFull,
    TooManyImports,
)
from core.queries import imports as queries
from core.queries.imports import ImportRow, ReportRow
from core.queries.json_sql import as_datetime
from core.services.imports.work import MovedOn, Work
from core.services.users import CLOSED, lock
from core.time_ids import time_ordered_id, utc_now
from core.transfer import formats
from core.transfer.entries import FileRefused
from core.workers.spool import MAX_OF_ONE_OWNER, Attempt, Spool, Spooled, SpoolFull

MAX_TRIES = 5
"""How often an import may fail by an internal error without a stored batch in between."""
MAX_CRASHES = 2
"""How many processes may crash while they import a file, without a stored batch in between."""
KEPT_IMPORTS = 10
LOST_AFTER = timedelta(days=1)
"""After this time without progress the import counts as lost if its file is on another machine.
If that machine comes back later, it still imports the file."""

_LONGEST_NAME = 200
NO_ROOM = "There is no room for the file right now. Try again later."
LOST = Reason(
    FileCode.LOST,
    "The service has lost this file. Send it again; what is imported already stays.",
)
EMPTY = "The file is empty, or none was sent. Choose one that has links in it."
CRASHED = Reason(
    FileCode.CRASHED,
    "The service was ended twice while it read this file, so it does not try again. "
    "What is imported already stays.",
)
BROKEN = Reason(
    FileCode.BROKEN,
    "This file could not be imported to its end. What is imported already stays.",
)


@dataclass(frozen=True, slots=True)
class Upload:
    """A complete file of a known format."""

    spooled: Spooled
    name: str
    format: Format

    def named(self, name: str) -> "Upload":
        """Return a copy with the file's name on the user's device."""
        return replace(self, name=text.clean(name)[:_LONGEST_NAME])


@dataclass(frozen=True, slots=True)
class ImportState:
    """An import for an answer: its row, and the reports of its rows."""

    row: ImportRow
    reports: list[ReportRow]
    is_lost: bool = False


# ----------------------------------------------------------------------- receiving files


@asynccontextmanager
async def receive(
    spool: Spool, owner_id: int, pieces: AsyncIterator[bytes], name: str, asked: Format | None
) -> AsyncIterator[Upload]:
    """Write a file to the spool and detect its format; an error in the block removes it.

    Raises: TooManyImports, StorageFull, AccountClosed; InvalidInput: nothing to import in it.
    """
    try:
        with spool.create(owner_id) as spooled:
            await _fill(spooled, pieces)
            kind = await asyncio.to_thread(formats.detect, spooled.path, asked)
            yield Upload(spooled, "", kind).named(name)
    except SpoolFull:
        raise TooManyImports(
            f"{MAX_OF_ONE_OWNER} of your imports are in progress. Wait until one has ended."
        ) from None
    except FileRefused as error:
        raise InvalidInput("#", *error.reason) from error
    except FileNotFoundError:  # only the erasure of its owner removes a file
        raise AccountClosed(CLOSED) from None
    except OSError as error:
        raise StorageFull(NO_ROOM) from error


async def _fill(spooled: Spooled, pieces: AsyncIterator[bytes]) -> None:
    """Raises: InvalidInput: the file is empty."""
    async for piece in pieces:
        spooled.write(piece)
    if not spooled.handle.tell():
        raise InvalidInput("#", FileCode.EMPTY, EMPTY)
    spooled.handle.flush()
    await asyncio.to_thread(os.fsync, spooled.handle.fileno())


async def begin(session: Session, owner_id: int, upload: Upload) -> int:
    """Insert a waiting import, delete the oldest imports, and return the new one's id."""
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
        "error_code": None,
        "created_at": now,
        "updated_at": now,
    }
    for attempt in count():
        row["id"] = time_ordered_id(now, attempt)
        if await queries.insert_if_free(session, owner_id, row):
            break
    for older in await queries.find_older(session, owner_id, KEPT_IMPORTS):
        if older.state in {"done", "failed"}:
            await queries.forget(session, owner_id, older.id)
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
    return ImportState(row, reports, is_lost=_is_lost(row, spool))


def _is_lost(row: ImportRow, spool: Spool) -> bool:
    if row.state not in {"waiting", "running"} or spool.has(row.file):
        return False
    return spool.belongs_here(row.file) or utc_now() - as_datetime(row.updated_at) > LOST_AFTER


# ------------------------------------------------------------------ processing


async def process(
    database: Database,
    owner_id: int,
    spooled: Spooled,
    stopping: asyncio.Event,
    most_videos: int,
) -> AsyncGenerator[bool]:
    """Import the rest of a file and remove it, unless stopped.

    Yields after each part of the work, True when that stored a batch. If the generator is closed,
    the import continues when the file is processed again.
    Raises: DatabaseUnavailable: it waits for another try.
    """
    row = await _mark_started(database, owner_id, spooled)
    if row is None:
        return
    with spooled.attempt() as attempt:
        error = _reason_to_end(row, attempt)
        work = Work(database, row, spooled.path, stopping, most_videos)
        try:
            if error is None:
                async with aclosing(_watched(database, row, work, attempt)) as turns:
                    async for has_stored in turns:
                        yield has_stored
        except FileRefused as refusal:
            error = refusal.reason
        except (MovedOn, formats.Stopped):
            return
        except AccountClosed:
            spooled.remove()
            return
        async with database.write(owner_id) as session:
            await queries.add_reports(session, owner_id, row.id, work.summary())
            await queries.finish(session, owner_id, row.id, error, utc_now())
        spooled.remove()


def _reason_to_end(row: ImportRow, attempt: Attempt) -> Reason | None:
    if attempt.crashes >= MAX_CRASHES:
        return CRASHED
    return BROKEN if row.tries >= MAX_TRIES else None


async def _watched(
    database: Database, row: ImportRow, work: Work, attempt: Attempt
) -> AsyncGenerator[bool]:
    """Yield as the work does, and record progress and failed tries."""
    try:
        async with aclosing(work.run()) as turns:
            async for has_stored in turns:
                if has_stored:
                    attempt.progress()
                yield has_stored
    except (CoreError, FileRefused, MovedOn, formats.Stopped):  # expected, so no failed try
        raise
    except Exception:
        async with database.write(row.user_id) as session:
            await queries.count_try(session, row.user_id, row.id)
        raise


async def _mark_started(database: Database, owner_id: int, spooled: Spooled) -> ImportRow | None:
    """Return the import's row; None when it has none, or has ended."""
    async with database.write(owner_id) as session:
        row = await queries.find_unfinished(session, owner_id, spooled.name)
        if row:
            await queries.mark_started(session, owner_id, row.id, utc_now())
    if row is None and spooled.is_abandoned():  # else its upload may be about to write the row
        spooled.remove()
    return row
