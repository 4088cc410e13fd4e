"""Text as people type it: what is refused, and what counts as the same.

All of it in Python, so that both databases compare the same strings byte by byte.
"""

import unicodedata
from collections.abc import Iterable

MAX_TAGS = 50
MAX_TAG_LENGTH = 64
MAX_TAG_LIST_LENGTH = 4_096
"""As one text with commas, which fifty of the longest tags fit in."""
MAX_TITLE_LENGTH = 300
MAX_LINK_TEXT_LENGTH = 4_096
MAX_QUERY_LENGTH = 200

UNTITLED = "\U0010ffff"
"""The title key of a video without a title: it sorts behind every other."""

_TITLE_KEY_LENGTH = 100
_LINE_BREAKS = "\t\n\r"
_ACCENTS = dict.fromkeys(range(0x0300, 0x0370))
_WHOLE_LETTERS = str.maketrans("đðħıłøŧ", "ddhilot") | str.maketrans(
    {"æ": "ae", "œ": "oe", "þ": "th"}
)
"""European letters that Unicode does not take apart into a letter and its accent."""
_BARE: dict[int, str | int | None] = {**_ACCENTS, **_WHOLE_LETTERS}


def check_characters(text: str, allowed: str = "") -> str:
    """Return the text unchanged.

    Raises: ValueError: it holds control characters (but those allowed) or half a surrogate pair.
    """
    if text.isprintable():  # which says that there are none, for nearly every text at once
        return text
    for character in text:
        if unicodedata.category(character) in {"Cc", "Cs"} and character not in allowed:
            raise ValueError("must not hold control characters")
    return text


def clean(dirty: str) -> str:
    """Make what `check_characters` takes: a control character becomes a space, or nothing."""
    if dirty.isprintable():
        return dirty
    refused = {"Cc", "Cs"}
    return "".join(
        c if unicodedata.category(c) not in refused else " " if c.isspace() else "" for c in dirty
    )


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
                raise ValueError(f"a tag has at most {MAX_TAG_LENGTH} characters")
            if name:
                tags.setdefault(tag_key(name), name)
    if len(tags) > MAX_TAGS:
        raise ValueError(f"a video has at most {MAX_TAGS} tags")
    return list(tags.values())


def one_tag(text: str) -> str:
    """Return the one tag that the text holds.

    Raises: ValueError: it holds none or several, or the one is too long.
    """
    tags = split_tags([text])
    if len(tags) != 1 or "," in text:
        raise ValueError("must be one tag, without a comma")
    return tags[0]


def tags_by_key(names: Iterable[str]) -> dict[str, str]:
    """Return the tags in their order, each under its key."""
    return {tag_key(name): name for name in names}


def read_joined(tags: str) -> dict[str, str]:
    """Return the tags of a video, as they are stored, each under its key."""
    return tags_by_key(tags.split(",")) if tags else {}


def tag_key(name: str) -> str:
    """Return what two spellings of one tag have in common: no case, width or Unicode form."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def fold(text: str) -> str:
    """Return the text without case, width and accents, for search and for sorting.

    Only the accents of European scripts fall away: Japanese voicing marks change the word. Strokes
    and ligatures do too, so that `lodz` finds `Łódź`.
    """
    if text.isascii():
        return text.lower()
    bare = unicodedata.normalize("NFKD", text.casefold()).translate(_BARE)
    return unicodedata.normalize("NFKC", bare).casefold()


def title_key(title: str | None) -> str:
    """Return what titles are sorted by."""
    return fold(title)[:_TITLE_KEY_LENGTH] if title else UNTITLED


def search_text(title: str | None, channel: str | None, url: str, tags: str) -> str:
    """Return what `q` looks into; no word reaches from one part into the next."""
    return fold("\n".join((title or "", channel or "", url, tags)))


def search_words(query: str) -> tuple[str, ...]:
    """Return the folded words that must all occur."""
    return tuple(dict.fromkeys(fold(query).split()))
