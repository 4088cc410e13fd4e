"""Imports of files that lie on this machine: begun, taken up again, and worked off to their end.

They wait in the same spool, so a service beside goes on with one whose process was killed.
"""

import asyncio
import filecmp
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from core.database import Database
from core.errors import InvalidInput
from core.queries import imports as queries
from core.services import imports, users
from core.services.imports import ImportState
from core.spool import Spool
from core.transfer import formats
from core.transfer.entries import FileRefused
from core.transfer.formats import Format

_PIECE_BYTES = 1_048_576
_LOOK_INTERVAL_S = 0.2


@dataclass(frozen=True, slots=True)
class LocalImport:
    """An import of a person's, and its file in the spool."""

    owner_id: int
    id: int
    file: str


async def begin(
    database: Database, spool: Spool, clerk_id: str, path: Path, asked: Format | None
) -> LocalImport:
    """Copy the file to the spool, unless it waits there already; make the person if need be.

    Raises: InvalidInput, TooManyImports, StorageFull, OSError: the file can't be read
    """
    try:  # before there is a person who never was
        await asyncio.to_thread(formats.detect, path, asked)
    except FileRefused as error:
        raise InvalidInput("#", str(error)) from error
    async with database.write(None) as session:
        owner_id = await users.ensure(session, clerk_id)
    return await _find_waiting(database, owner_id, spool, path) or await _take_in(
        database, owner_id, spool, path, asked
    )


async def _find_waiting(
    database: Database, owner_id: int, spool: Spool, path: Path
) -> LocalImport | None:
    """Find an unfinished import of the same bytes."""
    for file in [file for owner, file in spool.waiting() if owner == owner_id]:
        try:
            is_same = await asyncio.to_thread(filecmp.cmp, path, spool.folder / file, shallow=False)
        except FileNotFoundError:  # it has just been worked off
            continue
        async with database.read(owner_id) as session:
            row = await queries.find_unfinished(session, owner_id, file) if is_same else None
        if row:
            return LocalImport(owner_id, row["id"], file)
    return None


async def _take_in(
    database: Database, owner_id: int, spool: Spool, path: Path, asked: Format | None
) -> LocalImport:
    with path.open("rb") as file:
        async with (
            imports.receive(spool, owner_id, _pieces(file), path.name, asked) as upload,
            database.write(owner_id) as session,
        ):
            import_id = await imports.begin(session, owner_id, upload)
    return LocalImport(owner_id, import_id, upload.spooled.name)


async def _pieces(file: BinaryIO) -> AsyncIterator[bytes]:
    """Raises: InvalidInput: so that it is not taken for a spool without room."""
    try:
        while piece := await asyncio.to_thread(file.read, _PIECE_BYTES):
            yield piece
    except OSError as error:
        raise InvalidInput("#", "The file can't be read to its end.") from error


async def work_off(
    database: Database, spool: Spool, local: LocalImport, stopping: asyncio.Event
) -> AsyncIterator[ImportState]:
    """Yield now and then how far it is, and at last how it ended or was when told to stop.

    Raises: NotFound: the person was erased meanwhile.
    """
    work = asyncio.create_task(_work_off(database, spool, local, stopping))
    while not work.done():
        await asyncio.wait([work], timeout=_LOOK_INTERVAL_S)
        async with database.read(local.owner_id) as session:
            yield await imports.find(session, local.owner_id, local.id, spool)
    await work
    async with database.read(local.owner_id) as session:
        yield await imports.find(session, local.owner_id, local.id, spool)


async def _work_off(
    database: Database, spool: Spool, local: LocalImport, stopping: asyncio.Event
) -> None:
    """Work while nobody else does, until the file is gone."""
    while spool.has(local.file) and not stopping.is_set():
        with spool.lock(local.file) as spooled:
            if spooled:
                await imports.work_off(database, local.owner_id, spooled, stopping)
        if not spooled:  # a service beside works on it
            await asyncio.sleep(_LOOK_INTERVAL_S)
