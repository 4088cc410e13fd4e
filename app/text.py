"""Parsing and comparing the text that users type. Pure, with the rules of core/text.py."""

import re
import unicodedata

_ACCENTS = dict.fromkeys(range(0x0300, 0x0370))
_STROKES = str.maketrans("đðħıłøŧ", "ddhilot")
_LIGATURES = str.maketrans({"æ": "ae", "œ": "oe", "þ": "th"})
_BARE: dict[int, str | int | None] = {**_ACCENTS, **_STROKES, **_LIGATURES}
_COMMAS = str.maketrans("\uff0c\u3001", ",,")
"""The commas of Chinese and Japanese."""
MAX_PARTS = 3
"""A time has hours, minutes and seconds."""
MAX_SECONDS = 1_000_000
"""The largest time that Core accepts."""
MAX_QUOTED = 100
"""The most letters of a text that a message quotes; the web app has the same limit."""
_DIGITS = re.compile(r"([0-9]+)")
_STRONG = ("L", "R", "AL")
"""Bidirectional classes that decide the direction of a text. Source: UAX #9, rule P2"""


def fold(text: str) -> str:
    """Return the text without case, width and accents, for searches, as Core does.

    Only European accents are removed: a Japanese voicing mark makes another word.
    """
    if text.isascii():
        return text.lower()
    bare = unicodedata.normalize("NFKD", text.casefold()).translate(_BARE)
    return unicodedata.normalize("NFKC", bare).casefold()


def by_name(name: str) -> tuple[str | int, ...]:
    """Return the sort key of a tag: "week 2" comes before "week 10"."""
    parts = _DIGITS.split(fold(name))
    return tuple(int(part) if at % 2 else part for at, part in enumerate(parts))


def split_tags(text: str) -> tuple[str, ...]:
    """Read comma-separated tags; the first spelling of each is kept."""
    return tuple(read_tags(text).values())


def read_tags(text: str) -> dict[str, str]:
    """Read comma-separated tags, by their keys."""
    named: dict[str, str] = {}
    for part in text.split(","):
        name = " ".join(part.split())
        if key := tag_key(name):
            named.setdefault(key, name)
    return named


def split_typed_tags(text: str) -> tuple[str, ...]:
    """Read tags that a user typed, also with a Chinese or Japanese comma."""
    return split_tags(text.translate(_COMMAS))


def tag_key(name: str) -> str:
    """Return the key by which tags are compared, as in Core: case-insensitive, with accents."""
    if name.isascii():
        return name.lower().strip()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).strip()


def is_rtl(text: str) -> bool:
    """Return whether the text runs from right to left: its first letter decides.

    Source: UAX #9, rules P2 and P3; a browser does the same for `dir="auto"`
    """
    strong = (unicodedata.bidirectional(letter) for letter in text)
    return next((kind for kind in strong if kind in _STRONG), "L") != "L"


def shorten(text: str) -> str:
    """Return the text, or its first letters if a message would be too long with it."""
    return f"{text[:MAX_QUOTED]}…" if len(text) > MAX_QUOTED else text


def parse_time(text: str) -> int | None:
    """Read a time such as 90, 1:30, 1.30 or 1:02:03 in seconds; None for an empty text.

    A phone's keypad for numbers may have no colon.

    Raises: ValueError
    """
    if not (typed := text.strip()):
        return None
    parts = re.split(r"[:.,]", typed)
    if len(parts) > MAX_PARTS or not all(re.fullmatch(r"[0-9]{1,7}", part) for part in parts):
        raise ValueError(text)
    seconds = 0
    for part in parts:
        seconds = 60 * seconds + int(part)
    if seconds > MAX_SECONDS:
        raise ValueError(text)
    return seconds


def format_time(seconds: int) -> str:
    """Return a time as in 1:05 or 1:02:03."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
