"""The playlists of NewPipe and its forks: a database of SQLite, in the zip of their backup.

The database may be made to harm: only plain tables are read, with few steps and short values.

Source: https://www.sqlite.org/security.html
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from typing import IO

from core.codes import FileCode
from core.transfer.bounds import FREE_STEPS, Budget
from core.transfer.decoding import CHUNK_BYTES
from core.transfer.entries import BrokenFile, Entry

START = b"SQLite format 3\0"

_MAX_BYTES = 32 * 1024 * 1024
"""It is read in memory: nothing of an archive is unpacked to the disk."""
_LONGEST_VALUE = 100_000
_STEPS_A_CALL = 100_000
_MAX_CALLS = 200
_BUDGET_OF_A_CALL = FREE_STEPS // _MAX_CALLS
"""An archive may have thousands of databases, so each call, and each database, costs some steps."""

_TABLES = """
    SELECT count(*) = 3 FROM sqlite_schema WHERE type = 'table'
        AND name IN ('playlists', 'playlist_stream_join', 'streams')
        AND sql NOT LIKE 'CREATE VIRTUAL%'
"""
_VIDEOS = """
    SELECT playlists.name, streams.url, streams.title
    FROM (
        SELECT playlist_id, stream_id FROM playlist_stream_join
        ORDER BY playlist_id, join_index LIMIT -1
    ) AS joined
    CROSS JOIN playlists ON playlists.uid = joined.playlist_id
    CROSS JOIN streams ON streams.uid = joined.stream_id
"""
"""Only the ids are sorted. A join may have far more rows, and SQLite sorts them on the disk. The
limit has no bound; it makes SQLite keep the order of the ids."""


def read_playlists(file: IO[bytes], budget: Budget) -> Iterator[Entry]:
    """Yield the videos of every playlist, whose name is their tag; of another database, nothing.

    Raises: BrokenFile: it is damaged or too large, or takes too many steps; FileRefused: all
        databases of the archive together take too many.
    """
    calls, broken = _Calls(), None
    try:
        yield from _read_content(_content(file), calls)
    except sqlite3.Error as error:
        broken = error
    budget.spend((1 + calls.number) * _BUDGET_OF_A_CALL)
    if broken:
        raise BrokenFile(
            FileCode.UNREADABLE_DATABASE,
            "The database in this archive can't be read, or has more than 32 MiB.",
        ) from broken


class _Calls:
    """Counts how often SQLite has taken its steps, and stops it."""

    number = 0

    def __call__(self) -> bool:
        self.number += 1
        return self.number > _MAX_CALLS


def _content(file: IO[bytes]) -> bytearray:
    """Read the file in pieces, since an archive refuses a large one.

    Raises: sqlite3.DataError: it is too large.
    """
    content = bytearray()
    for piece in iter(partial(file.read, CHUNK_BYTES), b""):
        content += piece
        if len(content) > _MAX_BYTES:
            raise sqlite3.DataError
    return content


def _read_content(content: bytearray, calls: _Calls) -> Iterator[Entry]:
    # The rows are read by several threads, one after the other.
    with closing(sqlite3.connect(":memory:", check_same_thread=False)) as database:
        database.deserialize(content)
        del content
        _protect(database, calls)
        if database.execute(_TABLES).fetchone()[0]:
            yield from _read(database)


def _protect(database: sqlite3.Connection, calls: _Calls) -> None:
    database.set_progress_handler(calls, _STEPS_A_CALL)
    database.text_factory = lambda text: text.decode(errors="replace")
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
    database.execute("PRAGMA trusted_schema = OFF")
    database.execute("PRAGMA cell_size_check = ON")
    database.execute("PRAGMA query_only = ON")


def _read(database: sqlite3.Connection) -> Iterator[Entry]:
    for number, row in enumerate(database.execute(_VIDEOS), 1):
        name, url, title = ("" if value is None else str(value) for value in row)
        yield Entry(number, url, title, tags=(name,))
