"""Text that users type: what is refused, and which spellings are equal.

A check raises a ValueError that carries its code through pydantic.

All of it is in Python, so that both databases compare the same strings byte by byte.
"""

import unicodedata
from collections.abc import Iterable

from pydantic_core import PydanticCustomError

from core.codes import FaultCode

MAX_TAGS = 50
MAX_TAG_LENGTH = 64
MAX_TAG_LIST_LENGTH = 4_096
"""Of all tags as one text with commas; fifty of the longest tags fit."""
MAX_TITLE_LENGTH = 300
MAX_NOTE_LENGTH = 1_000
MAX_COMMENT_LENGTH = 500
MAX_LINK_TEXT_LENGTH = 4_096
MAX_QUERY_LENGTH = 200
MAX_NAME_LENGTH = 40
"""Of a saved search."""
MAX_FILTERS_LENGTH = 4_096
"""Of a saved search, as in an address."""
MAX_QUERY_WORDS = 8

_CONTROL = r"\u0000-\u001f\u007f-\u009f"
# The checks below as patterns for OpenAPI. The patterns count every space; the code removes
# spaces before it counts.
PRINTABLE = rf"^[^{_CONTROL}]*$"
PRINTABLE_LINES = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]*$"
NOT_BLANK = rf"^[^{_CONTROL}]*[^\s{_CONTROL}][^{_CONTROL}]*$"
ONE_TAG = rf"^[^,{_CONTROL}]*[^\s,{_CONTROL}][^,{_CONTROL}]*$"
JOINED_TAGS = rf"^[^,{_CONTROL}]{{0,64}}(,[^,{_CONTROL}]{{0,64}}){{0,49}}$"

UNTITLED = "\U0010ffff"
"""The title key of a video without a title: it sorts after every other."""

_TITLE_KEY_LENGTH = 100
_LINE_BREAKS = "\t\n\r"
_ACCENTS = dict.fromkeys(range(0x0300, 0x0370))
_WHOLE_LETTERS = str.maketrans("đðħıłøŧ", "ddhilot") | str.maketrans(
    {"æ": "ae", "œ": "oe", "þ": "th"}
)
"""European letters that Unicode does not decompose into a letter and its accent."""
_BARE: dict[int, str | int | None] = {**_ACCENTS, **_WHOLE_LETTERS}


def check_characters(text: str, allowed: str = "") -> str:
    """Return the text unchanged.

    Raises: ValueError: it holds control characters (except `allowed`) or half a surrogate pair.
    """
    if text.isprintable():  # true for nearly every text, so the loop below is rare
        return text
    for character in text:
        if unicodedata.category(character) in {"Cc", "Cs"} and character not in allowed:
            raise PydanticCustomError(
                FaultCode.CONTROL_CHARACTERS, "must not hold control characters"
            )
    return text


def clean(dirty: str, allowed: str = "") -> str:
    """Make a text pass `check_characters`: control characters become spaces or are removed."""
    if dirty.isprintable():
        return dirty
    refused = {"Cc", "Cs"}
    return "".join(
        c if c in allowed or unicodedata.category(c) not in refused else " " if c.isspace() else ""
        for c in dirty
    )


def clean_lines(dirty: str) -> str:
    """Make a text pass `check_lines`."""
    return clean(dirty, _LINE_BREAKS)


def check_lines(text: str) -> str:
    """Return the text unchanged; as `check_characters`, but it may have several lines."""
    return check_characters(text, _LINE_BREAKS)


def split_tags(elements: Iterable[str]) -> list[str]:
    """Return the tags in their order: an element with a comma is several, each tag once.

    Raises: ValueError: too many, one is too long, or one holds control characters.
    """
    tags: dict[str, str] = {}
    for element in elements:
        for part in check_characters(element).split(","):
            name = " ".join(part.split())
            if len(name) > MAX_TAG_LENGTH:
                raise PydanticCustomError(
                    FaultCode.TAG_TOO_LONG, f"a tag has at most {MAX_TAG_LENGTH} characters"
                )
            if name:
                tags.setdefault(tag_key(name), name)
    if len(tags) > MAX_TAGS:
        raise PydanticCustomError(FaultCode.TOO_MANY_TAGS, f"a video has at most {MAX_TAGS} tags")
    return list(tags.values())


def one_tag(text: str) -> str:
    """Return the one tag that the text holds.

    Raises: ValueError: it holds none or several, or the one is too long.
    """
    tags = split_tags([text])
    if len(tags) != 1 or "," in text:
        raise PydanticCustomError(FaultCode.NOT_ONE_TAG, "must be one tag, without a comma")
    return tags[0]


def tags_by_key(names: Iterable[str]) -> dict[str, str]:
    """Return the tags in their order, each under its key."""
    return {tag_key(name): name for name in names}


def read_joined(tags: str) -> dict[str, str]:
    """Return the tags of a video, as they are stored, each under its key."""
    return tags_by_key(tags.split(",")) if tags else {}


def tag_key(name: str) -> str:
    """Return the key of a tag, equal for all spellings in case, width and Unicode form."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def fold(text: str) -> str:
    """Return the text without case, width and accents, for search and for sorting.

    Only accents of European scripts are removed: Japanese voicing marks change the word. Strokes
    and ligatures are replaced too, so that `lodz` finds `Łódź`.
    """
    if text.isascii():
        return text.lower()
    bare = unicodedata.normalize("NFKD", text.casefold()).translate(_BARE)
    return unicodedata.normalize("NFKC", bare).casefold()


def title_key(title: str | None) -> str:
    """Return the sort key of a title."""
    return fold(title)[:_TITLE_KEY_LENGTH] if title else UNTITLED


def search_text(title: str | None, channel: str | None, url: str, tags: str) -> str:
    """Return the text that `q` searches; no word spans two parts."""
    return fold("\n".join((title or "", channel or "", url, tags)))


def derived_columns(title: str | None, channel: str | None, url: str, tags: str) -> dict[str, str]:
    """Return the derived texts of a video; every write sets them."""
    return {
        "title_key": title_key(title),
        "search_text": search_text(title, channel, url, tags),
    }


def check_words(query: str) -> str:
    """Return the query unchanged.

    Raises: ValueError: it has too many words; each one is searched in every video.
    """
    if len(search_words(query)) > MAX_QUERY_WORDS:
        raise PydanticCustomError(
            FaultCode.TOO_MANY_WORDS, f"a search has at most {MAX_QUERY_WORDS} words"
        )
    return query


def search_words(query: str) -> tuple[str, ...]:
    """Return the folded words that must all occur."""
    return tuple(dict.fromkeys(fold(query).split()))
