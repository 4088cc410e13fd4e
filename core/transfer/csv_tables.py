"""CSV with a header that names its columns, or with links in some of its cells."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import chain, islice
from typing import IO, Any

from core.codes import Reason
from core.text import MAX_LINK_TEXT_LENGTH
from core.transfer.bounds import Budget
from core.transfer.csv_files import COLUMNS, WORKOUT_COLUMNS, read_rows, unguarded
from core.transfer.csv_layouts import (
    FLAGS,
    MAX_CELLS,
    Columns,
    Table,
    find_table,
    first_lines,
    is_link,
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
from core.transfer.text_files import parts_of, urls_in
from core.transfer.timestamps import AmbiguousDate, read_timestamp
from core.youtube import links

_LONGEST_OF_OURS = 16_384
"""Characters of a cell in our own export; what is longer is cut later in any case."""
_FIRST_YEAR = 2005
"""A date of an earlier year is before YouTube, so it is another kind of number."""
_READ_APART = {"url", "tags", "folder", "playlist"} | ({*WORKOUT_COLUMNS} - {*COLUMNS})
"""Columns that are no field of an entry."""
_NO_VALUES = {"nan", "null", "none", "undefined", "n/a"}
"""What programs write for an empty cell."""


def read_table(file: IO[bytes], _: str, budget: Budget) -> Iterator[Entry]:
    """Yield an entry for each row; without a header, for each link of a row.

    The order of day and month in a date with slashes may come from another row of the file.

    Raises: FileRefused
    """
    return read_in_one_order(file, budget, _read)


def _read(file: IO[bytes], budget: Budget) -> Entries:
    lines = read_lines(file)
    try:
        begin = [*first_lines(lines, budget)]
        table = find_table(begin) or Table(",", {}, 1)
        rows = read_rows(chain(begin, lines), budget, table.delimiter)
        read = _reader_of(table, budget)
        for line, cells in islice(rows, table.head, None):
            yield from read(line, cells)
    finally:
        lines.close()


def _reader_of(table: Table, budget: Budget) -> Callable[[int, list[str]], Iterable[Entry]]:
    """Return the function that reads a row of this table."""
    columns = table.columns
    if columns is None:
        return partial(_by_content, table, budget)
    if table.is_ours:
        return lambda line, cells: (_ours(columns, line, cells),)
    if table.is_log:
        return lambda line, cells: (_of_log(columns, line, cells),)
    by_columns = partial(_by_columns, table, columns, budget)
    by_content = partial(_by_content, table, budget)

    def read(line: int, cells: list[str]) -> Iterable[Entry]:
        return (by_content if table.is_shifted(cells) else by_columns)(line, cells)

    if table.may_be_guarded:
        return lambda line, cells: read(line, [*map(unguarded, cells)])
    return read


def _ours(columns: Columns, line: int, cells: list[str]) -> Entry:
    values = _values(columns, cells, COLUMNS)
    tags = values.pop("tags", "")
    return Entry(line, tags=(tags,), **values)


def _values(columns: Columns, cells: list[str], names: tuple[str, ...]) -> dict[str, Any]:
    return {
        name: unguarded(cells[places[0]][:_LONGEST_OF_OURS]) if places[0] < len(cells) else ""
        for name, places in columns.items()
        if name in names
    }


def _of_log(columns: Columns, line: int, cells: list[str]) -> Entry:
    values = _values(columns, cells, WORKOUT_COLUMNS)
    workout = {name: values.pop(name, "") for name in ("day", "minutes", "effort", "comment")}
    return Entry(line, workout=WorkoutRow(**workout), **values)


def _by_columns(
    table: Table, columns: Columns, budget: Budget, line: int, cells: list[str]
) -> Iterable[Entry]:
    cells = ["" if cell.strip().lower() in _NO_VALUES else cell for cell in cells]
    given = {
        field: [cells[at] for at in places if at < len(cells)] for field, places in columns.items()
    }
    values = {field: next(filter(str.strip, found), "") for field, found in given.items()}
    tags, left_out = _tags_of(given)
    if values.pop("note", ""):
        left_out.append(NOTE_LEFT_OUT)
    urls = [*filter(str.strip, given.get("url", ()))]
    url = _url_of(urls, values.pop("key", "").strip())
    others: dict[str, Any] = {
        name: text for name, text in values.items() if name not in _READ_APART
    }
    entry = Entry(
        line, url, tags=tags, is_day_first=table.is_day_first, left_out=tuple(left_out), **others
    )
    return _of_each_video(entry, " ".join(urls) if _are_several(urls) else url, budget)


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


def _url_of(urls: list[str], key: str) -> str:
    """Return the first link with a video; the id replaces a missing link."""
    of_key = [links.canonical_url(key)] if links.is_key(key) else []
    return links.first_with_video([*urls, *of_key]) or key


def _are_several(urls: list[str]) -> bool:
    """Tell whether they may link to several videos; most tables with two columns link to one."""
    if len(urls) <= 1 or any(links.count_names(url) > 1 for url in urls):
        return len(urls) > 1
    return len({_key_in(url) for url in urls} - {None}) > 1


def _key_in(url: str) -> str | None:
    try:
        return links.find_link(url[:MAX_LINK_TEXT_LENGTH]).video_key
    except links.NoVideoError:
        return None


def _of_each_video(entry: Entry, joined: str, budget: Budget) -> Iterable[Entry]:
    """Return the entry once for each video that its cells link to."""
    urls = parts_of(joined, budget) if joined else []
    return [replace(entry, url=url) for url in urls] if len(urls) > 1 else (entry,)


def _by_content(table: Table, budget: Budget, line: int, cells: list[str]) -> Iterator[Entry]:
    """Yield the links of a row; the first text is their title, the second their tags."""
    cells = [*filter(None, map(str.strip, _few(cells)))]
    if not any(map(is_link, cells)):  # a sentence with commas
        for url in parts_of(" ".join(cells), budget):
            yield Entry(line, url[:MAX_LINK_TEXT_LENGTH])
        return
    urls, texts, date = list[str](), list[str](), ""
    for cell in cells:
        if found := _urls_in(cell, budget):
            urls += found
        elif not date and _is_date(cell):
            date = cell
        elif cell.lower() not in FLAGS:
            texts.append(cell)
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


def _few(cells: list[str]) -> list[str]:
    """Return the cells of a row; those beyond a limit are joined, so that no link is lost."""
    return [*cells[:MAX_CELLS], " ".join(cells[MAX_CELLS:])]


def _urls_in(cell: str, budget: Budget) -> list[str]:
    """Return each link of a cell; a cell with one link and other text is returned whole."""
    if is_link(cell):
        return [url for word in cell.split() for url in parts_of(word, budget)]
    if not links.count_names(cell):
        return []
    found = urls_in(cell, budget)
    return [cell] if len(found) == 1 else found


def _is_date(cell: str) -> bool:
    try:
        moment = read_timestamp(cell)
    except AmbiguousDate:
        return True
    return moment is not None and moment.year >= _FIRST_YEAR
