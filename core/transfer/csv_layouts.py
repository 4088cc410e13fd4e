"""The layout of a table: its separator, and the columns that its header or its links show."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from core.text import MAX_LINK_TEXT_LENGTH
from core.transfer import fields
from core.transfer.bounds import Budget
from core.transfer.csv_files import COLUMNS, WORKOUT_COLUMNS, delimiter_of, read_rows
from core.transfer.timestamps import AmbiguousDate, read_day
from core.youtube import links

_ONLY_OURS = {"url", "availability", "updated_at", "deleted_at"}
"""Columns that together only Core's export has."""
_MAX_COLUMNS = 10
"""Of one field; all of them are read in each row."""
MAX_CELLS = 50
"""Cells of a row that are read if there is no header."""
_ROWS_TO_LOOK_AT = 20
_ROWS_ABOVE_HEADER = 4
"""A spreadsheet may have its title there."""
_MAX_CHARACTERS = 65_536
"""Of the rows that determine the layout."""

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
_WITHOUT_ANOTHER = {
    "title": ("video", "videos", "youtube", "workout", "exercise"),
    "tags": ("category", "categories", "kategorie", "catégorie", "categoría", "categoria"),
}
"""Names that mean a field if no other column is named for it. `video` may be the link as well."""
FLAGS = {"true", "false", "yes", "no", "0", "1", "null", "none"}
_LETTER = re.compile(r"[^\W\d_]")
_NUMBER_OF_A_DAY = re.compile(r"\d{1,3}(?:\.|st|nd|rd|th)?", re.IGNORECASE)  # codespell:ignore nd
"""In a plan, as `1` or `2nd`."""
_SEPARATOR = re.compile(r'"?sep=(.)"?\s*')
"""The first line of a file that Excel may have written, which names the separator."""
_DAY_FIRST = {"mime_type", "creation_date"}
"""The columns that identify wallabag: it writes `04/05/2023 10:11:12`, the day first."""

Columns = dict[str, list[int]]


@dataclass(frozen=True, slots=True)
class Table:
    """How a file is laid out. `head` is the number of rows above the first entry."""

    delimiter: str
    columns: Columns | None
    head: int
    names: frozenset[str] = frozenset()
    """Of the columns, as the header has them."""
    width: int = 0
    """The number of columns in the header."""

    @property
    def is_day_first(self) -> bool | None:
        """Whether the header tells that the day is first in a date."""
        return self.names >= _DAY_FIRST or None

    @property
    def may_be_guarded(self) -> bool:
        """Whether it is Core's export, or its columns are some of Core's, in any order."""
        return self.is_ours or {"url"} <= self.names <= {*COLUMNS}

    @property
    def is_ours(self) -> bool:
        """Whether it is Core's export, maybe without some columns, with more, or in another order.

        A table that a user wrote by hand may have any column of Core's, but no availability.
        """
        is_part = {"url", "availability"} <= self.names <= {*COLUMNS}
        return is_part or self.names >= _ONLY_OURS

    @property
    def is_log(self) -> bool:
        """Whether it is a log of workouts, which has a column `day`."""
        return self.columns is not None and {"day", "url"} <= self.columns.keys()

    def is_shifted(self, cells: list[str]) -> bool:
        """Tell whether a row has more cells than the header, and its link in another column.

        This happens if a title with a comma has no quotes.
        """
        if len(cells) <= self.width or not self.columns or "url" not in self.columns:
            return False
        at_home = any(is_link(cells[at]) for at in self.columns["url"] if at < len(cells))
        return not at_home and any(map(is_link, cells[:MAX_CELLS]))


def is_table(lines: Sequence[str]) -> bool:
    """Tell whether it is a table, by its header or by cells that hold only a link."""
    return find_table(lines) is not None


def find_table(lines: Sequence[str]) -> Table | None:
    """Find the layout by the first lines of a file; None: it is no table."""
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


def columns_of(header: str) -> Columns:
    """Return the columns of each field that the header names."""
    return _columns(_cells(header, delimiter_of(header)))


def first_lines(lines: Iterator[str], budget: Budget) -> Iterator[str]:
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


def _cells(line: str, delimiter: str) -> list[str]:
    [(_, cells), *_] = [*read_rows([line], Budget(), delimiter), (0, [])]
    return cells


def _columns(cells: list[str]) -> Columns:
    names: dict[str, list[int]] = {}
    for at, cell in enumerate(cells):
        names.setdefault(fields.snake(cell), []).append(at)
    known = {name: (name,) for name in (*COLUMNS, *WORKOUT_COLUMNS)} | _NAMES
    found = {
        field: [at for name in spellings for at in names.get(name, ())][:_MAX_COLUMNS]
        for field, spellings in known.items()
    }
    return {field: places for field, places in found.items() if places}


