"""Conditional requests (RFC 9110, section 13) by the revision of a user's library.

The revision counts every change of a user's data, so one ETag is valid for all their reads. A 304
reads only the row of the user. If-Match fails when another device changed anything in the meantime.
"""

import re
from collections.abc import Container
from http import HTTPStatus

from fastapi import Request, Response

from core import __version__
from core.api.http.requests import read_header
from core.services.stored import Stored

PRIVATE = {"Cache-Control": "private, no-cache", "Vary": "Authorization, Accept-Encoding"}
_PRIVATE_RAW = [(name.lower().encode(), value.encode()) for name, value in PRIVATE.items()]
_TAG = re.compile(r'(W/)?"([^"]*)"')
_REVISION = re.compile(r"([0-9]{1,18})(?:-(?:gzip|br|zstd))?")
_CODINGS = {"", "-gzip", "-br", "-zstd"}
"""The suffixes that Core and Caddy add to the ETag of an answer when they compress it."""


def etag(owner_id: int, revision: int, variant: str = "") -> str:
    """Build the ETag of a state; it has the version, since a new version changes responses too."""
    return f'"{__version__}-{owner_id}-{revision}{variant}"'


def as_compressed(tag: bytes) -> bytes:
    """Return the ETag of the compressed answer: other bytes need another strong ETag.

    Source: RFC 9110, section 8.8.3.3
    """
    return tag[:-1] + b'-gzip"'


def is_unchanged(request: Request, tag: str) -> bool:
    """Tell whether `If-None-Match` names this state, in any coding, by weak comparison."""
    given = read_header(request, b"if-none-match")
    if given is None:
        return False
    state = tag[1:-1]
    return given.strip() == "*" or any(
        known.startswith(state) and known[len(state) :] in _CODINGS
        for _, known in _TAG.findall(given)
    )


def revisions_to_match(request: Request, owner_id: int) -> Container[int] | None:
    """Return the revisions at which `If-Match` allows a change; None: at any.

    Another user's ETag, a weak ETag and an invalid one match no revision.
    """
    given = read_header(request, b"if-match")
    if given is None or given.strip() == "*":
        return None
    own = f"{__version__}-{owner_id}-"
    strong = (tag for weak, tag in _TAG.findall(given) if not weak)
    states = (_REVISION.fullmatch(tag.removeprefix(own)) for tag in strong if tag.startswith(own))
    return {int(state[1]) for state in states if state}


class JsonText(Response):
    """JSON text that only a private cache may store.

    The headers are built as raw bytes: Response needs four times as long for them.
    """

    def __init__(self, text: str, tag: str, status: int = 200, location: str = "") -> None:
        self.status_code = status
        self.background = None
        self.body = text.encode()
        self.raw_headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(self.body)),
            (b"etag", tag.encode()),
            *_PRIVATE_RAW,
        ]
        if location:
            self.raw_headers.append((b"location", location.encode()))


def stored_row(owner_id: int, stored: Stored, location: str) -> Response:
    """Answer a row that was written: 201 with its address if it is new, else 200."""
    tag = etag(owner_id, stored.revision)
    if stored.created:
        return JsonText(stored.json, tag, HTTPStatus.CREATED, location)
    return JsonText(stored.json, tag)


def deleted_row(owner_id: int, revision: int) -> Response:
    """Answer 204: the row is gone, and this is the library's new state."""
    return Response(status_code=HTTPStatus.NO_CONTENT, headers={"ETag": etag(owner_id, revision)})


def not_modified(tag: str) -> Response:
    """Answer 304: the client's copy is current. Its headers are raw bytes too."""
    response = Response(status_code=int(HTTPStatus.NOT_MODIFIED))
    response.raw_headers = [(b"etag", tag.encode()), *_PRIVATE_RAW]
    return response
