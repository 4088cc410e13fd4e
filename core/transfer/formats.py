"""The format of a file, and the parser for it."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

from core.choices import Format
from core.codes import FileCode
from core.transfer import archives, takeout
from core.transfer.bookmarks import read_bookmarks
from core.transfer.bounds import Budget
from core.transfer.csv_tables import read_table
from core.transfer.decoding import CHUNK_BYTES, decode_head
from core.transfer.detection import detect_text
from core.transfer.entries import Entry, FileRefused
from core.transfer.json_files import read_json
from core.transfer.text_files import read_text_file

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_Reader = Callable[[IO[bytes], str, Budget], Iterator[Entry]]
_TEXTS: dict[Format, _Reader] = {
    "takeout": takeout.read_playlist,
    "html": read_bookmarks,
    "csv": read_table,
    "json": read_json,
    "text": read_text_file,
}
_PARTS: dict[Format, str] = {"html": "tag", "json": "value"}
"""The word for a part without an end in a refusal."""

UNRECOGNISED = (
    "This file holds nothing that can be imported. Send YouTube's Takeout (its zip or a playlist's "
    "csv), bookmarks as HTML, a CSV with links, JSON with a list of links, or a text with links."
)


def detect(path: Path, asked: Format | None = None) -> Format:
    """Detect the format by the content, unless it is given; an archive is always a Takeout.

    Raises: FileRefused: no format fits, or it is an archive that can't be read.
    """
    with path.open("rb") as file:
        head = file.read(CHUNK_BYTES)
        if head.startswith(archives.STARTS):
            file.seek(0)
            archives.check_archive(file)
            return "takeout"
    found = asked or detect_text(decode_head(head))
    if found is None:
        raise FileRefused(FileCode.UNKNOWN_FORMAT, UNRECOGNISED)
    return found


def _read_text(kind: Format, file: IO[bytes], name: str, budget: Budget) -> Iterator[Entry]:
    return _TEXTS[kind](file, name, budget)


_READERS = archives.Readers(detect_text, _read_text)


class Stopped(Exception):
    """The reading was stopped."""


class _Stoppable(io.FileIO):
    """A file whose reads can be stopped: a thread can't be, and entries may be far apart."""

    def __init__(self, path: Path, is_stopping: Callable[[], bool]) -> None:
        super().__init__(path)
        self._is_stopping = is_stopping

    def readinto(self, buffer: "WriteableBuffer", /) -> int | None:
        if self._is_stopping():
            raise Stopped
        return super().readinto(buffer)


def read(
    path: Path,
    kind: Format,
    name: str,
    is_stopping: Callable[[], bool] = lambda: False,
    skip: archives.Skip = lambda _, __: None,
) -> Iterator[Entry]:
    """Yield the entries in an order that never changes; `name` is the file's name.

    `skip` is called for each file of an archive that is not imported, with the reason.

    Raises: FileRefused, Stopped
    """
    with io.BufferedReader(_Stoppable(path, is_stopping), CHUNK_BYTES) as file:
        is_archive = file.read(4).startswith(archives.STARTS)
        file.seek(0)
        budget = Budget(_PARTS.get(kind, "row"))
        if is_archive:
            entries = archives.read_archive(file, budget, _READERS, skip)
        else:
            entries = _read_text(kind, file, name, budget)
        for entry in entries:
            budget.earn()
            yield entry
