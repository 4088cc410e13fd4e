"""The formats of exports. Each video by itself, so that a library is never in memory whole."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any, Literal

from core.transfer.tables import COLUMNS, guarded

ExportFormat = Literal["json", "csv", "html"]
Video = Mapping[str, Any]
"""The fields of a Video and `deleted_at`; moments as RFC 3339 text."""


@dataclass(frozen=True, slots=True)
class Writer:
    """How a document begins, what stands between videos, how each is written, how it ends."""

    media_type: str
    head: str
    between: str
    write: Callable[[Video], str]
    foot: str
    with_trash: bool = True


def _as_json(video: Video) -> str:
    return json.dumps(video, ensure_ascii=False, separators=(",", ":"))


def _as_cells(cells: list[str]) -> str:
    line = io.StringIO()
    # Every cell in quotes: a separator of another country's spreadsheet can't begin a new one.
    csv.writer(line, quoting=csv.QUOTE_ALL).writerow(map(guarded, cells))
    return line.getvalue()


def _as_row(video: Video) -> str:
    return _as_cells(["" if video[name] is None else str(video[name]) for name in COLUMNS])


def _as_bookmark(video: Video) -> str:
    return (
        f'<DT><A HREF="{escape(video["url"])}" ADD_DATE="{_seconds(video["created_at"])}"'
        f' LAST_MODIFIED="{_seconds(video["updated_at"])}" TAGS="{escape(video["tags"])}">'
        f"{escape(video['title'] or video['url'])}</A>\n"
    )


def _seconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp())


_HTML = "text/html; charset=utf-8"
_BOOKMARKS_HEAD = """<!DOCTYPE NETSCAPE-Bookmark-file-1>
<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=UTF-8">
<TITLE>Bookmarks</TITLE>
<H1>Bookmarks</H1>
<DL><p>
"""

WRITERS: dict[ExportFormat, Writer] = {
    "json": Writer("application/json", '{"videos":[\n', ",\n", _as_json, "\n]}\n"),
    # The mark tells Excel that it is UTF-8.
    "csv": Writer("text/csv; charset=utf-8", "\ufeff" + _as_cells([*COLUMNS]), "", _as_row, ""),
    # Bookmarks have no trash.
    "html": Writer(
        "text/html; charset=utf-8",
        _BOOKMARKS_HEAD,
        "",
        _as_bookmark,
        "</DL><p>\n",
        with_trash=False,
    ),
}
