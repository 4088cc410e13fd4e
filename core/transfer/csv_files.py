"""CSV: rows as the csv module reads them, and the cells that a spreadsheet would run.

Source: RFC 4180.
"""

import csv
import re
from collections.abc import Iterable, Iterator

from core.transfer.bounds import LONGEST_PART, Budget, refuse_part

COLUMNS = (
    "id", "url", "title", "tags", "created_at", "start_s", "channel", "availability",
    "updated_at", "deleted_at", "end_s", "duration_s",
)  # fmt: skip
"""The header of our own export."""
WORKOUT_COLUMNS = (
    "day", "url", "title", "minutes", "effort", "comment", "id", "created_at", "updated_at",
)  # fmt: skip
"""The header of our own export of workouts."""

csv.field_size_limit(LONGEST_PART)  # so that `_Bounded` limits a cell

FORMULA_STARTS = tuple("=+-@\t\r＝＋－＠")  # noqa: RUF001  Excel runs the wide ones too
"""A spreadsheet runs a cell that begins so. Source: https://owasp.org/www-community/attacks/CSV_Injection"""

_STARTS = re.escape("".join(FORMULA_STARTS))
# Behind quotes too: where semicolons separate cells, a spreadsheet reads `;""=1` as `=1`.
_WOULD_RUN = re.compile(rf"""(^|;)(?=['"]*[{_STARTS}])""")
_GUARDED = re.compile(rf"""(^|;)'(?=['"]*[{_STARTS}])""")


def delimiter_of(header: str) -> str:
    """Return what separates the cells of a header: a comma, semicolon or tab."""
    return max(",;\t", key=header.count)


def read_rows(
    lines: Iterable[str], budget: Budget, delimiter: str = ","
) -> Iterator[tuple[int, list[str]]]:
    """Yield line number and cells of each row that is not empty; a row that is no CSV is one cell.

    Raises: FileRefused: a row without end, or nearly only empty cells.
    """
    bounded = _Bounded(lines)
    reader = csv.reader(bounded, delimiter=delimiter, skipinitialspace=True)
    while True:
        bounded.left = LONGEST_PART
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            cells = ["(a line that is no CSV)"]
        budget.spend(1 + len(cells))
        if any(cell.strip() for cell in cells):
            yield reader.line_num, cells


class _Bounded:
    """Lines with a limit on the characters of one row: a quoted cell may never end."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self.left = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.left -= len(line)
        if self.left < 0:
            raise refuse_part("row")
        return line


def guarded(cell: str) -> str:
    """Put an apostrophe before text that a spreadsheet would run; `unguarded` removes it.

    After a semicolon too: where semicolons separate columns, a cell begins there.
    """
    return _WOULD_RUN.sub(r"\1'", cell)


def unguarded(cell: str) -> str:
    """Undo `guarded`."""
    return _GUARDED.sub(r"\1", cell) if "'" in cell else cell
