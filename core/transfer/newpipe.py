"""The playlists of NewPipe and its forks: a database of SQLite, in the zip of their backup.

The database may be made to harm: only plain tables are read, with few steps and short values.

Source: https://www.sqlite.org/security.html
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from typing import IO

from core.codes import FileCode
from core.transfer.entries import BrokenFile, Entry

START = b"SQLite format 3\0"

_MAX_BYTES = 32 * 1024 * 1024
"""It is read in memory: nothing of an archive is unpacked to the disk."""
_LONGEST_VALUE = 100_000
_STEPS_A_CALL = 100_000
_MAX_CALLS = 200

_TABLES = """
    SELECT count(*) = 3 FROM sqlite_schema WHERE type = 'table'
        AND name IN ('playlists', 'playlist_stream_join', 'streams')
        AND sql NOT LIKE 'CREATE VIRTUAL%'
"""
_VIDEOS = """
    SELECT playlists.name, streams.url, streams.title
    FROM playlist_stream_join AS joined
    JOIN playlists ON playlists.uid = joined.playlist_id
    JOIN streams ON streams.uid = joined.stream_id
    ORDER BY joined.playlist_id, joined.join_index
"""


def read_playlists(file: IO[bytes]) -> Iterator[Entry]:
    """Yield the videos of every playlist, whose name is their tag; of another database, nothing.

    Raises: BrokenFile: it is damaged or too large, or takes too many steps.
    """
    content = file.read(_MAX_BYTES + 1)
    # The rows are read by several threads, one after the other.
    with closing(sqlite3.connect(":memory:", check_same_thread=False)) as database:
        try:
            if len(content) > _MAX_BYTES:
                raise sqlite3.DataError
            database.deserialize(content)
            del content
            _protect(database)
            if database.execute(_TABLES).fetchone()[0]:
                yield from _read(database)
        except sqlite3.Error as error:
            raise BrokenFile(
                FileCode.UNREADABLE_DATABASE,
                "The database in this archive can't be read, or has more than 32 MiB.",
            ) from error


def _protect(database: sqlite3.Connection) -> None:
    calls = count()
    database.set_progress_handler(lambda: next(calls) > _MAX_CALLS, _STEPS_A_CALL)
    database.text_factory = lambda text: text.decode(errors="replace")
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
    database.execute("PRAGMA trusted_schema = OFF")
    database.execute("PRAGMA cell_size_check = ON")
    database.execute("PRAGMA query_only = ON")


def _read(database: sqlite3.Connection) -> Iterator[Entry]:
    for number, row in enumerate(database.execute(_VIDEOS), 1):
        name, url, title = ("" if value is None else str(value) for value in row)
        yield Entry(number, url, title, tags=(name,))
