"""From an object of JSON to an entry: which of its fields is the link, the title, the date."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from core.codes import Reason
from core.transfer import fields
from core.transfer.entries import (
    FOLDER_LEFT_OUT,
    NOTE_LEFT_OUT,
    OWN_TAG_LEFT_OUT,
    Entry,
    NoteRow,
    SearchRow,
    WorkoutRow,
)
from core.transfer.tag_lists import join_folders, join_tags, without_own_tags
from core.youtube import links

LISTS = {"videos", "items", "links", "bookmarks"}
"""Lists whose strings are links, and whose objects are entries even without a link."""
_PAGES = {"results", "response", "data", "entries", "articles", "documents", "children"}
"""Lists whose objects are entries with any link, so that a link to no video is reported."""
TAGS = {*fields.TAGS}
NOTES = {*fields.NOTES}
FOLDERS = {*fields.FOLDERS, *fields.PLAYLISTS}
MAX_TAGS = 1_000
LONGEST_TEXT = 65_536
"""Characters of a value that are kept."""
_LONGEST_NAME = 300
"""Characters of a playlist's name; each of its videos carries it."""

_URLS = (*fields.URLS, "content.url", "link.url", "bookmark.url")
_KEYS = (
    *fields.KEYS, "resource_id.video_id", "snippet.resource_id.video_id",
    "content_details.video_id", "id.video_id", "video.id", "video.video_id",
)  # fmt: skip
_TITLES = (*fields.TITLES, "snippet.title", "content.title", "video.title")
_NAMES = ("playlist_name", "playlist.name", "playlist.title")
_FOLDERS = (
    *fields.FOLDERS, *fields.PLAYLISTS, "collection.name", "collection.title", "folder.name",
    "folder.title", "list.name",
)  # fmt: skip
_KINDS = ("_type", "type", "kind")
_FOLDERS_KINDS = ("folder", "place-container")
"""The words of Chrome and Firefox for a folder."""
_PUBLISHED = "snippet.published_at"
"""In YouTube's answers: the day when an item was added to a playlist, or a video uploaded."""
_CREATED_IN_MONGODB = tuple(
    f"{name}.{part}" for name in fields.CREATED for part in ("$date", "$date.$number_long")
)
_OF_PLAYLIST_ITEMS = ("snippet.resource_id.video_id", "content_details.video_id")
_OF_PLAYLISTS = ("playlist_id", "privacy", "visibility", "banner_url")
_OF_YT_DLP = ("ie_key", "extractor", "extractor_key", "_type", "vid_type")
"""The last is of Tube Archivist, which keeps what yt-dlp has read."""
_OF_PINBOARD = ("extended", "toread")
_OF_HISTORY = ("watch_progress", "time_watched", "title_url")
_PLAYLIST_LISTS = {"playlists", "local_playlists", "collections", "lists", "folders"}
_COPIED = (
    "updated_at", "deleted_at", "channel", "availability", "id", "start_s", "end_s", "duration_s",
)  # fmt: skip
_OF_NOTES = ("id", "at_s", "end_s", "text", "created_at", "updated_at")
_OF_WORKOUTS = ("day", "minutes", "effort", "comment")
_OF_SEARCHES = ("name", "query")
_MAX_NOTES = 200
"""Of one video: twice as many as can be stored, so that the rest is reported."""
_ROLES = {
    name: (role, rank)
    for role, spellings in {
        "url": _URLS,
        "key": _KEYS,
        "title": _TITLES,
        "tags": fields.TAGS,
        "folder": _FOLDERS,
        "created_at": (*fields.CREATED, _PUBLISHED, *_CREATED_IN_MONGODB),
        "note": (*fields.NOTES, "content_details.note"),
    }.items()
    for rank, name in enumerate(spellings)
}
KEPT = {
    *_ROLES,
    *_NAMES,
    *_KINDS,
    *_OF_PLAYLISTS,
    *_OF_YT_DLP,
    *_OF_PINBOARD,
    *_OF_HISTORY,
    *_COPIED,
    *_OF_NOTES,
    *_OF_WORKOUTS,
    *_OF_SEARCHES,
    "title_is_provisional",
    "root",
}
"""The fields of an object that are used; `a.b` is the field `b` of the object `a`."""


