"""Conditional requests (RFC 9110, section 13) by the revision of a person's library.

The revision counts every change of anything that the person has, so one ETag speaks for
all that they read: a 304 needs no row but the person's own, and If-Match fails when
another device changed anything at all in between.
"""

import re
from collections.abc import Container

from fastapi import Request, Response

from core import __version__
from core.api.requests import read_header

PRIVATE = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}
_PRIVATE_RAW = [(name.lower().encode(), value.encode()) for name, value in PRIVATE.items()]
_TAG = re.compile(r'(W/)?"([^"]*)"')


def etag(owner_id: int, revision: int, variant: str = "") -> str:
    """Name a state of the library; the version is in it since answers change with it too."""
    return f'"{__version__}-{owner_id}-{revision}{variant}"'


def is_unchanged(request: Request, tag: str) -> bool:
    """Tell whether `If-None-Match` names this state, by weak comparison."""
    given = read_header(request, b"if-none-match")
    if given is None:
        return False
    return given.strip() == "*" or tag[1:-1] in (known for _, known in _TAG.findall(given))


def revisions_to_match(request: Request, owner_id: int) -> Container[int] | None:
    """Read from `If-Match` at which revisions a change may happen; None means at any.

    Somebody else's tag, a weak one and rubbish match no revision.
    """
    given = read_header(request, b"if-match")
    if given is None or given.strip() == "*":
        return None
    own = f"{__version__}-{owner_id}-"
    strong = (tag for weak, tag in _TAG.findall(given) if not weak)
    revisions = (tag.removeprefix(own) for tag in strong if tag.startswith(own))
    return {int(revision) for revision in revisions if re.fullmatch(r"[0-9]{1,18}", revision)}


class JsonText(Response):
    """JSON text that only its owner's own cache may keep.

    The headers are written as they go out; Response would take four times as long for them.
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


def not_modified(tag: str) -> Response:
    """Answer that the caller has it already."""
    return Response(status_code=304, headers={"ETag": tag, **PRIVATE})
