"""`core db upgrade` on a database of v0.2.0: a real file, and more unusual rows."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient
from typer.testing import CliRunner, Result

from core.cli import app
from core.database.sqlite import sqlite3
from core.migrations import runner
from core.models import SCHEMA_REVISION
from core.services import videos
from core.services.stored import Stored
from core.time_ids import EPOCH
from tests.support.factories import Service, run_service, save
from tests.support.tokens import SigningKey

LILY = "user_Lily0"
V0_2_0 = Path(__file__).parent / "data" / "core-v0.2.0.db"

# The expected library of the real file's 36 rows, computed by hand, oldest first: link, tags, the
# milliseconds after 2026-11-22T20:32:31, start. A tag keeps the spelling of its first use.
LIBRARY = [
    ("https://www.youtube.com/watch?v=jNQXAC9IVRw", "workout,triceps,cable,legs", 206, None),
    ("https://youtu.be/dQw4w9WgXcQ?si=3yZr", "workout,legs,music", 226, None),
    ("https://m.youtube.com/watch?v=ml6cT4AZdqI&t=95s", "yoga,morning,20 min", 257, 95),
    (
        "https://youtube.com/shorts/BGQWPY4IigY?feature=share",
        "yoga,morning,20 min,workout,HIIT",
        273,
        None,
    ),
    ("https://music.youtube.com/watch?v=MgNrAu2pzNs", "workout,HIIT,Rücken,Übung", 288, None),
    (
        "https://youtu.be/OPf0YbXqDm0?t=90",
        "Rücken,Übung,stretching,tabata,cardio,workout",
        303,
        90,
    ),
    (
        "https://www.youtube.com/watch?v=UBMk30rjy0o#t=10",
        "tabata,cardio,workout,triceps,cable",
        332,
        10,
    ),
    ("https://www.youtube.com/watch?v=gC_L9qAHVJ8", "workout,legs,music", 361, None),
    ("https://www.youtube.com/watch?v=9bZkp7q19f0", "music", 375, None),
    ("https://www.youtube.com/watch?v=kJQP7kiw5Fk", "yoga,morning,20 min", 389, None),
    ("https://youtu.be/UItWltVZZmE", "workout,HIIT,Rücken,Übung", 415, None),
    (
        "https://www.youtube.com/watch?v=yZv2daTWRZU&feature=youtu.be",
        "Rücken,Übung,stretching",
        430,
        None,
    ),
    (
        "https://www.youtube.com/watch?v=V36LpHqtcDY",
        "stretching,tabata,cardio,workout",
        445,
        None,
    ),
    (
        "https://www.youtube.com/watch?v=_b-2C3KPAM0",
        "tabata,cardio,workout,triceps,cable",
        459,
        None,
    ),
]
SUMMARY = (
    f"Kept 14 videos of v0.2.0 for {LILY}; merged 20 duplicates into them; "
    "set 2 unreadable ones aside."
)
REASON = (
    "This is not a YouTube link: evil.example. Open the video itself on YouTube and copy its link."
)


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the real file in the place of the service's database."""
    (tmp_path / "data").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", "sqlite:///data/core.db")
    return Path(shutil.copy(V0_2_0, tmp_path / "data" / "core.db"))


def upgrade(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["db", "upgrade", *arguments])


def query(path: Path, sql: str, *rows: Iterable[Any]) -> list[tuple[Any, ...]]:
    """Run a statement, once or for each row, and return what it selects."""
    with closing(sqlite3.connect(path)) as connection, connection:
        if rows:
            connection.executemany(sql, rows)
            return []
        return list(connection.execute(sql))


def tables(path: Path) -> set[str]:
    return {name for (name,) in query(path, "SELECT name FROM sqlite_master WHERE type = 'table'")}


@asynccontextmanager
async def sign_in(path: Path, name: str, signing_key: SigningKey) -> AsyncIterator[AsyncClient]:
    """Run the service on the file and give a client of a user, as in `user_Lily0`."""
    async with run_service(f"sqlite:///{path}", signing_key) as service:
        yield Service(service.app, signing_key, number=0).person(name)


def library_of(path: Path, name: str, signing_key: SigningKey) -> list[dict[str, Any]]:
    """Return the videos of a user who signs in, oldest first."""

    async def read() -> Any:
        async with sign_in(path, name, signing_key) as person:
            return (await person.get("/videos", params={"sort": "oldest"})).json()["videos"]

    return list(asyncio.run(read()))


