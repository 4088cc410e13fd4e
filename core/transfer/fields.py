"""The names of a bookmark's fields in other tools, in CSV and in JSON.

Source: the exports of Raindrop, Pocket, Instapaper, Readwise Reader, Matter, mymind, LinkAce,
wallabag, linkding, Linkwarden, Karakeep, Pinboard, Shaarli, Omnivore, FreeTube, Piped and yt-dlp.
"""

import re
from functools import lru_cache

URLS = (
    "url", "link", "href", "address", "video_url", "video_link", "uri", "webpage_url",
    "original_url", "source_url", "resolved_url", "given_url", "bookmark_url", "page_url",
    "web_url", "youtube_url", "youtube_link",
    "adresse", "lien", "enlace", "indirizzo", "endereço",  # codespell:ignore adresse
)  # fmt: skip
KEYS = ("video_id", "videoid", "youtube_id", "yt_id", "video_key")
TITLES = (
    "title", "name", "video_title", "song_title", "resolved_title", "given_title", "bookmark_title",
    "titel",  # codespell:ignore titel
    "titre", "título", "titolo",
)  # fmt: skip
TAGS = (
    "tags", "tag", "labels", "tag_names", "tag_list", "document_tags", "schlagwörter",
    "schlagworte", "étiquettes", "etiquetas", "etichette",
)  # fmt: skip
PLAYLISTS = ("playlist", "playlist_title", "playlist_name")
FOLDERS = (
    "folder", "folders", "lists", "list", "collection", "collections",
    "ordner", "dossier", "carpeta", "cartella", "pasta",  # codespell:ignore ordner
)  # fmt: skip
CREATED = (
    "created_at", "created", "time_added", "date_added", "added", "added_at", "added_on",
    "saved_at", "saved_date", "date_saved", "saved", "saved_on", "time", "timestamp",
    "created_time", "creation_date", "date_created", "bookmarked_at", "add_date", "date",
    "last_interaction_date",
    "datum", "erstellt", "hinzugefügt",
)  # fmt: skip
NOTES = (
    "note", "notes", "comment", "comments", "selection", "highlights", "annotation", "annotations",
    "description", "extended", "notiz", "notizen",
)  # fmt: skip

_LONGEST_NAME = 100
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NO_LETTERS = re.compile(r"[\s_-]+")
_IN_BRACKETS = re.compile(r"\s*\([^()]*\)$")


@lru_cache(1_024)
def snake(name: str) -> str:
    """Write `Time Added (UTC)`, `timeAdded` and `time-added` as `time_added`."""
    parted = _CAMEL.sub("_", _IN_BRACKETS.sub("", name[:_LONGEST_NAME].strip()))
    return _NO_LETTERS.sub("_", parted).lower().replace("you_tube", "youtube")
