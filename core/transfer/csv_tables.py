"""CSV with a header that names its columns, or with links in some of its cells."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, islice
from typing import IO, Any

from core.codes import Reason
from core.text import MAX_LINK_TEXT_LENGTH
from core.transfer import fields
from core.transfer.bounds import Budget
from core.transfer.csv_files import (
    COLUMNS,
    WORKOUT_COLUMNS,
    delimiter_of,
    read_rows,
    unguarded,
)
from core.transfer.date_order import Entries, read_in_one_order
from core.transfer.decoding import read_lines
from core.transfer.entries import (
    FOLDER_LEFT_OUT,
    NOTE_LEFT_OUT,
    OWN_TAG_LEFT_OUT,
    Entry,
    WorkoutRow,
)
from core.transfer.tag_lists import join_folders, join_tags, without_own_tags
from core.transfer.timestamps import AmbiguousDate, read_timestamp
from core.youtube import links

_LONGEST_OF_OURS = 16_384
"""Characters of a cell in our own export; what is longer is cut later in any case."""
_WIDTH_BEFORE_TIMES = 10
"""Columns of Core's export before it had the end and the duration."""
_MAX_COLUMNS = 10
"""Of one field; all of them are read in each row."""
_MAX_CELLS = 50
"""Cells of a row that are read if there is no header."""
_ROWS_TO_LOOK_AT = 20
_ROWS_ABOVE_HEADER = 4
"""A spreadsheet may have its title there."""
_MAX_CHARACTERS = 65_536
"""Of the rows that determine the layout."""
_FIRST_YEAR = 2005
"""A date of an earlier year is before YouTube, so it is another kind of number."""

_NAMES = {
    "url": fields.URLS,
    "key": fields.KEYS,
    "title": fields.TITLES,
    "tags": fields.TAGS,
    "folder": fields.FOLDERS,
    "playlist": fields.PLAYLISTS,
    "created_at": fields.CREATED,
    "note": fields.NOTES,
}
_SEPARATOR = re.compile(r'"?sep=(.)"?\s*')
"""The first line of a file that Excel may have written, which names the separator."""
_DAY_FIRST = {"mime_type", "creation_date"}
"""The columns that identify wallabag: it writes `04/05/2023 10:11:12`, the day first."""
_READ_APART = {"url", "tags", "folder", "playlist"} | ({*WORKOUT_COLUMNS} - {*COLUMNS})
"""Columns that are no field of an entry."""
_NO_VALUES = {"nan", "null", "none", "undefined", "n/a"}
"""What programs write for an empty cell."""
_FLAGS = {"true", "false", "yes", "no", "0", "1", "null", "none"}

_Columns = dict[str, list[int]]


@dataclass(frozen=True, slots=True)
class _Table:
    """How a file is laid out. `head` is the number of rows above the first entry."""

    delimiter: str
    columns: _Columns | None
    head: int
    is_day_first: bool | None = None

    @property
    def is_ours(self) -> bool:
        return any(
            self.columns == {name: [at] for at, name in enumerate(COLUMNS[:width])}
            for width in (_WIDTH_BEFORE_TIMES, len(COLUMNS))
        )

    @property
    def is_log(self) -> bool:
        """Whether it is a log of workouts, which has a column `day`."""
        return self.columns is not None and {"day", "url"} <= self.columns.keys()


def is_table(lines: Sequence[str]) -> bool:
    """Tell whether it is a table, by its header or by cells that hold only a link."""
    return _find_table(lines) is not None


def columns_of(header: str) -> _Columns:
    """Return the columns of each field that the header names."""
    return _columns(_cells(header, delimiter_of(header)))


def read_table(file: IO[bytes], _: str, budget: Budget) -> Iterator[Entry]:
    """Yield an entry for each row; without a header, for each link of a row.

    The order of day and month in a date with slashes may come from another row of the file.

    Raises: FileRefused
    """
    return read_in_one_order(file, budget, _read)


def _read(file: IO[bytes], budget: Budget) -> Entries:
    lines = read_lines(file)
    try:
        begin = [*_first_lines(lines, budget)]
        table = _find_table(begin) or _Table(",", {}, 1)
        rows = read_rows(chain(begin, lines), budget, table.delimiter)
        read = _reader_of(table)
        for line, cells in islice(rows, table.head, None):
            yield from read(line, cells)
    finally:
        lines.close()