def _by_header(lines: list[str], delimiter: str, above: int) -> Table | None:
    """Find the header: the first line, or one below titles, which then names several columns."""
    for at, line in enumerate(lines[:_ROWS_ABOVE_HEADER]):
        cells = _cells(line, delimiter)
        if any(map(_holds_video, cells)):
            break
        columns = _columns(cells)
        rows = (
            [row for _, row in read_rows(lines[at + 1 :], Budget(), delimiter)] if columns else []
        )
        is_named = not {"url", "key"}.isdisjoint(columns)
        columns = columns if is_named else _with_links(columns, rows)
        if columns and (not at or len(columns) > 1):
            columns = _with_texts(columns, cells, rows)
            columns = columns if is_named else _with_other_texts(columns, rows)
            columns = _without_days_of_a_plan(columns, rows)
            names = frozenset(filter(None, map(fields.snake, cells)))
            return Table(delimiter, columns, above + at + 1, names, len(cells))
        if any(map(is_link, cells)):
            break
    return None


def _with_links(columns: Columns, rows: list[list[str]]) -> Columns:
    """Find the columns with links by their content; nothing if there are none, or no others."""
    found = Counter(
        at for cells in rows for at, cell in enumerate(cells[:MAX_CELLS]) if is_link(cell)
    )
    links_at = [at for at in sorted(found) if found[at] * 2 >= len(rows)][:_MAX_COLUMNS]
    others = {
        field: kept
        for field, places in columns.items()
        if (kept := [at for at in places if at not in links_at])
    }
    return {"url": links_at, **others} if links_at and others else {}


def _without_days_of_a_plan(columns: Columns, rows: list[list[str]]) -> Columns:
    """Leave out a column `day` whose cells are words or small numbers: it is no log."""
    places = columns.get("day", ())
    days = [cells[at] for cells in rows for at in places if at < len(cells) and cells[at].strip()]
    if not days or any(map(_may_be_date, days)):
        return columns
    return {field: at for field, at in columns.items() if field != "day"}


def _may_be_date(cell: str) -> bool:
    """Tell whether it may be a day, also one that can't be read and is reported later."""
    if _NUMBER_OF_A_DAY.fullmatch(cell.strip()):
        return False
    try:
        return cell.strip()[0].isdigit() or read_day(cell) is not None
    except AmbiguousDate:
        return True


def _with_texts(columns: Columns, cells: list[str], rows: list[list[str]]) -> Columns:
    """Add the columns whose names mean a field only if no other column does."""
    taken = {at for places in columns.values() for at in places}
    names = {fields.snake(cell): at for at, cell in enumerate(cells) if at not in taken}
    for field, spellings in _WITHOUT_ANOTHER.items():
        found = [names[name] for name in spellings if name in names]
        found = [at for at in found if _has_texts(at, rows)]
        if found and field not in columns:
            columns = {**columns, field: found[:_MAX_COLUMNS]}
    return columns


def _with_other_texts(columns: Columns, rows: list[list[str]]) -> Columns:
    """Add the first other texts as titles, and the next as tags, as without a header."""
    taken = {at for places in columns.values() for at in places}
    places = (at for at in range(MAX_CELLS) if at not in taken and _has_texts(at, rows))
    title = [] if "title" in columns else [*islice(places, 1)]
    has_tags = not columns.keys().isdisjoint({"tags", "folder", "playlist"})
    tags = [] if has_tags else [*islice(places, 1)]
    found = {"title": title, "tags": tags}
    return columns | {field: at for field, at in found.items() if at}


def _has_texts(at: int, rows: list[list[str]]) -> bool:
    """Tell whether most cells of the column are texts: no links, ids, flags or numbers."""
    cells = [row[at].strip() for row in rows if at < len(row)]
    given = [cell for cell in cells if cell]
    return sum(map(_is_text, given)) * 2 > len(given)


def _is_text(cell: str) -> bool:
    is_other = cell.lower() in FLAGS or is_link(cell) or links.is_bare_key(cell)
    return bool(_LETTER.search(cell)) and not is_other


def _by_links(lines: list[str], delimiter: str, above: int) -> Table | None:
    """Find the layout of a table without a header, or with one in an unknown language."""
    rows = [cells[:MAX_CELLS] for _, cells in read_rows(lines, Budget(), delimiter)]
    found = [[cell for cell in cells if is_link(cell)] for cells in rows]
    has_header = len(rows) > 1 and not (found[0] or any(map(_holds_video, rows[0])))
    if not rows or not _are_enough(found[has_header:], rows[has_header:]):
        return None
    # A file with nothing but links is a list of links.
    has_others = any(
        any(cell.strip() and not is_link(cell) for cell in cells) for cells in rows[has_header:]
    )
    return Table(delimiter, None, above + has_header) if has_others else None


def _are_enough(found: list[list[str]], rows: list[list[str]]) -> bool:
    """Tell whether every row has a link; half of them suffice if all rows have equal lengths."""
    with_link = sum(map(bool, found))
    is_even = len({len(cells) for cells in rows}) == 1 and len(rows[0]) > 1
    return with_link == len(rows) or (is_even and with_link * 2 >= len(rows))


def _holds_video(cell: str) -> bool:
    """Tell whether a video is linked in the cell: the name of a column never is a link."""
    return links.count_names(cell) > 0 and bool(links.find_links(cell[:MAX_LINK_TEXT_LENGTH]))


def is_link(cell: str) -> bool:
    """Tell whether the cell holds only a link, or several."""
    words = cell[:MAX_LINK_TEXT_LENGTH].split()
    return bool(words) and all(
        word.lower().startswith(("http://", "https://")) or links.holds_video(word)
        for word in words
    )
