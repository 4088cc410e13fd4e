"""`/imports`: files in, and how far they have come."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from core.api.conditional import PRIVATE
from core.api.requests import read_query, refuse_query
from core.auth.middleware import CurrentUser
from core.database import Database
from core.errors import InvalidInput, StorageFull
from core.queries.answers import as_rfc3339
from core.schemas import VideoId
from core.services import imports
from core.services.imports import LOST, NO_ROOM, ImportState
from core.spool import Spool
from core.transfer_schemas import ImportQuery

IMPORT_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            },
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}

ONE_FILE = "Send one file, as a field of the form or as the whole body."

_PIECE_BYTES = 65_536


async def start_import(request: Request, user: CurrentUser) -> Response:
    """Take a file in; what is in it is imported in the background."""
    asked = read_query(ImportQuery, request)
    spool: Spool = request.app.state.spool
    database: Database = request.app.state.database
    async with (
        _sent_file(request) as (name, pieces),
        imports.receive(spool, user.id, pieces, name, asked.format) as upload,
        database.write(user.id) as session,
    ):
        import_id = await imports.begin(session, user.id, upload)
        found = await imports.find(session, user.id, import_id, spool)
    request.app.state.importer.wake()
    headers = {"Location": f"/imports/{import_id}", **PRIVATE}
    return JSONResponse(_as_answered(found), 202, headers)


@asynccontextmanager
async def _sent_file(request: Request) -> AsyncIterator[tuple[str, AsyncIterator[bytes]]]:
    """Hand out the name and the bytes of the one file, sent as a form or as the whole body."""
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        yield "", request.stream()
        return
    form = await _read_form(request)
    try:
        file = next((value for value in form.values() if isinstance(value, UploadFile)), None)
        if file is None:
            raise InvalidInput("#", ONE_FILE)
        yield file.filename or "", _pieces(file)
    finally:
        await form.close()


async def _read_form(request: Request) -> FormData:
    """Raises: InvalidInput: it is no form with one file; StorageFull, RequestTooLarge."""
    try:
        return await request.form(max_files=1, max_fields=0)
    except (HTTPException, UnicodeError) as error:  # `charset=undefined` decodes nothing
        raise InvalidInput("#", ONE_FILE) from error
    except OSError as error:  # a large file of a form goes through the temporary files
        raise StorageFull(NO_ROOM) from error


async def _pieces(file: UploadFile) -> AsyncIterator[bytes]:
    while piece := await file.read(_PIECE_BYTES):
        yield piece


async def get_import(request: Request, user: CurrentUser, import_id: VideoId) -> Response:
    """Tell how far an import has come, and which rows it could not take as they were."""
    refuse_query(request)
    database: Database = request.app.state.database
    async with database.read(user.id) as session:
        found = await imports.find(session, user.id, import_id, request.app.state.spool)
    if found.is_lost:  # or it has ended since the row was read
        async with database.read(user.id) as session:
            found = await imports.find(session, user.id, import_id, request.app.state.spool)
    return JSONResponse(_as_answered(found), headers=PRIVATE)


def _as_answered(found: ImportState) -> dict[str, Any]:
    row = found.row
    return {
        "id": row["id"],
        "name": row["name"],
        "format": row["format"],
        "state": "failed" if found.is_lost else row["state"],
        "error": LOST if found.is_lost else row["error"],
        "total": row["total"],
        "imported": row["imported"],
        "merged": row["merged"],
        "failed_count": row["failed"],
        "changed_count": row["changed"],
        "failed": _reports(found, failed=True),
        "changed": _reports(found, failed=False),
        "created_at": as_rfc3339(row["created_at"]),
        "updated_at": as_rfc3339(row["updated_at"]),
    }


def _reports(found: ImportState, *, failed: bool) -> list[dict[str, Any]]:
    return [
        {"line": report["line"], "text": report["text"], "reason": report["reason"]}
        for report in found.reports
        if bool(report["failed"]) == failed
    ]