def _first_lines(lines: Iterator[str], budget: Budget) -> Iterator[str]:
    """Yield the lines that determine the layout: up to twenty that are not blank."""
    left, characters = _ROWS_TO_LOOK_AT, 0
    for line in lines:
        if line.strip():
            left -= 1
        else:
            budget.spend()
        characters += len(line)
        yield line
        if not left or characters > _MAX_CHARACTERS:
            return


# ---------------------------------------------------------------------------- the layout


def _cells(line: str, delimiter: str) -> list[str]:
    [(_, cells), *_] = [*read_rows([line], Budget(), delimiter), (0, [])]
    return cells


def _columns(cells: list[str]) -> _Columns:
    names: dict[str, list[int]] = {}
    for at, cell in enumerate(cells):
        names.setdefault(fields.snake(cell), []).append(at)
    known = {name: (name,) for name in (*COLUMNS, *WORKOUT_COLUMNS)} | _NAMES
    found = {
        field: [at for name in spellings for at in names.get(name, ())][:_MAX_COLUMNS]
        for field, spellings in known.items()
    }
    return {field: places for field, places in found.items() if places}


def _find_table(lines: Sequence[str]) -> _Table | None:
    begin = [line[:_MAX_CHARACTERS] for line in lines if line.strip()][:_ROWS_TO_LOOK_AT]
    above = 0
    if begin and (separator := _SEPARATOR.fullmatch(begin[0])):
        begin, above = begin[1:], 1
        delimiters = [separator[1]]
    else:
        delimiters = sorted(",;\t", key=begin[0].count, reverse=True) if begin else []
    for find in (_by_header, _by_links):
        for delimiter in delimiters:
            if table := find(begin, delimiter, above):
                return table
    return None


def _by_header(lines: list[str], delimiter: str, above: int) -> _Table | None:
    """Find the header: the first line, or one below titles, which then names several columns."""
    for at, line in enumerate(lines[:_ROWS_ABOVE_HEADER]):
        cells = _cells(line, delimiter)
        columns = _columns(cells)
        is_header = "url" in columns or "key" in columns
        if is_header and (not at or len(columns) > 1):
            is_day_first = {fields.snake(cell) for cell in cells} >= _DAY_FIRST or None
            return _Table(delimiter, columns, above + at + 1, is_day_first)
        if any(map(_is_link, cells)):
            break
    return None


def _by_links(lines: list[str], delimiter: str, above: int) -> _Table | None:
    """Find the layout of a table without a header, or with one in an unknown language."""
    rows = [cells[:_MAX_CELLS] for _, cells in read_rows(lines, Budget(), delimiter)]
    found = [[cell for cell in cells if _is_link(cell)] for cells in rows]
    has_header = len(rows) > 1 and not found[0]
    if not rows or not _are_enough(found[has_header:], rows[has_header:]):
        return None
    # A file with nothing but links is a list of links.
    has_others = any(
        any(cell.strip() and not _is_link(cell) for cell in cells) for cells in rows[has_header:]
    )
    return _Table(delimiter, None, above + has_header) if has_others else None


def _are_enough(found: list[list[str]], rows: list[list[str]]) -> bool:
    """Tell whether every row has a link; half of them suffice if all rows have equal lengths."""
    with_link = sum(map(bool, found))
    is_even = len({len(cells) for cells in rows}) == 1 and len(rows[0]) > 1
    return with_link == len(rows) or (is_even and with_link * 2 >= len(rows))


def _is_link(cell: str) -> bool:
    """Tell whether the cell holds only a link, or several."""
    words = cell[:MAX_LINK_TEXT_LENGTH].split()
    return bool(words) and all(
        word.lower().startswith(("http://", "https://")) or links.holds_video(word)
        for word in words
    )


# --------------------------------------------------------------------------------- rows


def _reader_of(table: _Table) -> Callable[[int, list[str]], Iterable[Entry]]:
    """Return the function that reads a row of this table."""
    columns = table.columns
    if columns is None:
        return partial(_by_content, table)
    if table.is_ours:
        return lambda line, cells: (_ours(line, cells),)
    if table.is_log:
        return lambda line, cells: (_of_log(columns, line, cells),)
    return lambda line, cells: _of_each_video(_by_columns(table, columns, line, cells))


