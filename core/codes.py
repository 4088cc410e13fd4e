"""The codes of the service's sentences, by which a client chooses words of its own.

A code never changes its meaning, but its sentence may. To find the sentence, search for the
code's name: one place uses it (tests/test_codes.py). docs/problems.md and docs/api.md list them.
"""

from enum import StrEnum
from typing import NamedTuple


class Code(StrEnum):
    """Any of the codes below."""


class Reason(NamedTuple):
    """A sentence for the user, and its code for the client."""

    code: Code
    sentence: str


class Refusal(ValueError):
    """Something is refused; `str()` tells the user why and what to do."""

    def __init__(self, code: Code, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = Reason(code, sentence)


class FaultCode(Code):
    """What is wrong with a value of a request."""

    INVALID_VALUE = "invalid-value"
    """A fault of pydantic's that has no code of its own yet."""
    MISSING = "missing"
    UNKNOWN_FIELD = "unknown-field"
    NOT_JSON = "not-json"
    NOT_AN_OBJECT = "not-an-object"
    NOT_TEXT = "not-text"
    NOT_A_LIST = "not-a-list"
    NOT_A_NUMBER = "not-a-number"
    NOT_TRUE_OR_FALSE = "not-true-or-false"
    UNKNOWN_CHOICE = "unknown-choice"
    TOO_SHORT = "too-short"
    TOO_LONG = "too-long"
    TOO_SMALL = "too-small"
    TOO_LARGE = "too-large"
    TOO_MANY_ITEMS = "too-many-items"

    CONTROL_CHARACTERS = "control-characters"
    TAG_TOO_LONG = "tag-too-long"
    TAGS_TOO_LONG = "tags-too-long"
    TOO_MANY_TAGS = "too-many-tags"
    TOO_MANY_TAGS_TOGETHER = "too-many-tags-together"
    TOO_MANY_TAGS_ON_ONE = "too-many-tags-on-one"
    NOT_ONE_TAG = "not-one-tag"
    TAGS_NEEDED = "tags-needed"
    TAGS_NOT_TAKEN = "tags-not-taken"
    TOO_MANY_WORDS = "too-many-words"
    WRONG_CURSOR = "wrong-cursor"
    NOT_A_DAY = "not-a-day"
    DAY_OUT_OF_RANGE = "day-out-of-range"
    ENDS_BEFORE_START = "ends-before-start"
    NOTE_IS_EMPTY = "note-is-empty"
    SEGMENT_WITHOUT_LENGTH = "segment-without-length"
    TOO_MANY_NOTES = "too-many-notes"
    TOO_MANY_WORKOUTS = "too-many-workouts"
    NO_FILTERS = "no-filters"
    NAME_TAKEN = "name-taken"
    TOO_MANY_SEARCHES = "too-many-searches"

    NOT_SENT_AS_JSON = "not-sent-as-json"
    TOO_MANY_VALUES = "too-many-values"
    TOO_MANY_FIELDS = "too-many-fields"
    TOO_MANY_PARAMETERS = "too-many-parameters"
    REPEATED_PARAMETER = "repeated-parameter"
    NOT_ONE_FILE = "not-one-file"


class LinkCode(Code):
    """Why a text has no link to a video: in a fault, or in a row that was not imported."""

    NO_LINK = "no-link"
    UNREADABLE_LINK = "unreadable-link"
    NOT_A_YOUTUBE_LINK = "not-a-youtube-link"
    USER_NAME_OR_PORT = "link-with-user-name-or-port"
    WRONG_VIDEO_ID = "wrong-video-id"
    NO_VIDEO_ID = "no-video-id"
    CHANNEL = "channel-link"
    CLIP = "clip-link"
    PLAYLIST = "playlist-link"
    EMBEDDED_PLAYLIST = "embedded-playlist-link"
    LIVE_STREAM = "live-stream-link"
    SEARCH = "search-link"
    OTHER_PAGE = "other-page-link"
    NOT_UTF_8 = "link-not-utf-8"


class FileCode(Code):
    """Why a file was not imported, or only a part of it."""

    EMPTY = "empty-file"
    UNKNOWN_FORMAT = "unknown-format"
    NOTHING_TO_IMPORT = "nothing-to-import"
    TOO_MANY_ROWS = "too-many-rows"
    PART_TOO_LONG = "part-too-long"
    FEW_LINKS = "few-links"
    UNREADABLE_HTML = "unreadable-html"
    FOLDERS_TOO_DEEP = "folders-too-deep"
    UNREADABLE_JSON = "unreadable-json"
    JSON_TOO_DEEP = "json-too-deep"
    UNREADABLE_DATABASE = "unreadable-database"
    NO_PLAYLIST = "no-playlist"
    DAMAGED_ARCHIVE = "damaged-archive"
    ENCRYPTED_ARCHIVE = "encrypted-archive"
    UNUSUAL_ARCHIVE = "unusual-archive"
    TOO_MANY_FILES = "too-many-files"
    TOO_LARGE_UNPACKED = "too-large-unpacked"
    NO_ROOM_IN_LIBRARY = "no-room-in-library"
    LIBRARY_FULL = "library-full"
    UNREADABLE_FILE = "unreadable-file"
    LOST = "lost-file"
    CRASHED = "crashed-twice"
    BROKEN = "broken-off"


class RowCode(Code):
    """Why a row of a file, or a file of an archive, was not imported; or one of `LinkCode`."""

    EMPTY_LINK = "empty-link"
    LOST_CHARACTERS = "lost-characters-in-link"
    EXPIRED_IN_TRASH = "expired-in-trash"
    NO_DAY_OF_A_WORKOUT = "no-day-of-a-workout"
    LOG_IS_FULL = "log-is-full"
    NOT_A_SEARCH = "not-a-saved-search"
    SEARCHES_ARE_FULL = "searches-are-full"
    NO_PLAYLIST_FILE = "file-without-playlist"
    HISTORY_FILE = "file-with-history"
    OTHER_FILE = "file-of-other-kind"


class ChangeCode(Code):
    """What an import changed in a row."""

    LINK_CUT = "link-cut"
    TITLE_CUT = "title-cut"
    TITLE_CLEANED = "title-cleaned"
    TITLE_LOST_CHARACTERS = "title-lost-characters"
    CHANNEL_CUT = "channel-cut"
    CHANNEL_CLEANED = "channel-cleaned"
    CHANNEL_LOST_CHARACTERS = "channel-lost-characters"
    TAG_CUT = "tag-cut"
    TAG_CLEANED = "tag-cleaned"
    TAG_LOST_CHARACTERS = "tag-lost-characters"
    TAG_LIST_CUT = "tag-list-cut"
    TAGS_LEFT_OUT = "tags-left-out"
    OWN_TAG_LEFT_OUT = "own-tag-left-out"
    FOLDER_LEFT_OUT = "folder-left-out"
    NOTE_LEFT_OUT = "note-left-out"
    NOTES_BEYOND_LIMIT = "notes-beyond-limit"
    WORKOUT_DETAIL_LEFT_OUT = "workout-detail-left-out"
    START_LEFT_OUT = "start-left-out"
    SAVED_IN_FUTURE = "date-in-future"
    SAVED_UNREADABLE = "date-unreadable"
    SAVED_AMBIGUOUS = "date-ambiguous"
    CHANGED_IN_FUTURE = "change-date-in-future"
    CHANGED_UNREADABLE = "change-date-unreadable"
    DELETED_IN_FUTURE = "deletion-date-in-future"
    DELETED_UNREADABLE = "deletion-date-unreadable"