@dataclass(slots=True)
class Record:
    """An object of a list, or a whole document, with the fields that were read so far.

    `under` is the key of its list, None for a document. A record with children is a playlist or
    a page of results.
    """

    number: int
    under: str | None
    parent: "Record | None"
    values: dict[str, Any] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    notes: list[NoteRow] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    has_notes: bool = False
    has_lists: bool = False
    has_children: bool = False
    is_in_folders: bool = False
    _is_video: bool | None = None

    @property
    def is_of_core(self) -> bool:
        """Whether it is a video of Core's export."""
        return "video_key" in self.values and "availability" in self.values

    @property
    def is_of_old_takeout(self) -> bool:
        """Whether it is a video of a Takeout before 2020: the file is the list of one playlist."""
        is_item = any(name in self.values for name in _OF_PLAYLIST_ITEMS)
        return self.under == "" and is_item and self._is_kind("playlistitem")

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder: a video gets the names of all folders that contain it."""
        return any(map(self._is_kind, _FOLDERS_KINDS))

    @property
    def is_history(self) -> bool:
        """Whether it is a watched video, or a playlist of watched videos."""
        return bool(self.values) and (
            any(name in self.values for name in _OF_HISTORY) or self._is_kind("history")
        )

    def name(self) -> str:
        """Return the name of a playlist, collection or folder; empty for anything else."""
        if not self.values or "root" in self.values:  # Firefox's own folders are roots
            return ""
        if named := self._first(_NAMES):
            return named[:_LONGEST_NAME]
        is_playlist = (
            self.under in _PLAYLIST_LISTS
            or self._is_kind("playlist")
            or self.is_folder
            or any(name in self.values for name in _OF_PLAYLISTS)
        )
        return self.title[:_LONGEST_NAME] if is_playlist else ""

    def add_tag(self, tag: object) -> None:
        """Add one element of a list of tags."""
        if len(self.tags) < MAX_TAGS:
            self.tags.append(as_text(tag))

    def take(self, part: "Record") -> bool:
        """Take an object that is a part of this entry: a note, a highlight, or a folder."""
        if part.under in NOTES:
            self.has_notes = True
            if part.under == "notes" and len(self.notes) < _MAX_NOTES:
                given = {name: as_text(part.values.get(name)) for name in _OF_NOTES}
                self.notes.append(NoteRow(**given))
            return part.under == "notes" or not part.is_video
        if part.under not in FOLDERS or part.has_lists or part.is_video:
            return False
        if len(self.folders) < MAX_TAGS:
            self.folders.append(part.title[:_LONGEST_NAME])
        return True

    @property
    def title(self) -> str:
        """Return what it is called."""
        return self._first(("title", "name", "snippet.title"))

    @property
    def is_detail(self) -> bool:
        """Whether it is a picture, highlight or player of a bookmark, and no bookmark."""
        if self.parent is None or self.under in LISTS or self.under in _PAGES:
            return False
        return self.parent.is_video

    @property
    def is_video(self) -> bool:
        """Whether its fields linked to a video before its first list began."""
        if self._is_video is None:
            self._is_video = links.holds_video(self._url(self._by_role()))
        return self._is_video

    @property
    def is_workout(self) -> bool:
        """Whether it is a workout of Core's export."""
        return self.under == "workouts" and "day" in self.values and "video_key" in self.values

    @property
    def is_search(self) -> bool:
        """Whether it is a saved search of Core's export."""
        wanted = (*_OF_SEARCHES, "id", "created_at")
        return self.under == "searches" and all(name in self.values for name in wanted)

    def entry(self, number: int, names: Iterable[str]) -> Entry | None:
        """Return the object as an entry; None: it is no entry."""
        if self.has_children or not self.values:
            return None
        if self.is_workout:
            return self._entry_of_log(number)
        if self.is_search:
            search = SearchRow(**{name: self._text(name) for name in _OF_SEARCHES})
            return Entry(number, "", search=search, **self._copied_moments())
        if self.is_of_core:
            return self._entry_of_core(number)
        given = self._by_role()
        url = self._url(given)
        if self.is_history or not self._counts(url):
            return None
        tags, left_out = self._tags(given, names)
        notes = given.get("note", [])
        title = next(iter(given.get("title", ())), "")
        if not title and notes and self._is_of_pinboard:
            title, notes = self._text("description"), [self._text("extended")]
        if self.has_notes or any(map(str.strip, notes)):
            left_out.append(NOTE_LEFT_OUT)
        return Entry(
            number,
            url,
            title,
            tags=tags,
            # yt-dlp's dates are those of the video, not of the list.
            created_at="" if self._is_of_yt_dlp else next(iter(given.get("created_at", ())), ""),
            left_out=tuple(left_out),
            **self._copied(),
        )

    def _entry_of_core(self, number: int) -> Entry:
        tags = (self._text("tags"),) if "tags" in self.values else tuple(self.tags)
        copied = self._copied()
        title, created_at = self._text("title"), self._text("created_at")
        return Entry(
            number,
            self._text("url"),
            title,
            tags,
            created_at,
            notes=tuple(self.notes),
            title_is_provisional=self.values.get("title_is_provisional") is True,
            **copied,
        )

    def _entry_of_log(self, number: int) -> Entry:
        url = links.canonical_url(self._text("video_key"))
        workout = WorkoutRow(**{name: self._text(name) for name in _OF_WORKOUTS})
        copied = self._copied_moments()
        return Entry(number, url, self._text("title"), workout=workout, **copied)

    def _copied_moments(self) -> dict[str, Any]:
        return {name: self._text(name) for name in ("created_at", "updated_at", "id")}

    def _copied(self) -> dict[str, Any]:
        return {name: as_text(self.values[name]) for name in _COPIED if name in self.values}

    def _by_role(self) -> dict[str, list[str]]:
        """Return the texts that are not empty, by role; that of the best name is first."""
        ranked: list[tuple[int, str, str]] = []
        for name, value in self.values.items():
            if name == _PUBLISHED and not any(key in self.values for key in _OF_PLAYLIST_ITEMS):
                continue
            if name in _KEYS and not isinstance(value, str):
                continue  # the number of a row in a database
            if (role := _ROLES.get(name)) and (text := as_text(value)).strip():
                ranked.append((role[1], role[0], text))
        ranked.sort(key=_rank)
        found: dict[str, list[str]] = {}
        for _, role_name, text in ranked:
            found.setdefault(role_name, []).append(text)
        return found

    def _counts(self, url: str) -> bool:
        """Tell whether it is an entry, and no playlist's own data, picture or page of results."""
        if self.under in LISTS or self.under == "":
            # Of YouTube's own records without a video, most are subscriptions.
            return bool(url) or not (self.has_lists or self._is_kind("youtube#"))
        if self.under in _PAGES or (self.under is None and not self.has_lists):
            return bool(url)
        return bool(url) and links.holds_video(url)

    def _url(self, given: dict[str, list[str]]) -> str:
        written = [absolute(url) for url in given.get("url", ())]
        if not written and self._text("type") == "link":  # a part of a message of Telegram's
            written = [self._text("text")]
        keys = [key.strip() for key in given.get("key", ())]
        if "id" in self.values and (self._is_of_yt_dlp or self._is_kind("youtube#video")):
            keys.append(self._text("id"))
        if len(written) == 1 and not keys:
            return written[0]
        written += [links.canonical_url(key) for key in keys if links.is_key(key)]
        return links.first_with_video(written) or next(iter(keys), "")

    def _tags(
        self, given: dict[str, list[str]], names: Iterable[str]
    ) -> tuple[tuple[str, ...], list[Reason]]:
        left_out: list[Reason] = [FOLDER_LEFT_OUT] * self.is_in_folders
        tags = [*self.tags, *map(self._read_tags, given.get("tags", ()))][:MAX_TAGS]
        if self._is_of_yt_dlp:  # they are keywords of the uploader
            left_out += [OWN_TAG_LEFT_OUT] * bool(tags)
            tags = []
        kept: list[str] = []
        for tag in tags:
            joined, has_own = without_own_tags(tag)
            kept.append(joined)
            left_out += [OWN_TAG_LEFT_OUT] * has_own
        for folder in (*given.get("folder", ()), *self.folders, *names):
            joined, has_own = join_folders(folder)
            kept.append(joined)
            left_out += [FOLDER_LEFT_OUT] * has_own
        return tuple(dict.fromkeys(filter(None, kept))), left_out

    def _read_tags(self, text: str) -> str:
        return ",".join(text.split()) if self._is_of_pinboard else join_tags(text)

    @property
    def _is_of_yt_dlp(self) -> bool:
        return any(isinstance(self.values.get(name), str) for name in _OF_YT_DLP)

    @property
    def _is_of_pinboard(self) -> bool:
        return "href" in self.values and any(name in self.values for name in _OF_PINBOARD)

    def _is_kind(self, word: str) -> bool:
        return any(
            word in as_text(self.values[name]).lower() for name in _KINDS if name in self.values
        )

    def _first(self, names: Iterable[str]) -> str:
        return next((text for text in map(self._text, names) if text.strip()), "")

    def _text(self, name: str) -> str:
        return as_text(self.values.get(name))


def _rank(ranked: tuple[int, str, str]) -> int:
    return ranked[0]


def absolute(url: str) -> str:
    """Read `/watch?v=…` too, as Piped and Invidious write it."""
    return f"https://www.youtube.com{url}" if url.startswith("/watch?v=") else url


def as_text(value: object) -> str:
    """Write a value of JSON as text; true, false and null become empty."""
    if value is None or isinstance(value, bool):
        return ""
    return str(value)[:LONGEST_TEXT]


def values_of_name(name: str) -> dict[str, Any] | None:
    """Return what a field's name tells about the object in it; None: it is no list's element."""
    if links.is_bare_key(name):
        return {"video_id": name}
    if name.startswith(("https://", "http://")):
        return {"url": name}
    return {} if name.isdigit() else None
