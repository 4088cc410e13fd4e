"""The backup of NewPipe: playlists in a database, which may be made to harm."""

import io
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.transfer import newpipe
from core.transfer.bounds import Budget
from core.transfer.entries import FileRefused
from tests.support.imported_files import A, B, Read, tags_of
from tests.support.soak import size
from tests.support.tool_exports import tarred, zipped

PLAYLISTS = "CREATE TABLE playlists (uid INTEGER PRIMARY KEY, name TEXT)"
JOINED = """CREATE TABLE playlist_stream_join (
    playlist_id INTEGER, stream_id INTEGER, join_index INTEGER,
    PRIMARY KEY (playlist_id, join_index))"""
STREAMS = """CREATE TABLE streams (
    uid INTEGER PRIMARY KEY, service_id INTEGER, url TEXT, title TEXT, duration INTEGER)"""
SCHEMA = f"{PLAYLISTS}; {JOINED}; {STREAMS};"
LIBRARY = """
INSERT INTO playlists VALUES (1, 'Legs'), (2, 'Yoga, slow'), (3, 'Empty');
INSERT INTO streams VALUES (1, 0, 'https://www.youtube.com/watch?v=dQw4w9WgXcQ', 'Leg day', 9),
    (2, 0, 'https://www.youtube.com/watch?v=ml6cT4AZdqI', NULL, -1),
    (3, 0, 'https://www.youtube.com/watch?v=UBMk30rjy0o', 'only watched', 9),
    (4, 1, 'https://soundcloud.com/x', 'x', 9);
INSERT INTO playlist_stream_join VALUES (1, 2, 1), (1, 1, 0), (2, 1, 0), (2, 4, 1);
"""
ENDLESS = """CREATE VIEW streams AS
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
SELECT i AS uid, 'x' AS url, 'y' AS title FROM n;"""
MANY = """INSERT INTO playlist_stream_join
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
SELECT 9, i, i FROM n LIMIT 200000;"""
LONG = """INSERT INTO playlists VALUES (1, 'x');
INSERT INTO streams VALUES (1, 0, 'x', printf('%.*c', 200000, 'y'), 1);
INSERT INTO playlist_stream_join VALUES (1, 1, 1);"""


MULTIPLIED = """CREATE TABLE playlists (uid, name);
CREATE TABLE playlist_stream_join (playlist_id, stream_id, join_index);
CREATE TABLE streams (uid, url, title);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
INSERT INTO playlists SELECT 1, printf('%.*c', 1000, 'x') FROM n LIMIT 100;
INSERT INTO streams SELECT 1, name, name FROM playlists;
INSERT INTO playlist_stream_join SELECT 1, 1, 1 FROM playlists;"""
"""A small file with a million rows."""


def database(script: str) -> bytes:
    with closing(sqlite3.connect(":memory:")) as made:
        made.executescript(script)
        return made.serialize()


def backup(script: str) -> bytes:
    return zipped({"newpipe.db": database(script), "preferences.json": b"{}"})


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_the_playlists_of_newpipe_become_tags(
    read: Read, pack: Callable[[dict[str, bytes]], bytes]
):
    outcome = read(pack({"newpipe.db": database(SCHEMA + LIBRARY), "newpipe.settings": b"\xac"}))
    assert tags_of(outcome) == {A: {"Legs", "Yoga", "slow"}, B: {"Legs"}}
    assert [video.title for video in outcome.videos.values()] == ["Leg day", None]
    assert "soundcloud.com" in outcome.refused[0]
    assert outcome.skipped == {"newpipe.settings": "file-of-other-kind"}


@pytest.mark.parametrize(
    "script",
    [
        "CREATE TABLE x (y);",
        SCHEMA,
        f"{PLAYLISTS}; {JOINED}; {ENDLESS}",
        f"{PLAYLISTS}; {JOINED}; CREATE VIRTUAL TABLE streams USING fts5(uid, url, title);",
    ],
    ids=["another program", "no playlist", "view", "virtual table"],
)
def test_other_databases_hold_no_playlist(read: Read, script: str):
    with pytest.raises(FileRefused, match="no playlist"):
        read(backup(script))


def test_a_database_with_too_much_work_is_refused(read: Read, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(newpipe, "_MAX_CALLS", 0)
    with pytest.raises(FileRefused, match="can't be read"):
        read(backup(SCHEMA + MANY))
    monkeypatch.setattr(newpipe, "_MAX_BYTES", 1_000)
    with pytest.raises(FileRefused, match="32 MiB"):
        read(backup(SCHEMA))


def test_a_long_value_is_refused(read: Read):
    with pytest.raises(FileRefused, match="can't be read"):
        read(backup(SCHEMA + LONG))


def test_a_small_database_with_a_million_rows_needs_no_space_on_the_disk():
    """SQLite would sort them in a file of gigabytes before the first row."""
    rows = newpipe.read_playlists(io.BytesIO(database(MULTIPLIED)), Budget())
    assert len([*islice(rows, 100)]) == 100
    assert not [path for path in Path("/proc/self/fd").iterdir() if "etilqs" in link_of(path)]


def link_of(path: Path) -> str:
    with suppress(OSError):
        return str(path.readlink())
    return ""


def test_many_databases_share_the_steps_of_an_archive(read: Read):
    content = database(SCHEMA)
    with pytest.raises(FileRefused, match="far more than links"):
        read(zipped({f"{number}.db": content for number in range(250)}))


def test_a_packed_database_of_many_megabytes_is_read(read: Read):
    noise = "INSERT INTO streams SELECT 9, 0, hex(randomblob(49000)), '', 1;" * 120
    script = SCHEMA.replace("streams (\n    uid INTEGER PRIMARY KEY", "streams (\n    uid INTEGER")
    outcome = read(backup(script + LIBRARY + noise))
    assert len(outcome.videos) == 2


@pytest.mark.soak
@settings(max_examples=size(50, soak=5_000), deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(edits=st.lists(st.tuples(st.integers(16, 20_479), st.binary(max_size=4)), max_size=8))
def test_a_damaged_database_is_read_or_refused(read: Read, edits: list[tuple[int, bytes]]):
    content = bytearray(database(SCHEMA + LIBRARY))
    for at, piece in edits:
        content[at : at + len(piece)] = piece
    with suppress(FileRefused):
        read(zipped({"newpipe.db": bytes(content)}))
