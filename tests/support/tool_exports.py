"""Exports of other tools: each shape writes any library in the format of one tool."""

import csv
import io
import json
import sqlite3
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Any, NamedTuple


class Saved(NamedTuple):
    """A video of a library; `at` is in whole seconds."""

    key: str
    title: str
    tags: tuple[str, ...]
    at: datetime


Library = list[Saved]


@dataclass(frozen=True)
class Shape:
    """How a tool writes a library, and which fields its file contains."""

    write: Callable[[Library], bytes]
    has_titles: bool = True
    has_tags: bool = True
    has_dates: bool = True
    name: str = "file"


def url(video: Saved) -> str:
    return f"https://www.youtube.com/watch?v={video.key}"


def seconds(video: Saved) -> int:
    return int(video.at.timestamp())


def rfc3339(video: Saved) -> str:
    return video.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def as_json(document: Any) -> bytes:
    return json.dumps(document).encode()


def as_lines(documents: list[Any]) -> bytes:
    return b"".join(as_json(document) + b"\n" for document in documents)


def as_csv(header: list[str], rows: list[list[Any]], delimiter: str = ",") -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerows([header, *rows] if header else rows)
    return out.getvalue().encode()


def zipped(members: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def tarred(members: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def playlists(library: Library) -> dict[str, Library]:
    """Return the videos by their tags: a playlist holds those that have its tag."""
    names = dict.fromkeys(tag for video in library for tag in video.tags)
    return {name: [video for video in library if name in video.tags] for name in names}


# ---------------------------------------------------------------------------------- JSON


def records(library: Library, **names: Callable[[Saved], Any]) -> list[dict[str, Any]]:
    return [{name.strip("_"): read(video) for name, read in names.items()} for video in library]


def title(video: Saved) -> str:
    return video.title


def tags(video: Saved) -> list[str]:
    return [*video.tags]


def tag_objects(video: Saved) -> list[dict[str, Any]]:
    return [{"id": number, "name": tag} for number, tag in enumerate(video.tags)]


def invidious(library: Library) -> bytes:
    lists = [
        {"title": name, "privacy": "Private", "videos": [video.key for video in some]}
        for name, some in playlists(library).items()
    ]
    unasked = {"subscriptions": ["UCx"], "watch_history": ["gC_L9qAHVJ8"], "preferences": {"a": []}}
    return as_json({**unasked, "playlists": lists})


def piped(library: Library) -> bytes:
    lists = [
        {"name": name, "type": "playlist", "videos": [*map(url, some)]}
        for name, some in playlists(library).items()
    ]  # fmt: skip
    return as_json({"format": "Piped", "version": 1, "playlists": lists})


def libretube(library: Library) -> bytes:
    lists = [
        {"videos": records(some, videoId=lambda v: v.key, title=title), "playlist": {"name": name}}
        for name, some in playlists(library).items()
    ]
    return as_json({"watchHistory": [{"videoId": "gC_L9qAHVJ8"}], "localPlaylists": lists})


def freetube(library: Library) -> bytes:
    def milliseconds(video: Saved) -> int:
        return seconds(video) * 1000

    return as_lines(
        [
            {"videos": records(some, videoId=lambda v: v.key, title=title, timeAdded=milliseconds),
             "playlistName": name, "createdAt": 1}
            for name, some in playlists(library).items()
        ]
    )  # fmt: skip


def karakeep(library: Library) -> bytes:
    found = records(
        library, createdAt=seconds, title=title, tags=tags,
        content=lambda v: {"type": "link", "url": url(v)}, note=lambda _: None,
    )  # fmt: skip
    return as_json({"bookmarks": found})


def linkwarden(library: Library) -> bytes:
    found = records(library, name=title, url=url, createdAt=rfc3339, tags=tag_objects)
    return as_json({"name": "Ann", "collections": [{"name": "Unorganized", "links": found}]})


def wallabag_api(library: Library) -> bytes:
    found = records(
        library, url=url, title=title, created_at=lambda v: v.at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
        tags=lambda v: [{"label": tag, "slug": "x"} for tag in v.tags],
    )  # fmt: skip
    return as_json({"_embedded": {"items": found}, "page": 1})


def yt_dlp(library: Library) -> bytes:
    return as_lines(
        [
            {"_type": "video", "extractor": "youtube", "id": video.key, "title": video.title,
             "formats": [{"url": "https://example.com/x"}], "tags": ["keyword"],
             "url": "https://example.com/x", "webpage_url": url(video), "playlist_title": name}
            for name, some in playlists(library).items() for video in some
        ]
    )  # fmt: skip


def youtube_api(library: Library) -> bytes:
    items = [
        {"kind": "youtube#playlistItem", "snippet": {
            "publishedAt": rfc3339(video), "title": video.title,
            "resourceId": {"kind": "youtube#video", "videoId": video.key}}}
        for video in library
    ]  # fmt: skip
    return as_json({"kind": "youtube#playlistItemListResponse", "items": items})


def by_id(library: Library) -> bytes:
    return as_json({
        video.key: {"title": video.title, "tags": [*video.tags], "created": seconds(video)}
        for video in library
    })  # fmt: skip


def grayjay(library: Library) -> bytes:
    lists = [
        "\n".join([f"{name}:::x", *map(url, some)]) for name, some in playlists(library).items()
    ]
    return zipped({"stores/Playlists": as_json(lists), "stores/history": as_json(["x"])})


# ---------------------------------------------------------------------------------- SQLite

NEWPIPE = """
CREATE TABLE playlists (uid INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE streams (uid INTEGER PRIMARY KEY, service_id INTEGER, url TEXT, title TEXT);
CREATE TABLE playlist_stream_join (playlist_id INTEGER, stream_id INTEGER, join_index INTEGER,
    PRIMARY KEY (playlist_id, join_index));
"""


def newpipe(library: Library) -> bytes:
    with closing(sqlite3.connect(":memory:")) as database:
        database.executescript(NEWPIPE)
        ids = {video.key: number for number, video in enumerate(library, 1)}
        rows: list[tuple[Any, ...]] = [(ids[v.key], url(v), v.title) for v in library]
        database.executemany("INSERT INTO streams VALUES (?, 0, ?, ?)", rows)
        for number, (name, some) in enumerate(playlists(library).items(), 1):
            database.execute("INSERT INTO playlists VALUES (?, ?)", (number, name))
            rows = [(number, ids[video.key], at) for at, video in enumerate(some)]
            database.executemany("INSERT INTO playlist_stream_join VALUES (?, ?, ?)", rows)
        database.commit()
        return zipped({"newpipe.db": database.serialize()})


# ------------------------------------------------------------------------------ CSV, HTML


def table(
    header: str, row: Callable[[Saved], list[Any]], delimiter: str = ","
) -> Callable[[Library], bytes]:
    names = header.split(",") if header else []
    return lambda library: as_csv(names, [row(video) for video in library], delimiter)


def python_list(video: Saved) -> str:
    return repr([*video.tags])


def bookmarks(library: Library) -> bytes:
    lines = [
        f'<DT><A HREF="{url(video)}" ADD_DATE="{seconds(video)}" '
        f'TAGS="{escape(",".join(video.tags))}">{escape(video.title)}</A>\n<DD>text\n'
        for video in library
    ]
    return (
        f"<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<H1>B</H1>\n<DL><p>\n{''.join(lines)}</DL>".encode()
    )


def folders(library: Library) -> bytes:
    bar = '<DT><H3 PERSONAL_TOOLBAR_FOLDER="true">Bookmarks bar</H3>\n<DL><p>\n'
    inside = "".join(
        f"<DT><H3>{escape(name)}</H3>\n<DL><p>\n"
        + "".join(
            f'<DT><A HREF="{url(v)}" ADD_DATE="{seconds(v)}">{escape(v.title)}\n' for v in some
        )
        + "</DL><p>\n"
        for name, some in playlists(library).items()
    )
    return f"<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<DL><p>\n{bar}{inside}</DL></DL>".encode()


def pocket_html(library: Library) -> bytes:
    items = "".join(
        f'<li><a href="{url(video)}" time_added="{seconds(video)}" '
        f'tags="{escape(",".join(video.tags))}">{escape(video.title)}</a></li>\n'
        for video in library
    )
    return (
        f"<!DOCTYPE html>\n<html><body><h1>Unread</h1>\n<ul>\n{items}</ul></body></html>".encode()
    )


def takeout_lists(library: Library) -> dict[str, bytes]:
    return {
        f"Takeout/YouTube/playlists/{name}-videos.csv": as_csv(
            ["Video ID", "Playlist Video Creation Timestamp"],
            [[video.key, video.at.isoformat()] for video in some],
        )
        for name, some in playlists(library).items()
    } or {"Takeout/YouTube/playlists/x-videos.csv": b"Video ID,Time\n"}


def pocket_rows(library: Library) -> bytes:
    return table("title,url,time_added,tags,status", lambda v: [
        v.title, url(v), seconds(v), "|".join(v.tags), "unread"])(library)  # fmt: skip


def commas(video: Saved) -> str:
    return ", ".join(video.tags)


SHAPES = {
    "invidious": Shape(invidious, has_titles=False, has_dates=False),
    "piped": Shape(piped, has_titles=False, has_dates=False),
    "libretube": Shape(libretube, has_dates=False),
    "freetube": Shape(freetube),
    "newpipe": Shape(newpipe, has_dates=False),
    "grayjay": Shape(grayjay, has_titles=False, has_dates=False),
    "objects by id": Shape(by_id),
    "karakeep": Shape(karakeep),
    "linkwarden": Shape(linkwarden),
    "linkding api": Shape(lambda lib: as_json({"results": records(
        lib, url=url, title=title, tag_names=tags, date_added=rfc3339)})),
    "pinboard": Shape(lambda lib: as_json(records(
        lib, href=url, description=title, extended=lambda _: "", time=rfc3339,
        tags=lambda v: " ".join(v.tags)))),
    "shaarli api": Shape(lambda lib: as_json(records(
        lib, url=url, title=title, tags=tags, created=rfc3339))),
    "omnivore": Shape(lambda lib: as_json(records(
        lib, url=url, title=title, labels=tags, savedAt=rfc3339))),
    "raindrop api": Shape(lambda lib: as_json({"items": records(
        lib, link=url, title=title, tags=tags, created=rfc3339)})),
    "wallabag api": Shape(wallabag_api),
    "youtube api": Shape(youtube_api, has_tags=False),
    "yt-dlp": Shape(yt_dlp, has_dates=False),
    "raindrop": Shape(table("id,title,note,excerpt,url,folder,tags,created", lambda v: [
        1, v.title, "", "x", url(v), "Unsorted", commas(v), rfc3339(v)])),
    "pocket": Shape(pocket_rows),
    "pocket zip": Shape(lambda lib: zipped({"part_000000.csv": pocket_rows(lib)})),
    "instapaper": Shape(table("URL,Title,Selection,Folder,Timestamp,Tags", lambda v: [
        url(v), v.title, "", "Unread", seconds(v), json.dumps([*v.tags])])),
    "readwise": Shape(table("Title,URL,ID,Document tags,Saved date,Location", lambda v: [
        v.title, url(v), "x", python_list(v), v.at.isoformat(" "), "new"])),
    "matter": Shape(table("Title,Author,URL,Tags,Last Interaction Date", lambda v: [
        v.title, "x", url(v), ";".join(v.tags), v.at.strftime("%Y-%m-%d %H:%M:%S")])),
    "mymind": Shape(table("id,type,title,url,content,note,tags,created", lambda v: [
        "x", "WebPage", v.title, url(v), "", "", commas(v), rfc3339(v)])),
    "linkace": Shape(table("id,url,title,created_at,deleted_at,tags,lists", lambda v: [
        1, url(v), v.title, rfc3339(v), "", ",".join(v.tags), ""])),
    "wallabag": Shape(table("Title,URL,Content,Tags,MIME Type,Language,Creation date", lambda v: [
        v.title, url(v), "<p>", commas(v), "text/html", "en",
        v.at.strftime("%d/%m/%Y %H:%M:%S")], ";")),
    "bookmarks": Shape(bookmarks),
    "folders": Shape(folders),
    "pocket html": Shape(pocket_html),
    "takeout zip": Shape(lambda lib: zipped(takeout_lists(lib)), has_titles=False),
    "takeout tgz": Shape(lambda lib: tarred(takeout_lists(lib)), has_titles=False),
    "text": Shape(lambda lib: "\n".join(map(url, lib)).encode(),
                  has_titles=False, has_tags=False, has_dates=False),
    "commas": Shape(lambda lib: ",".join(map(url, lib)).encode(),
                    has_titles=False, has_tags=False, has_dates=False),
    "markdown": Shape(lambda lib: "\n".join(f"[x]({url(v)})" for v in lib).encode(),
                      has_titles=False, has_tags=False, has_dates=False),
}  # fmt: skip
"""By tool. Formats that group by playlist contain only videos with a tag."""

IN_PLAYLISTS = {
    "invidious", "piped", "libretube", "freetube", "newpipe", "grayjay", "yt-dlp", "folders",
    "takeout zip", "takeout tgz",
}  # fmt: skip