def _ours(line: int, cells: list[str]) -> Entry:
    given = (unguarded(cell[:_LONGEST_OF_OURS]) for cell in cells)
    values: dict[str, Any] = dict(zip(COLUMNS, given, strict=False))
    tags = values.pop("tags", "")
    return Entry(line, tags=(tags,), **{"url": "", **values})


def _of_log(columns: _Columns, line: int, cells: list[str]) -> Entry:
    values: dict[str, Any] = {
        name: unguarded(cells[places[0]][:_LONGEST_OF_OURS]) if places[0] < len(cells) else ""
        for name, places in columns.items()
        if name in WORKOUT_COLUMNS
    }
    workout = {name: values.pop(name, "") for name in ("day", "minutes", "effort", "comment")}
    return Entry(line, workout=WorkoutRow(**workout), **values)


def _by_columns(table: _Table, columns: _Columns, line: int, cells: list[str]) -> Entry:
    cells = ["" if cell.strip().lower() in _NO_VALUES else cell for cell in cells]
    given = {
        field: [cells[at] for at in places if at < len(cells)] for field, places in columns.items()
    }
    values = {field: next(filter(str.strip, found), "") for field, found in given.items()}
    tags, left_out = _tags_of(given)
    if values.pop("note", ""):
        left_out.append(NOTE_LEFT_OUT)
    url = _url_of(given.get("url", []), values.pop("key", "").strip())
    others: dict[str, Any] = {
        name: text for name, text in values.items() if name not in _READ_APART
    }
    return Entry(
        line, url, tags=tags, is_day_first=table.is_day_first, left_out=tuple(left_out), **others
    )


def _tags_of(given: dict[str, list[str]]) -> tuple[tuple[str, ...], list[Reason]]:
    left_out: list[Reason] = []
    tags: list[str] = []
    for cell in given.get("tags", ()):
        joined, has_own = without_own_tags(join_tags(cell))
        tags.append(joined)
        left_out += [OWN_TAG_LEFT_OUT] * has_own
    for field in ("folder", "playlist"):
        for cell in given.get(field, ()):
            joined, has_own = join_folders(cell, may_have_bars=field == "folder")
            tags.append(joined)
            left_out += [FOLDER_LEFT_OUT] * has_own
    return tuple(filter(None, tags)), left_out


def _url_of(candidates: list[str], key: str) -> str:
    """Return the first link with a video; the id replaces a missing link."""
    written = [text for text in candidates if text.strip()]
    if links.is_key(key):
        written.append(links.canonical_url(key))
    return links.first_with_video(written) or key


def _of_each_video(entry: Entry) -> Iterable[Entry]:
    """Return the entry once for each video that its cell links to."""
    if entry.url.lower().count("youtu") <= 1:
        return (entry,)
    found = links.find_links(entry.url[:MAX_LINK_TEXT_LENGTH])
    return [replace(entry, url=link.url) for link in found] if len(found) > 1 else (entry,)


def _by_content(table: _Table, line: int, cells: list[str]) -> Iterator[Entry]:
    """Yield the links of a row; the first text is their title, the second their tags."""
    urls, texts, date = [], [], ""
    for cell in (cell.strip() for cell in cells[:_MAX_CELLS]):
        if _is_link(cell):
            urls += cell.split()
        elif not date and _is_date(cell):
            date = cell
        elif cell and cell.lower() not in _FLAGS:
            texts.append(cell)
    if not urls:
        joined = " ".join(cell for cell in cells[:_MAX_CELLS] if cell)
        yield Entry(line, joined[:MAX_LINK_TEXT_LENGTH])
    title, tags, *others = [*texts, "", ""]
    for url in urls:
        yield Entry(
            line,
            url,
            title,
            tags=(join_tags(tags),),
            created_at=date,
            is_day_first=table.is_day_first,
            left_out=(NOTE_LEFT_OUT,) if any(others) else (),
        )


def _is_date(cell: str) -> bool:
    try:
        moment = read_timestamp(cell)
    except AmbiguousDate:
        return True
    return moment is not None and moment.year >= _FIRST_YEAR
