"""`/imports`: send a file, and read the progress of its import."""

from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from core.api.http.etags import PRIVATE
from core.api.http.requests import read_query, refuse_query
from core.api.http.routes import FINDS_ROW, HAS_BODY, SIGNED_IN, Route
from core.api.http.state import state_of
from core.api.http.uploads import SentFile
from core.auth.middleware import CurrentUser
from core.queries.imports import ReportRow
from core.queries.json_sql import as_rfc3339
from core.schemas.fields import VideoId
from core.schemas.imports import Import, ImportQuery
from core.services.imports import jobs
from core.services.imports.jobs import LOST, ImportState

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


async def start_import(request: Request, user: CurrentUser) -> Response:
    """Store a file; the service imports it in the background."""
    asked = read_query(ImportQuery, request)
    spool, database = state_of(request).spool, state_of(request).database
    sent = SentFile(request)
    async with (  # checks the user's limit on uploads before it reads the body
        jobs.receive(spool, user.id, sent.read(), "", asked.format) as upload,
        database.write(user.id) as session,
    ):
        import_id = await jobs.begin(session, user.id, upload.named(sent.name))
        found = await jobs.find(session, user.id, import_id, spool)
    state_of(request).importer.wake()
    headers = {"Location": f"/imports/{import_id}", **PRIVATE}
    return JSONResponse(_as_answered(found), HTTPStatus.ACCEPTED, headers)


async def get_import(request: Request, user: CurrentUser, import_id: VideoId) -> Response:
    """Return the progress of an import, and the rows that it skipped or changed."""
    refuse_query(request)
    database = state_of(request).database
    async with database.read(user.id) as session:
        found = await jobs.find(session, user.id, import_id, state_of(request).spool)
    if found.is_lost:  # unless it ended after the row was read
        async with database.read(user.id) as session:
            found = await jobs.find(session, user.id, import_id, state_of(request).spool)
    return JSONResponse(_as_answered(found), headers=PRIVATE)


def _as_answered(found: ImportState) -> dict[str, Any]:
    row = found.row
    return {
        "id": row.id,
        "name": row.name,
        "format": row.format,
        "state": "failed" if found.is_lost else row.state,
        "error": LOST.sentence if found.is_lost else row.error,
        "error_code": LOST.code if found.is_lost else row.error_code,
        "total": row.total,
        "imported": row.imported,
        "merged": row.merged,
        "failed_count": row.failed,
        "changed_count": row.changed,
        "failed": _reports(found, failed=True),
        "changed": _reports(found, failed=False),
        "created_at": as_rfc3339(row.created_at),
        "updated_at": as_rfc3339(row.updated_at),
    }


def _reports(found: ImportState, *, failed: bool) -> list[dict[str, Any]]:
    return [_report(report) for report in found.reports if bool(report.failed) == failed]


def _report(report: ReportRow) -> dict[str, Any]:
    # The report of a kind has minus the number of its rows as its line.
    count = {"count": -report.line} if report.line < 0 else {}
    return {
        "line": max(report.line, 0),
        "text": report.text,
        "reason": report.reason,
        "codes": report.codes.split(",") if report.codes else [],
        **count,
    }


ROUTES = (
    Route(
        method="POST",
        path="/imports",
        endpoint=start_import,
        answer=Import,
        status=HTTPStatus.ACCEPTED,
        problems=SIGNED_IN | HAS_BODY | {HTTPStatus.CONFLICT, HTTPStatus.INSUFFICIENT_STORAGE},
        query=ImportQuery,
        openapi=IMPORT_BODY,
    ),
    Route(
        method="GET",
        path="/imports/{import_id}",
        endpoint=get_import,
        answer=Import,
        problems=SIGNED_IN | FINDS_ROW,
    ),
)
