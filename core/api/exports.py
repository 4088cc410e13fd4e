"""`/exports`: a user's library as a file."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from http import HTTPStatus
from typing import cast

from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from core.api.http.etags import PRIVATE
from core.api.http.requests import read_query
from core.api.http.routes import SIGNED_IN, Route
from core.api.http.state import state_of
from core.auth.middleware import CurrentUser
from core.schemas.imports import ExportQuery
from core.time_ids import utc_now
from core.transfer.export_formats import WRITERS


async def export_library(request: Request, user: CurrentUser) -> Response:
    """Stream the whole library as a file."""
    asked = read_query(ExportQuery, request)
    pieces = state_of(request).exports.write(user.id, asked.format)
    first = await anext(pieces)  # before the response starts, an error can still be its answer
    writer = WRITERS[asked.format]
    name = writer.name.format(day=f"{utc_now():%Y-%m-%d}", format=asked.format)
    return _Export(
        _joined(first, pieces),
        media_type=writer.media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Content-Type-Options": "nosniff",
            **PRIVATE,
        },
    )


class _Export(StreamingResponse):
    """Ends the export when the client disconnects, so that its user can start another."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with aclosing(cast("AsyncGenerator[str]", self.body_iterator)):
            await super().__call__(scope, receive, send)


async def _joined(first: str, rest: AsyncGenerator[str]) -> AsyncGenerator[str]:
    async with aclosing(rest):
        yield first
        async for piece in rest:
            yield piece


ROUTES = (
    Route(
        method="GET",
        path="/exports",
        endpoint=export_library,
        responses={
            HTTPStatus.OK: {
                "description": "The library as a file",
                "content": {writer.media_type.partition(";")[0]: {} for writer in WRITERS.values()},
            }
        },
        problems=SIGNED_IN,
        query=ExportQuery,
    ),
)
