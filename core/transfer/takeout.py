"""A playlist of Google Takeout as CSV, in both of its layouts, and the list of all playlists.

    Video ID,Playlist Video Creation Timestamp        Playlist Id,Channel Id,Time Created,…
    ml6cT4AZdqI,2020-03-01T10:00:00+00:00             WL,UC…,2015-01-01 00:00:00 UTC,…,Title,…

                                                      Video Id,Time Added
                                                      9bZkp7q19f0,2016-02-03 04:05:06 UTC

Headers, folders and file names are in the user's language, so none of them is relied on. A
spreadsheet may have padded every row with empty cells, and written semicolons or tabs.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import chain, islice
from pathlib import PurePosixPath
from typing import IO
from unicodedata import normalize

from core.transfer.bounds import Budget
from core.transfer.csv_files import delimiter_of, read_rows
from core.transfer.csv_layouts import columns_of
from core.transfer.date_order import Entries, read_in_one_order
from core.transfer.decoding import read_lines
from core.transfer.entries import Entry
from core.transfer.timestamps import AmbiguousDate, read_timestamp
from core.youtube import links

_PLAYLIST_COLUMNS = 2
_OLD_COLUMNS = 7
_OLD_TITLE = 4
_INDEX_COLUMNS = 12
_INDEX_TITLE = 6
LONGEST_NAME = 300
"""Characters of a file's name or a playlist's title; each of its videos carries them."""
_ROWS_TO_LOOK_AT = 8
_MAX_TITLES = 10_000
_LONGEST_FILE_NAME = 30
"""From this length in characters on, Google may have cut the title in the name of its file."""

_PLAYLIST_ID = re.compile(r"(?:PL|UU|FL|OL|RD)[A-Za-z0-9_-]{8,}|WL|LL|HL")
_VIDEOS = """
videos vídeos vidéos video vidéo videoer videor videot videók videa videá videoklipy videolar filmy
wideo видео видеозаписи видеоролики відео видеоклипове 動画 视频 影片 視頻 동영상 वीडियो วิดีโอ βίντεο
סרטונים فيديوهات الفيديوهات video's video_s videoclipuri bideoak myndskeið videosnimci videoposnetki
videozapisi videoklipi videod ویدیوها ভিডিও व्हिडिओ வீடியோக்கள்
"""
_SUFFIX = re.compile(rf"-(?:{'|'.join(map(re.escape, _VIDEOS.split()))})$", re.IGNORECASE)
"""The word that Google appends to the title of a playlist; a title may have a hyphen too."""


def is_playlist(lines: Iterable[str], budget: Budget) -> bool:
    """Tell whether it is a playlist, by its first rows: two columns, a key and a moment.

    Raises: FileRefused
    """
    rows = [_trimmed(cells) for _, cells in islice(_rows(lines, budget), _ROWS_TO_LOOK_AT)]
    while rows and len(rows[0]) > _PLAYLIST_COLUMNS:  # the older layout's head
        rows = rows[1:]
    if not rows or len(rows[0]) != _PLAYLIST_COLUMNS:
        return False
    if re.fullmatch(r"video.?id", rows[0][0].strip(), re.IGNORECASE):
        others = columns_of(",".join(rows[0]))
        return all(map(_has_moment, rows[1:])) and not {"title", "tags", "url"} & {*others}
    has_header = not links.is_bare_key(rows[0][0].strip())
    return any(map(_is_video, rows[: 1 + has_header]))


def read_playlist(
    file: IO[bytes], name: str, budget: Budget, titles: Mapping[str, str] | None = None
) -> Iterator[Entry]:
    """Yield the videos of a playlist, whose title is their tag.

    It is the title inside the file, the one that `titles` has by playlist id or by file name, or
    the file's name. A title with a comma is several tags, as everywhere.

    Raises: FileRefused
    """
    return read_in_one_order(file, budget, partial(_read, name, titles or {}))


def _read(name: str, titles: Mapping[str, str], file: IO[bytes], budget: Budget) -> Entries:
    place = base_name(name)[:LONGEST_NAME]
    head: list[list[str]] = []
    title, begun = title_of(place, titles), False
    for line, padded in _rows(read_lines(file), budget):
        cells = _trimmed(padded)
        if not begun and len(cells) > _PLAYLIST_COLUMNS:
            head = [*head[:1], padded]
        elif begun or _is_video(cells):
            begun = True
            key, moment = [*cells, ""][:2]
            yield Entry(line, _url(key.strip()), tags=(title,), created_at=moment, place=place)
        else:  # the header
            begun = True
            title = (_old_title(head, titles) or title)[:LONGEST_NAME]


def read_titles(lines: Iterable[str], budget: Budget) -> dict[str, str]:
    """Read the list of all playlists, by their ids; of any other file, nothing.

    Raises: FileRefused
    """
    titles: dict[str, str] = {}
    at = -1
    for _, cells in islice(read_rows(lines, budget), _MAX_TITLES):
        if at < 0:
            at = _title_column(cells)
            if at < 0:
                return {}
        elif not _PLAYLIST_ID.fullmatch(cells[0].strip()):
            return {}
        elif at < len(cells):
            titles[cells[0].strip()] = cells[at].strip()[:LONGEST_NAME]
    return titles


def title_of(base: str, titles: Mapping[str, str]) -> str:
    """Read the title `Workout` from `Workout-videos(1).csv`; `titles` completes one that is cut."""
    stem = re.sub(r"\.csv$", "", base, flags=re.IGNORECASE)
    stem = re.sub(r"\([0-9]+\)$", "", stem).rstrip()
    stem = _SUFFIX.sub("", stem) or stem
    written = _as_in_a_file_name(stem)
    for title in titles.values():
        whole = _as_in_a_file_name(title)
        if whole == written or (len(written) >= _LONGEST_FILE_NAME and whole.startswith(written)):
            return title
    return stem


def base_name(name: str) -> str:
    """Return the name of a file without its folders, composed: macOS writes `e` and an accent."""
    return PurePosixPath(normalize("NFC", name).replace("\\", "/")).name


def _rows(lines: Iterable[str], budget: Budget) -> Iterator[tuple[int, list[str]]]:
    rest = iter(lines)
    first = next(rest, "")
    return read_rows(chain((first,), rest), budget, delimiter_of(first))


def _url(key: str) -> str:
    """Return a link for a key that looks like a word."""
    return links.canonical_url(key) if links.is_key(key) and not links.is_bare_key(key) else key


def _trimmed(cells: list[str]) -> list[str]:
    while len(cells) > 1 and not cells[-1].strip():
        cells = cells[:-1]
    return cells


def _is_video(cells: list[str]) -> bool:
    return links.is_key(cells[0].strip()) and _has_moment(cells)


def _has_moment(cells: list[str]) -> bool:
    moment = cells[1].strip() if len(cells) > 1 else ""
    try:
        return len(cells) <= _PLAYLIST_COLUMNS and (not moment or bool(read_timestamp(moment)))
    except AmbiguousDate:
        return True


def _old_title(head: list[list[str]], titles: Mapping[str, str]) -> str:
    """Return the title above a playlist: a playlist may have none, and then there is no column."""
    if len(head) <= 1:
        return ""
    at = _title_column(head[0])
    title = head[1][at].strip() if 0 <= at < len(head[1]) else ""
    return title or titles.get(head[1][0].strip(), "")


def _title_column(header: list[str]) -> int:
    names = [" ".join(name.lower().split()) for name in _trimmed(header)]
    for name in ("title", "playlist title (original)", "playlist title"):
        if name in names:
            return names.index(name)
    return {_OLD_COLUMNS: _OLD_TITLE, _INDEX_COLUMNS: _INDEX_TITLE}.get(len(names), -1)


def _as_in_a_file_name(title: str) -> str:
    """Write a title as in the name of its file, where signs become `_`."""
    return re.sub(r"[\W_]+", "_", title.casefold()).strip("_")