def test_the_upgrade_without_an_owner_stops_and_changes_nothing(old: Path):
    result = upgrade()
    assert result.exit_code == 2
    for words in ("36 videos", "--legacy-owner CLERK_ID", "--legacy-drop"):
        assert words in result.stderr
    assert old.read_bytes() == V0_2_0.read_bytes()
    assert list(old.parent.iterdir()) == [old]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--legacy-drop", "--legacy-owner", LILY],
        ["--legacy-owner", "lily@example.com"],
        ["--legacy-owner", ""],
        ["users_and_owners", "--legacy-drop"],
    ],
)
def test_a_malformed_decision_changes_nothing(old: Path, arguments: list[str]):
    assert upgrade(*arguments).exit_code == 2
    assert old.read_bytes() == V0_2_0.read_bytes()
    assert list(old.parent.iterdir()) == [old]


def test_the_real_file_becomes_the_library_of_its_owner(old: Path, signing_key: SigningKey):
    result = upgrade("--legacy-owner", LILY)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[-4:] == [
        f"The database is at {SCHEMA_REVISION}.",
        f"Unreadable: 10: {REASON}",
        f"Unreadable: 28: {REASON}",
        SUMMARY,
    ]
    library = library_of(old, "Lily", signing_key)
    assert [
        (video["url"], video["tags"], video["created_at"], video["start_s"]) for video in library
    ] == [
        (url, tags, f"2026-11-22T20:32:31.{milliseconds}Z", start_s)
        for url, tags, milliseconds, start_s in LIBRARY
    ]
    assert library_of(old, "Lars", signing_key) == []


def test_a_kept_video_equals_one_saved_at_its_date(old: Path, signing_key: SigningKey):
    upgrade("--legacy-owner", LILY)
    video = library_of(old, "Lily", signing_key)[6]
    saved_at = EPOCH + timedelta(milliseconds=video["id"] >> 12)
    assert saved_at == datetime(2026, 11, 22, 20, 32, 31, 332_000, tzinfo=UTC)
    assert video["updated_at"] > video["created_at"]
    assert video == {
        "id": video["id"],
        "url": "https://www.youtube.com/watch?v=UBMk30rjy0o#t=10",
        "title": None,
        "thumbnail_url": "https://i.ytimg.com/vi/UBMk30rjy0o/mqdefault.jpg",
        "tags": "tabata,cardio,workout,triceps,cable",
        "created_at": "2026-11-22T20:32:31.332Z",
        "video_key": "UBMk30rjy0o",
        "start_s": 10,
        "channel": None,
        "availability": "unknown",
        "updated_at": video["updated_at"],
        **dict.fromkeys(("end_s", "duration_s", "minutes", "done_on")),
        "done_count": 0,
    }


def test_the_backup_next_to_the_database_holds_every_row_and_is_private(old: Path):
    result = upgrade("--legacy-owner", LILY)
    [backup] = old.parent.glob("core-v0.2.0-backup-????????T??????Z.db")
    assert f"Backup: data/{backup.name}" in result.stdout
    everything = "SELECT * FROM videos ORDER BY id"
    assert query(backup, everything) == query(V0_2_0, everything)
    assert backup.stat().st_mode & 0o777 == 0o600
    assert sorted(old.parent.iterdir()) == sorted([backup, old])


def test_unreadable_rows_are_set_aside_and_asked_about_once(old: Path):
    upgrade("--legacy-owner", LILY)
    kept = [row[:-1] for row in query(old, "SELECT * FROM unreadable_videos")]
    bad = query(V0_2_0, "SELECT * FROM videos WHERE id IN (10, 28)")
    assert kept == [(*row, REASON) for row in bad]
    assert "legacy_videos" not in tables(old)
    again = upgrade()
    assert (again.exit_code, again.stdout) == (0, f"The database is at {SCHEMA_REVISION}.\n")
    runner.check(f"sqlite:///{old}")
    assert CliRunner().invoke(app, ["users", "erase", LILY, "--yes"]).exit_code == 0
    assert query(old, "SELECT * FROM unreadable_videos") == []


def test_dropping_deletes_every_video_but_not_the_backup(old: Path, signing_key: SigningKey):
    result = upgrade("--legacy-drop")
    assert result.exit_code == 0
    assert result.stdout.endswith("Deleted 36 videos of v0.2.0.\n")
    assert not tables(old) & {"legacy_videos", "unreadable_videos"}
    assert library_of(old, "Lily", signing_key) == []
    [backup] = old.parent.glob("core-v0.2.0-backup-*.db")
    assert query(backup, "SELECT count(*) FROM videos") == [(36,)]


