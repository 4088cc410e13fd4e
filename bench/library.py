"""Whole libraries written straight into the service's SQLite file, which must be migrated.

Only for sizes that would take hours through the API. The service's own functions make the texts,
so the rows equal those of a save.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

from core import text, time_ids
from core.database.sqlite import SqliteConnection, connect_sqlite
from core.services.users import hash_clerk_id

FIRST_SAVED_AT = datetime(2020, 1, 1, tzinfo=UTC)

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Saved:
    """A video of a library: its place in time, its title and its tags."""

    number: int
    title: str
    tags: tuple[str, ...]


def fill(path: Path, users: int, library: Sequence[Saved]) -> None:
    """Give each of `user_0`, `user_1`, … the same library."""
    connection = connect_sqlite(path)
    connection.execute("PRAGMA foreign_keys=OFF")
    connection.execute("BEGIN")
    names = sorted({tag for saved in library for tag in saved.tags})
    videos = [_video(saved) for saved in library]
    links = sorted(
        (tag, video["id"])
        for video, saved in zip(videos, library, strict=True)
        for tag in saved.tags
    )
    owners = range(1, users + 1)
    _insert(connection, "users", (_user(owner, len(library)) for owner in owners))
    _insert(connection, "accounts", map(_account, owners))
    _insert(connection, "videos", ({"user_id": o, **video} for o in owners for video in videos))
    _insert(
        connection,
        "tags",
        ({"user_id": o, "key": text.tag_key(name), "name": name} for o in owners for name in names),
    )
    _insert(
        connection,
        "video_tags",
        ({"user_id": o, "tag_key": tag, "video_id": video} for o in owners for tag, video in links),
    )
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _user(owner: int, revision: int) -> Row:
    at = time_ids.rfc3339(FIRST_SAVED_AT)
    return {
        "id": owner,
        "clerk_id": f"user_{owner - 1}",
        "revision": revision,
        "banned": False,
        "profile_at": at,
        "created_at": at,
        "updated_at": at,
    }


def _account(owner: int) -> Row:
    return {
        "clerk_id_hash": hash_clerk_id(f"user_{owner - 1}"),
        "user_id": owner,
        "erased_at_s": 0,
    }


def _video(saved: Saved) -> Row:
    moment = FIRST_SAVED_AT + timedelta(minutes=saved.number)
    key = f"v{saved.number:010}"
    url, tags = f"https://www.youtube.com/watch?v={key}", ",".join(saved.tags)
    return {
        "id": time_ids.time_ordered_id(moment),
        "video_key": key,
        "url": url,
        "title": saved.title,
        "channel": "A channel",
        "thumbnail_url": f"https://i.ytimg.com/vi/{key}/mqdefault.jpg",
        "tags": tags,
        "availability": "available",
        "created_at": time_ids.rfc3339(moment),
        "updated_at": time_ids.rfc3339(moment),
        "revision": saved.number + 1,
        "title_key": text.title_key(saved.title),
        "search_text": text.search_text(saved.title, "A channel", url, tags),
    }


def _insert(connection: SqliteConnection, table: str, rows: Iterator[Row]) -> None:
    first = next(rows)
    names = ", ".join(first)
    values = ", ".join(f":{name}" for name in first)
    statement = f"INSERT INTO {table} ({names}) VALUES ({values})"  # noqa: S608  our own names
    connection.executemany(statement, chain([first], rows))
