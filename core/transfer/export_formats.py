"""The formats of exports. Rows are written one by one: no whole library is in memory."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any, Literal

from core.choices import ExportFormat
from core.transfer.csv_files import COLUMNS, WORKOUT_COLUMNS, guarded
from core.transfer.markdown import write_notes
from core.youtube.links import canonical_url

Row = Mapping[str, Any]
"""The fields of a Video with `deleted_at` and its `notes`, of a Workout without `video_id`, or of a
Search; moments as RFC 3339 text. A Video may have `title_is_provisional` too."""


@dataclass(frozen=True, slots=True)
class Part:
    """How one kind of rows is written: the text before, between and after them."""

    rows: Literal["videos", "workouts", "searches"]
    head: str
    write: Callable[[Row], str]
    """Returns nothing for a row that is left out."""
    between: str = ""
    foot: str = ""


@dataclass(frozen=True, slots=True)
class Writer:
    """How a document is written, part by part, and the name of its file."""

    media_type: str
    parts: tuple[Part, ...]
    name: str = "core-{day}.{format}"
    with_trash: bool = True


def _as_json(row: Row) -> str:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"))


def _as_cells(cells: list[str]) -> str:
    line = io.StringIO()
    # Every cell in quotes: a separator of another country's spreadsheet can't begin a new one.
    csv.writer(line, quoting=csv.QUOTE_ALL).writerow(map(guarded, cells))
    return line.getvalue()


def _as_row(video: Row) -> str:
    return _as_cells(["" if video[name] is None else str(video[name]) for name in COLUMNS])


def _as_workout_row(workout: Row) -> str:
    values = {**workout, "url": canonical_url(workout["video_key"])}
    return _as_cells(
        ["" if values[name] is None else str(values[name]) for name in WORKOUT_COLUMNS]
    )


def _as_bookmark(video: Row) -> str:
    return (
        f'<DT><A HREF="{escape(video["url"])}" ADD_DATE="{_seconds(video["created_at"])}"'
        f' LAST_MODIFIED="{_seconds(video["updated_at"])}" TAGS="{escape(video["tags"])}">'
        f"{escape(video['title'] or video['url'])}</A>\n"
    )


def _seconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp())


_BOOKMARKS_HEAD = """<!DOCTYPE NETSCAPE-Bookmark-file-1>
<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=UTF-8">
<TITLE>Bookmarks</TITLE>
<H1>Bookmarks</H1>
<DL><p>
"""
# It tells Excel that the file is UTF-8.
_MARK = "\ufeff"

WRITERS: dict[ExportFormat, Writer] = {
    "json": Writer(
        "application/json",
        (
            Part("videos", '{"videos":[\n', _as_json, ",\n", "\n],"),
            Part("workouts", '"workouts":[\n', _as_json, ",\n", "\n],"),
            Part("searches", '"searches":[\n', _as_json, ",\n", "\n]}\n"),
        ),
    ),
    "csv": Writer(
        "text/csv; charset=utf-8", (Part("videos", _MARK + _as_cells([*COLUMNS]), _as_row),)
    ),
    # Bookmarks have no trash.
    "html": Writer(
        "text/html; charset=utf-8",
        (Part("videos", _BOOKMARKS_HEAD, _as_bookmark, foot="</DL><p>\n"),),
        with_trash=False,
    ),
    "notes": Writer(
        "text/markdown; charset=utf-8",
        (Part("videos", "# Notes\n", write_notes),),
        name="core-notes-{day}.md",
        with_trash=False,
    ),
    "workouts": Writer(
        "text/csv; charset=utf-8",
        (Part("workouts", _MARK + _as_cells([*WORKOUT_COLUMNS]), _as_workout_row),),
        name="core-workouts-{day}.csv",
    ),
}