def test_an_upgrade_killed_before_the_conversion_resumes_when_run_again(
    old: Path, signing_key: SigningKey
):
    runner.upgrade(f"sqlite:///{old}")  # the steps before the kill
    asked = upgrade()
    assert asked.exit_code == 2
    assert "36 videos" in asked.stderr
    assert upgrade("--legacy-owner", LILY).exit_code == 0
    assert [video["url"] for video in library_of(old, "Lily", signing_key)] == [
        url for url, *_ in LIBRARY
    ]


def test_a_failed_conversion_is_rolled_back_and_can_be_repeated(
    old: Path, signing_key: SigningKey, monkeypatch: pytest.MonkeyPatch
):
    saves = count(1)
    really_save = videos.save

    async def break_at_the_20th(*arguments: Any) -> Stored:
        if next(saves) == 20:
            raise MemoryError
        return await really_save(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(videos, "save", break_at_the_20th)
        assert isinstance(upgrade("--legacy-owner", LILY).exception, MemoryError)
    assert query(old, "SELECT count(*) FROM legacy_videos") == [(36,)]
    assert query(old, "SELECT count(*) FROM users") == [(0,)]
    assert upgrade("--legacy-owner", LILY).exit_code == 0
    assert len(library_of(old, "Lily", signing_key)) == len(LIBRARY)


def test_unusual_rows_that_v0_2_0_allowed_are_converted(old: Path, signing_key: SigningKey):
    query(old, "DELETE FROM videos")
    link = "https://youtu.be/oddrow-{:04}"
    tags = ",".join(f"tag {number}" for number in range(60))
    moment = "2024-02-29 10:00:00.999999"
    rows = [
        # id, url, title, tags, created_at; an older date in a row that was written later
        (1, link.format(1), None, None, "2025-01-01 00:00:00.000000"),
        (2, link.format(1), "Later row, older date", "a", "2024-01-01 00:00:00.000000"),
        (3, link.format(3), "", " , ,a,,A, b  c ", moment),
        (4, link.format(4), "T" * 301, "", moment),
        (5, link.format(5), None, tags, moment),
        (6, link.format(6), None, "", "yesterday"),
        (7, link.format(7), None, "be\x07ll", moment),
        (8, "a text with " + link.format(8) + " in it", None, "", "2024-02-29 10:00:00"),
        (9, "", None, "", moment),
        (10, link.format(10), "two\nlines\x00\x1b", "t" * 63 + " u,legs", moment),
        (11, link.format(11) + "?x=" + "y" * 5_000 + "&t=9", None, "," * 5_000, moment),
        (12, link.format(12) + "\x07", "\x07", "", moment),
    ]
    insert = "INSERT INTO videos (id, url, title, tags, created_at) VALUES (?, ?, ?, ?, ?)"
    query(old, insert, *rows)
    started = datetime.now(UTC)
    result = upgrade("--legacy-owner", LILY)
    assert result.exit_code == 0, result.output
    library = library_of(old, "Lily", signing_key)
    seen = [(v["video_key"], v["title"], v["tags"], v["created_at"]) for v in library]
    assert seen[0] == ("oddrow-0001", "Later row, older date", "a", "2024-01-01T00:00:00.000Z")
    assert seen.pop()[:3] == ("oddrow-0006", None, "")
    assert datetime.fromisoformat(library[-1]["created_at"]) > started - timedelta(seconds=1)
    at = "2024-02-29T10:00:00.999Z"
    assert sorted(seen[1:]) == [
        ("oddrow-0003", None, "a,b c", at),
        ("oddrow-0004", "T" * 300, "", at),
        ("oddrow-0005", None, ",".join(tags.split(",")[:50]), at),
        ("oddrow-0007", None, "bell", at),
        ("oddrow-0008", None, "", "2024-02-29T10:00:00.000Z"),
        ("oddrow-0010", "two lines", "t" * 63 + ",legs", at),
        ("oddrow-0011", None, "", at),
        ("oddrow-0012", None, "", at),
    ]
    assert {v["start_s"] for v in library if v["video_key"] == "oddrow-0011"} == {9}
    assert sorted(result.stdout.splitlines()[2:-1]) == [
        "Changed: 10: title shortened or cleaned, tags shortened or cleaned.",
        "Changed: 11: link shortened or cleaned.",
        "Changed: 12: title shortened or cleaned.",
        "Changed: 4: title shortened or cleaned.",
        "Changed: 5: tags shortened or cleaned.",
        "Changed: 6: date unreadable, so dated now.",
        "Changed: 7: tags shortened or cleaned.",
        "Unreadable: 9: There is no web link here. Paste the link of a YouTube video.",
    ]
    assert query(old, "SELECT id FROM unreadable_videos") == [(9,)]


@pytest.fixture
def with_bytes(old: Path) -> Path:
    """The real file with two rows more, whose texts are not UTF-8."""
    query(
        old,
        "INSERT INTO videos (id, url, title, tags, created_at)"
        " VALUES (?, CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT))",
        (101, b"https://youtu.be/oddrow-0101", b"\xffA", b"\xffA,b", b"\xffA"),
        (102, b"https://youtu.be/secret-link\xffA", b"secret", b"\xffA", b"\xffA"),
    )
    return old


def test_text_that_is_not_utf_8_is_kept_with_replacement_characters(
    with_bytes: Path, signing_key: SigningKey
):
    result = upgrade("--legacy-owner", LILY)
    assert result.exit_code == 0, result.output
    video = library_of(with_bytes, "Lily", signing_key)[-1]
    assert (video["video_key"], video["title"], video["tags"]) == (
        "oddrow-0101",
        "\ufffdA",
        "\ufffdA,b",
    )
    assert "Changed: 101: title shortened or cleaned, tags shortened or cleaned, date" in (
        result.stdout
    )
    assert "Unreadable: 102: The link is no text.\n" in result.stdout
    assert "secret" not in result.output
    [(url,)] = query(with_bytes, "SELECT CAST(url AS BLOB) FROM unreadable_videos WHERE id = 102")
    assert url == b"https://youtu.be/secret-link\xffA"


def test_text_that_is_not_utf_8_can_be_dropped(with_bytes: Path):
    result = upgrade("--legacy-drop")
    assert result.exit_code == 0, result.output
    assert result.stdout.endswith("Deleted 38 videos of v0.2.0.\n")
    assert "legacy_videos" not in tables(with_bytes)


def test_tags_over_the_limit_are_dropped_from_the_end(old: Path, signing_key: SigningKey):
    query(old, "DELETE FROM videos WHERE id > 1")
    many = ",".join(f"tag {number}" for number in range(48))
    query(
        old,
        "INSERT INTO videos (url, tags, created_at) VALUES (?, ?, '2026-12-01 00:00:00.000000')",
        ("https://youtu.be/jNQXAC9IVRw", many),
    )
    told = upgrade("--legacy-owner", LILY).stdout.splitlines()
    assert told[-2] == "Changed: 2: tags left out beyond 50 with its duplicate's."
    assert told[-1].endswith("merged 1 duplicates into them; set 0 unreadable ones aside.")
    [video] = library_of(old, "Lily", signing_key)
    assert video["tags"] == "workout,triceps,cable," + many.removesuffix(",tag 47")
    assert query(old, "SELECT COUNT(*) FROM tags WHERE name = 'tag 47'") == [(0,)]


def test_an_owner_keeps_an_existing_library(old: Path, signing_key: SigningKey):
    runner.upgrade(f"sqlite:///{old}")

    async def use_it_before_the_decision() -> None:
        async with sign_in(old, "Lily", signing_key) as lily:
            await save(lily, "dQw4w9WgXcQ", "mine", title="Mine")

    asyncio.run(use_it_before_the_decision())
    assert "Kept 13 videos" in upgrade("--legacy-owner", LILY).stdout
    newest = library_of(old, "Lily", signing_key)[-1]
    assert (newest["title"], newest["tags"]) == ("Mine", "mine,workout,legs,music")


def test_a_v0_2_0_database_without_videos_needs_no_decision(old: Path):
    query(old, "DELETE FROM videos")
    assert upgrade().exit_code == 0
    assert not tables(old) & {"legacy_videos", "unreadable_videos"}
    assert not list(old.parent.glob("*backup*"))


@pytest.mark.parametrize("decision", [["--legacy-drop"], ["--legacy-owner", LILY]])
def test_a_decision_without_old_videos_does_nothing(
    database_url: str, monkeypatch: pytest.MonkeyPatch, decision: list[str]
):
    monkeypatch.setenv("DATABASE_URL", database_url)
    result = upgrade(*decision)
    assert result.exit_code == 0
    assert "There are no videos of v0.2.0 here" in result.stdout
