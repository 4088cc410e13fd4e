"""The format of a text, by its content; its first character alone does not determine it."""

import re

from core.choices import Format
from core.transfer import takeout
from core.transfer.bounds import Budget
from core.transfer.csv_layouts import is_table
from core.transfer.text_files import bare_keys
from core.youtube import links

_TAG = re.compile(r"<(?:[a-z][a-z0-9]*[\s/>]|!doctype|!--|\?xml)", re.IGNORECASE)
_LINK_TAG = re.compile(r"<a\s[^<>]*href", re.IGNORECASE)
_OF_LISTS = ("netscape-bookmark-file", "<dt", "<li", "youtu")
_OF_HISTORY = 'class="outer-cell'
"""Takeout's history as HTML, which is imported only if the user names the format."""
_OF_RECORDS = (
    '"videos"', '"items"', '"links"', '"bookmarks"', '"url"', '"href"', '"link"', "youtu",
    "videoid", "video_id",
)  # fmt: skip

_TEXTS = re.compile(r'"([A-Za-z0-9_-]{11})"')
_NAMES_OF_OBJECTS = re.compile(rf"{_TEXTS.pattern}\s*:\s*\{{")

_BROKEN_JSON = re.compile(r"""[\[{\s]*\{\s*"[^"\\]*"\s*:|\[\s*"[^"\\]*"\s*,\s*["\d\[{]""")
"""Text that can only be JSON, although a part of it is invalid."""


def detect_text(text: str) -> Format | None:
    """Detect the format of a file by its beginning; None: nothing can be imported.

    Raises: FileRefused: a part of it is too long.
    """
    text = text.lstrip()
    if "\0" in text or not text:
        return None
    if text[0] == "<" and _TAG.match(text):
        return _of_html(text.lower())
    if text[0] in "{[" and (is_json := _is_json(text)) is not None:
        return "json" if is_json else None
    lines = text.splitlines(keepends=True)
    if takeout.is_playlist(lines, Budget()):
        return "takeout"
    if is_table(lines):
        return "csv"
    return "text" if any(map(_holds_link, lines)) else None


def _of_html(lowered: str) -> Format | None:
    if _OF_HISTORY in lowered:
        return None
    is_list = _LINK_TAG.search(lowered) and any(mark in lowered for mark in _OF_LISTS)
    if is_list or "netscape-bookmark-file" in lowered:
        return "html"
    return "text" if any(map(_holds_link, lowered.splitlines())) else None


def _is_json(text: str) -> bool | None:
    """Return True for JSON that may hold links, False for JSON that does not, None for other text.

    A chat may begin with `[12/03/21`, and Markdown with `[Leg day](…`.
    """
    import ijson  # noqa: PLC0415  2 MB that only an import needs

    parser = ijson.basic_parse_coro(ijson.sendable_list(), multiple_values=True, use_float=True)
    try:
        parser.send(text.encode(errors="replace"))
    except (ijson.JSONError, ValueError, SystemError):  # the last for a number that is too long
        if not _BROKEN_JSON.match(text):
            return None
    lowered = text.lower()
    ids = _TEXTS if text[0] == "[" else _NAMES_OF_OBJECTS
    return any(word in lowered for word in _OF_RECORDS) or any(
        map(links.is_bare_key, ids.findall(text))
    )


def _holds_link(line: str) -> bool:
    is_link = links.holds_video(line) or "http://" in line or "https://" in line
    return is_link or bool(bare_keys(line))
