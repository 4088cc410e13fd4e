"""Google Takeout: a playlist as CSV, in both of its layouts, and the whole archive.

    Video ID,Playlist Video Creation Timestamp        Playlist Id,Channel Id,Time Created,…
    ml6cT4AZdqI,2020-03-01T10:00:00+00:00             WL,UC…,2015-01-01 00:00:00 UTC,…,Title,…

                                                      Video Id,Time Added
                                                      9bZkp7q19f0,2016-02-03 04:05:06 UTC

Headers, folders and file names are in the person's language, so none of them is relied on. Of
an archive only its playlists are read, as streams: nothing is ever unpacked to the disk.
"""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import PurePosixPath
from typing import IO

from core.transfer.decoding import read_lines
from core.transfer.entries import Entry, FileRefused
from core.transfer.moments import read_moment
from core.transfer.tables import read_rows

MOST_MEMBERS = 10_000
MOST_UNPACKED_BYTES = 256 * 1024 * 1024
MOST_RATIO = 200
_ALWAYS_FINE_BYTES = 1024 * 1024
_PACKED = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_MOST_READ_BYTES = 4 * 1024 * 1024

_KEY = re.compile(r"[A-Za-z0-9_-]{11}")
_PLAYLIST_COLUMNS = 2
_OLD_TITLE = 4
_LONGEST_NAME = 300
"""Characters of a file's name or a playlist's title; each of its videos carries them."""
_ROWS_TO_LOOK_AT = 6

_DAMAGED = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, LookupError, OSError, RuntimeError,
    ValueError,
)  # fmt: skip
"""What zipfile raises on bytes that are no archive; NotImplementedError is a RuntimeError."""


def is_playlist(lines: Iterator[str]) -> bool:
    """Tell a playlist from other CSV by its first rows: two columns, a key and a moment."""
    rows = [cells for _, cells in islice(read_rows(lines), _ROWS_TO_LOOK_AT)]
    while rows and len(rows[0]) > _PLAYLIST_COLUMNS:  # the older layout's head
        rows = rows[1:]
    if not rows or len(rows[0]) != _PLAYLIST_COLUMNS:
        return False
    named = re.fullmatch(r"video.?id", rows[0][0].strip(), re.IGNORECASE)
    return bool(named) or any(map(_is_video, rows[:2]))


def read_playlist(file: IO[bytes], name: str) -> Iterator[Entry]:
    """Yield the videos of a playlist; its title, from inside or from the file's name, is their tag.

    A title with a comma is several tags, as everywhere.
    """
    place = _base(name)[:_LONGEST_NAME]
    head: list[list[str]] = []
    title, begun = _title(place), False
    for line, cells in read_rows(read_lines(file)):
        if not begun and len(cells) > _PLAYLIST_COLUMNS:
            head = [*head[:1], cells]
        elif begun or _is_video(cells):
            begun = True
            key, moment = [*cells, ""][:2]
            yield Entry(line, key.strip(), tags=(title,), created_at=moment, place=place)
        else:  # the header
            begun = True
            title = _old_title(head)[:_LONGEST_NAME] or title


def _is_video(cells: list[str]) -> bool:
    key, moment = [*cells, "", ""][:2]
    return bool(_KEY.fullmatch(key.strip())) and (not moment.strip() or bool(read_moment(moment)))


def _old_title(head: list[list[str]]) -> str:
    if not head:
        return ""
    names = [name.strip().lower() for name in head[0]]
    at = names.index("title") if "title" in names else _OLD_TITLE
    return head[-1][at] if len(head) > 1 and at < len(head[-1]) else ""


def _base(name: str) -> str:
    return PurePosixPath(name.replace("\\", "/")).name


def _title(base: str) -> str:
    """Cut `Workout-videos(1).csv` to `Workout`."""
    stem = re.sub(r"\.csv$", "", base, flags=re.IGNORECASE)
    stem = re.sub(r"\([0-9]+\)$", "", stem).rstrip()
    return stem.rpartition("-")[0] or stem


def read_archive(file: IO[bytes], _: str) -> Iterator[Entry]:
    """Yield the videos of every playlist in a zip.

    Raises: FileRefused: it is damaged, encrypted, a bomb, or holds no playlist.
    """
    playlists = 0
    with _opened(file) as archive:
        for info in _tables(archive):
            with archive.open(info) as member:
                if not is_playlist(read_lines(member)):
                    continue
            playlists += 1
            with archive.open(info) as member:
                yield from read_playlist(member, info.filename)
    if not playlists:
        raise FileRefused("There is no playlist of YouTube in this archive.")


def check_archive(file: IO[bytes]) -> None:
    """Look through a zip's directory without unpacking any of it.

    Raises: FileRefused
    """
    with _opened(file) as archive:
        if not _tables(archive):
            raise FileRefused("There is no playlist of YouTube in this archive.")


@contextmanager
def _opened(file: IO[bytes]) -> Iterator[zipfile.ZipFile]:
    try:
        with _Careful(file) as careful, zipfile.ZipFile(careful) as archive:
            yield archive
    except FileRefused:
        raise
    except _DAMAGED as error:
        raise FileRefused("This archive is damaged. Export it from Google again.") from error


class _Careful(io.BufferedReader):
    """A file that hands out no directory of hundreds of megabytes at once."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file)  # type: ignore[arg-type]  # any binary file will do

    def read(self, size: int | None = -1, /) -> bytes:
        if size and size > _MOST_READ_BYTES:
            raise FileRefused("This archive has too many files in it.")
        return super().read(size)


def _tables(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        raise FileRefused("This archive has too many files in it.")
    tables = [info for info in members if info.filename.lower().endswith(".csv")]
    if any(info.compress_type not in _PACKED for info in tables):  # others unpack without bounds
        raise FileRefused("This archive is packed in an unusual way. Pack it as a plain zip.")
    if any(info.flag_bits & 1 for info in tables):
        raise FileRefused("This archive is encrypted. Unpack it, and import its files.")
    if sum(info.file_size for info in tables) > MOST_UNPACKED_BYTES or any(map(_is_bomb, tables)):
        raise FileRefused("This archive would unpack to far more than a library holds.")
    return tables


def _is_bomb(info: zipfile.ZipInfo) -> bool:
    return info.file_size > max(_ALWAYS_FINE_BYTES, MOST_RATIO * info.compress_size)
