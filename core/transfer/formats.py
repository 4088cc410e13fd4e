"""Which format a file has, and who reads it."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Literal

from core import youtube
from core.text import MAX_LINK_TEXT_LENGTH
from core.transfer import takeout
from core.transfer.bookmarks import read_bookmarks
from core.transfer.decoding import CHUNK_BYTES, decode_head
from core.transfer.entries import Entry, FileRefused
from core.transfer.json_files import read_json
from core.transfer.plain import is_word, read_text_file
from core.transfer.tables import columns_of, read_table

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

Format = Literal["takeout", "html", "csv", "json", "text"]

_Reader = Callable[[IO[bytes], str], Iterator[Entry]]
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_TEXTS: dict[Format, _Reader] = {
    "takeout": takeout.read_playlist,
    "html": read_bookmarks,
    "csv": read_table,
    "json": read_json,
    "text": read_text_file,
}

UNRECOGNISED = (
    "This file holds nothing that can be imported. Send YouTube's Takeout (its zip or a playlist's "
    "csv), bookmarks as HTML, a CSV whose header has a column url, JSON as exported here, or a "
    "text with links."
)


def detect(path: Path, asked: Format | None = None) -> Format:
    """Tell the format by what is in the file, unless it is given.

    Raises: FileRefused: no format fits, or it is an archive that can't be read.
    """
    with path.open("rb") as file:
        head = file.read(CHUNK_BYTES)
        if head.startswith(_ZIP) and asked in {None, "takeout"}:
            file.seek(0)
            takeout.check_archive(file)
            return "takeout"
    found = asked or _of_text(head)
    if found is None:
        raise FileRefused(UNRECOGNISED)
    return found


class Stopped(Exception):
    """The reading was told to stop."""


class _Stoppable(io.FileIO):
    """A file that its reader can be stopped in: a thread can't be, and entries may be far apart."""

    def __init__(self, path: Path, is_stopping: Callable[[], bool]) -> None:
        super().__init__(path)
        self._is_stopping = is_stopping

    def readinto(self, buffer: "WriteableBuffer", /) -> int | None:
        if self._is_stopping():
            raise Stopped
        return super().readinto(buffer)


def read(
    path: Path, kind: Format, name: str, is_stopping: Callable[[], bool] = lambda: False
) -> Iterator[Entry]:
    """Yield the entries in an order that never changes; `name` is the file's own.

    Raises: FileRefused, Stopped
    """
    with io.BufferedReader(_Stoppable(path, is_stopping), CHUNK_BYTES) as file:
        is_zip = kind == "takeout" and file.read(4).startswith(_ZIP)
        file.seek(0)
        reader = takeout.read_archive if is_zip else _TEXTS[kind]
        yield from reader(file, name)


def _of_text(head: bytes) -> Format | None:
    text = decode_head(head).lstrip()
    lowered = text.lower()
    if "\0" in text or not text:
        return None
    if lowered.startswith("<"):
        is_list = "netscape-bookmark-file" in lowered or ("<dt" in lowered and "<a " in lowered)
        return "html" if is_list else None
    if text[0] in "{[":
        holds = any(word in lowered for word in ('"videos"', '"url"', "youtu"))
        return "json" if holds else None
    lines = text.splitlines(keepends=True)
    if takeout.is_playlist(iter(lines)):
        return "takeout"
    if "url" in columns_of(lines[0]):
        return "csv"
    return "text" if any(map(_holds_link, lines)) else None


def _holds_link(line: str) -> bool:
    if is_word(line.strip()):
        return False
    try:
        youtube.find_link(line[:MAX_LINK_TEXT_LENGTH])
    except youtube.NoVideoError:
        return "http://" in line or "https://" in line
    return True
