"""Imports of files on this machine: started, resumed, and processed to their end.

They wait in the same spool, so a running service continues one whose process was killed.
"""

import asyncio
import filecmp
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from core.choices import Format
from core.codes import FileCode
from core.database.session import Database
from core.errors import InvalidInput
from core.queries import imports as queries
from core.services import users
from core.services.imports import jobs
from core.services.imports.jobs import ImportState
from core.transfer import formats
from core.transfer.entries import FileRefused
from core.workers.spool import Spool

_PIECE_BYTES = 1_048_576
_POLL_INTERVAL_S = 0.2


@dataclass(frozen=True, slots=True)
class LocalImport:
    """A user's import, and its file in the spool."""

    owner_id: int
    id: int
    file: str


async def begin(
    database: Database, spool: Spool, clerk_id: str, path: Path, asked: Format | None
) -> LocalImport:
    """Copy the file to the spool, unless it waits there already; create the user if missing.

    Raises: InvalidInput, TooManyImports, StorageFull, OSError: the file can't be read
    """
    try:  # before a user is created
        await asyncio.to_thread(formats.detect, path, asked)
    except FileRefused as error:
        raise InvalidInput("#", *error.reason) from error
    async with database.write(None) as session:
        owner_id = await users.ensure(session, clerk_id)
    return await _find_waiting(database, owner_id, spool, path) or await _copy_to_spool(
        database, owner_id, spool, path, asked
    )


async def _find_waiting(
    database: Database, owner_id: int, spool: Spool, path: Path
) -> LocalImport | None:
    """Find an unfinished import of the same bytes."""
    for file in [file for owner, file in spool.waiting() if owner == owner_id]:
        try:
            is_same = await asyncio.to_thread(filecmp.cmp, path, spool.folder / file, shallow=False)
        except FileNotFoundError:  # it has just been processed
            continue
        async with database.read(owner_id) as session:
            row = await queries.find_unfinished(session, owner_id, file) if is_same else None
        if row:
            return LocalImport(owner_id, row.id, file)
    return None


async def _copy_to_spool(
    database: Database, owner_id: int, spool: Spool, path: Path, asked: Format | None
) -> LocalImport:
    with path.open("rb") as file:
        async with (
            jobs.receive(spool, owner_id, _pieces(file), path.name, asked) as upload,
            database.write(owner_id) as session,
        ):
            import_id = await jobs.begin(session, owner_id, upload)
    return LocalImport(owner_id, import_id, upload.spooled.name)


async def _pieces(file: BinaryIO) -> AsyncIterator[bytes]:
    """Raises: InvalidInput, since an OSError would mean that the spool has no room."""
    try:
        while piece := await asyncio.to_thread(file.read, _PIECE_BYTES):
            yield piece
    except OSError as error:
        raise InvalidInput(
            "#", FileCode.UNREADABLE_FILE, "The file can't be read to its end."
        ) from error


async def process(
    database: Database,
    spool: Spool,
    local: LocalImport,
    stopping: asyncio.Event,
    most_videos: int,
) -> AsyncIterator[ImportState]:
    """Yield the progress at intervals, and finally the result, or the state when stopped.

    Raises: NotFound: the user was erased in the meantime.
    """
    work = asyncio.create_task(_process_file(database, spool, local, stopping, most_videos))
    while not work.done():
        await asyncio.wait([work], timeout=_POLL_INTERVAL_S)
        async with database.read(local.owner_id) as session:
            yield await jobs.find(session, local.owner_id, local.id, spool)
    await work
    async with database.read(local.owner_id) as session:
        yield await jobs.find(session, local.owner_id, local.id, spool)


async def _process_file(
    database: Database,
    spool: Spool,
    local: LocalImport,
    stopping: asyncio.Event,
    most_videos: int,
) -> None:
    """Process the file, unless another process does, until it is removed."""
    while spool.has(local.file) and not stopping.is_set():
        with spool.lock(local.file) as spooled:
            if spooled:
                work = jobs.process(database, local.owner_id, spooled, stopping, most_videos)
                async with aclosing(work) as turns:
                    async for _ in turns:
                        pass
        if not spooled:  # another process works on it
            await asyncio.sleep(_POLL_INTERVAL_S)
