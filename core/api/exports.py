"""`/exports`: a person's library as a file."""

from collections.abc import AsyncIterator

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from core.api.conditional import PRIVATE
from core.api.requests import read_query
from core.auth.middleware import CurrentUser
from core.clock import utc_now
from core.services import exports
from core.transfer.writing import WRITERS
from core.transfer_schemas import ExportQuery


async def export_library(request: Request, user: CurrentUser) -> Response:
    """Stream the whole library as a file."""
    asked = read_query(ExportQuery, request)
    pieces = exports.write(request.app.state.database, user.id, asked.format)
    first = await anext(pieces)  # while a problem can still be answered
    name = f"core-{utc_now():%Y-%m-%d}.{asked.format}"
    return StreamingResponse(
        _joined(first, pieces),
        media_type=WRITERS[asked.format].media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Content-Type-Options": "nosniff",
            **PRIVATE,
        },
    )


async def _joined(first: str, rest: AsyncIterator[str]) -> AsyncIterator[str]:
    yield first
    async for piece in rest:
        yield piece
