"""JSON: our own export, an answer of `GET /videos`, or any list of videos or links."""

from collections.abc import Iterator
from typing import IO, Any

from core.transfer.decoding import LONGEST_LINE, read_text
from core.transfer.entries import Entry, FileRefused

_DEEPEST = 16
_DEEPEST_RECORD = 3
_FIELDS = (
    "url", "title", "created_at", "updated_at", "deleted_at", "start_s", "channel",
    "availability", "id",
)  # fmt: skip
_KEPT = {*_FIELDS, "tags"}
_MOST_TAGS = 1_000
_LONGEST_VALUE = 262_144
"""Characters; the parser collects a value whole, however long it is."""


def read_json(file: IO[bytes], _: str) -> Iterator[Entry]:
    """Yield each object, or each string, of the document's lists.

    Raises: FileRefused: it is no JSON, or nested too deep.
    """
    assembler, number = _Assembler(), 0
    for event, value in _parse(file):
        if record := assembler.take(event, value):
            number += 1
            yield _entry(number, record)


def _parse(file: IO[bytes]) -> Iterator[tuple[str, Any]]:
    """Raises: FileRefused: it is no JSON, or has a value that is too long or too strange."""
    import ijson  # noqa: PLC0415  2 MB that only an import needs

    pieces = _Bounded(file)
    try:
        for event in ijson.basic_parse(ijson.from_iter(pieces), use_float=True):
            pieces.left = _LONGEST_VALUE
            yield event
    except (ijson.JSONError, UnicodeError) as error:
        raise FileRefused("This file is not valid JSON.") from error


class _Bounded:
    """Pieces of the text, of which only so many make a value."""

    def __init__(self, file: IO[bytes]) -> None:
        self._pieces = read_text(file)
        self.left = _LONGEST_VALUE

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            if self.left < 0:
                raise FileRefused("This JSON holds a value of more than 256 KiB. Take it out.")
            self.left -= len(piece)
            yield piece.encode()


class _Assembler:
    """Makes the objects that lie in a list; what is nested in them is passed over, but tags.

    Not by ijson.items: the memory that it takes grows with the square of the depth.
    """

    def __init__(self) -> None:
        self._open: list[str] = []
        self._record: dict[str, Any] | None = None
        self._record_depth = 0
        self._key = ""

    def take(self, event: str, value: Any) -> dict[str, Any] | None:
        """Take the parser's next event; return the object that it completes."""
        if event in {"start_map", "start_array"}:
            self._begin(event)
        elif event in {"end_map", "end_array"}:
            return self._end()
        elif event == "map_key":
            if len(self._open) == self._record_depth:
                self._key = value
        elif self._record is not None:
            self._keep(self._record, value)
        elif self._open[-1:] == ["start_array"] and event == "string":
            return {"url": value}
        return None

    def _begin(self, event: str) -> None:
        in_list = self._open[-1:] == ["start_array"] and len(self._open) < _DEEPEST_RECORD
        self._open.append(event)
        if len(self._open) > _DEEPEST:
            raise FileRefused("This JSON is nested too deep to be a library.")
        if self._record is None and event == "start_map" and in_list:
            self._record, self._record_depth = {}, len(self._open)

    def _end(self) -> dict[str, Any] | None:
        ended = self._record if len(self._open) == self._record_depth else None
        self._open.pop()
        if ended is not None:
            self._record, self._record_depth = None, 0
        return ended

    def _keep(self, record: dict[str, Any], value: object) -> None:
        depth = len(self._open)
        if depth == self._record_depth:
            if self._key in _KEPT:
                record[self._key] = value
        elif self._key == "tags" and depth == self._record_depth + 1:
            if not isinstance(record.get("tags"), list):
                record["tags"] = []
            if len(record["tags"]) < _MOST_TAGS:
                record["tags"].append(value)


def _entry(number: int, record: dict[str, Any]) -> Entry:
    tags = record.get("tags")
    listed = tags if isinstance(tags, list) else [tags]
    values = {name: _text(record[name]) for name in _FIELDS if name in record}
    return Entry(number, tags=tuple(map(_text, listed)), **{"url": "", **values})


def _text(value: object) -> str:
    return "" if value is None or isinstance(value, bool) else str(value)[:LONGEST_LINE]
