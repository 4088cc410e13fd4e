"""CSV: rows as the csv module reads them, and tables whose header says what is in them.

Source: RFC 4180; the headers are those of Raindrop, Pocket, Instapaper and our own export.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from typing import IO

from core.transfer.decoding import read_lines
from core.transfer.entries import Entry

COLUMNS = (
    "id", "url", "title", "tags", "created_at", "start_s", "channel", "availability",
    "updated_at", "deleted_at",
)  # fmt: skip
"""The header of our own export."""

_LONGEST_ROW = 1024 * 1024
"""Characters."""
_MOST_COLUMNS = 10
"""Of one field; each row is looked through for all of them."""

FORMULA_STARTS = tuple("=+-@\t\r＝＋－＠")  # noqa: RUF001  Excel runs the wide ones too
"""A spreadsheet runs a cell that begins so. Source: https://owasp.org/www-community/attacks/CSV_Injection"""

_STARTS = re.escape("".join(FORMULA_STARTS))
# Behind a quote too: where a semicolon separates, `;""=1` is a cell that ends before it begins.
_WOULD_RUN = re.compile(rf"""(^|;)(?=['"]*[{_STARTS}])""")
_GUARDED = re.compile(rf"""(^|;)'(?=['"]*[{_STARTS}])""")

_NAMES = {
    "url": {"url", "link", "href", "address", "video_url", "video_link"},
    "title": {"title", "name", "video_title"},
    "tags": {"tags", "labels", "folder"},
    "created_at": {"created_at", "created", "time_added", "date_added", "added", "timestamp"},
}


def read_rows(lines: Iterable[str], delimiter: str = ",") -> Iterator[tuple[int, list[str]]]:
    """Yield line number and cells of each row that is not empty; one that is no CSV is one cell."""
    bounded = _Bounded(lines)
    reader = csv.reader(bounded, delimiter=delimiter)
    while True:
        bounded.left = _LONGEST_ROW
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            cells = ["(a line that is no CSV)"]
        if any(cell.strip() for cell in cells):
            yield reader.line_num, cells


class _Bounded:
    """Lines, of which only so many characters make a row: in quotes it may go on for ever."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self.left = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.left < 0:
            raise csv.Error
        line = next(self._lines)
        self.left -= len(line)
        return line


def delimiter_of(header: str) -> str:
    """Tell what separates the columns: a comma, a semicolon or a tab."""
    return max(",;\t", key=header.count)


def columns_of(header: str) -> dict[str, list[int]]:
    """Return where each field of an entry stands; without `url` it is no header."""
    [(_, cells), *_] = [*read_rows([header], delimiter_of(header)), (0, [])]
    names = [re.sub(r"[\s_-]+", "_", cell.strip().lower()) for cell in cells]
    known = {name: {name} for name in COLUMNS} | _NAMES
    found = {
        field: [at for at, name in enumerate(names) if name in spellings][:_MOST_COLUMNS]
        for field, spellings in known.items()
    }
    return {field: places for field, places in found.items() if places}


def read_table(file: IO[bytes], _: str) -> Iterator[Entry]:
    """Yield an entry for each row beneath the header."""
    lines = read_lines(file)
    header = next((line for line in lines if line.strip()), "")
    columns = columns_of(header)
    is_ours = columns == {name: [at] for at, name in enumerate(COLUMNS)}
    for line, cells in read_rows(lines, delimiter_of(header)):
        row = [_unguarded(cell) for cell in cells] if is_ours else cells
        yield _entry(line + 1, row, columns)


def guarded(cell: str) -> str:
    """Put an apostrophe before what a spreadsheet would run; `_unguarded` takes it off again.

    Behind a semicolon too: where that separates the columns, a cell begins there.
    """
    return _WOULD_RUN.sub(r"\1'", cell)


def _unguarded(cell: str) -> str:
    return _GUARDED.sub(r"\1", cell)


def _entry(line: int, cells: list[str], columns: dict[str, list[int]]) -> Entry:
    given = {
        field: [cells[at] for at in places if at < len(cells)] for field, places in columns.items()
    }
    values = {field: next(filter(None, found), "") for field, found in given.items()}
    values.setdefault("url", "")
    tags = tuple(given.get("tags", ()))
    return Entry(line, tags=tags, **{k: v for k, v in values.items() if k != "tags"})
