"""The title in a text that a phone or a browser shares with a link: pure, and in linear time.

It is shown until YouTube answers. YouTube's app shares `Watch "Title" on YouTube`, browsers the
page's title, notes a link with a text, other apps any text.
"""

import re

from core import text
from core.youtube.link_texts import undo
from core.youtube.links import holds_video, is_key

_LINK_ALONE = re.compile(r'https?://[^\s,;|"<>\[\]\\]+', re.IGNORECASE)
_LINKS = re.compile(
    r"[^\s\w.-]{0,9}(?:https?://|[\w.-]{0,30}youtu(?:\.be|be(?:-nocookie)?\.com)/)"
    r'[^\s,;|"<>\[\]]*[">)\]]*',
    re.IGNORECASE,
)
_QUOTE_BEFORE_YOUTUBE = re.compile(r'["“”«»][^\n"“”«»]{0,40}\bYouTube\b', re.IGNORECASE)
_OPENED = re.compile(r'["“„«»](?P<title>.+)')
_LONGEST_QUOTED = 300
_IN_BRACKETS = r"\[((?:[^\[\]\n]|(?<!!)\[[^\[\]\n]{0,100}\]){1,300})\]"
_TEXTS_OF_LINKS = re.compile(
    rf"{_IN_BRACKETS}\(<?[^\s()]{{0,200}}(?:youtu|ytimg)"
    r"|<a\s[^<>]{0,1000}youtu[^<>]{0,1000}>([^<>\n]{1,300})</a>"
    r"|\[\[[^\s\[\]]{0,200}youtu[^\s\[\]]{0,200}\]\[([^\[\]\n]{1,300})\]\]",
    re.IGNORECASE,
)
"""The text of a link in Markdown, HTML and Org."""
_END_OF_PAGE = re.compile(r"\s*[-–—|·]\s*YouTube(?: Music)?\s*$", re.IGNORECASE)  # noqa: RUF001  dashes of titles
_OF_PAGE = re.compile(rf"^\(\d{{1,4}}\+?\)\s*|{_END_OF_PAGE.pattern}", re.IGNORECASE)
_ON_YOUTUBE = re.compile(r"\W*(?:\w+ ){0,4}YouTube\W*", re.IGNORECASE)
_AROUND = " \t,;:|-–—"  # noqa: RUF001  dashes of titles
_IS_DONE = re.compile(r"\s*(?:[-*+]\s+)?\[[ xX]\]\s")
_OF_CHAT = re.compile(
    r"[\u200e\s]*(?:\[[\d./:,\s]{8,24}(?:[AP]M)?\]|\d{1,2}[./]\d{1,2}[./]\d{2,4},\s[\d:]{4,8}(?:\s?[AP]M)?\s-)"
    r"\s[^:\n]{1,60}:(?!\S)",
    re.IGNORECASE,
)
"""WhatsApp's moment and sender of a message."""
_MARKUP = re.compile(r"</?[a-z][^<>]*>?|\[/?url\]?", re.IGNORECASE)
_LABEL = re.compile(r"\W*(?:url|link|href|src|video)\W*", re.IGNORECASE)
_LETTER = re.compile(r"[^\W\d_]")
_LONGEST = 4_096


def find_shared_title(shared: str) -> str | None:
    """Return the title of a shared text, without links; None: it has nothing but a link."""
    if _LINK_ALONE.fullmatch(shared):  # as in most saves and imports
        return None
    undone = undo(shared[:_LONGEST])
    if quoted := _quoted(_without_links(undone)):
        return _fit(quoted)
    lines = undone.splitlines()
    # A browser shares the page's title on a separate line, after the text.
    alone = [line for line in reversed(lines) if not _LINKS.search(line)]
    of_links = [text for found in _TEXTS_OF_LINKS.finditer(undone) for text in found.groups("")]
    for line in (*of_links, *alone, *lines):
        if title := _title_in(line):
            return _fit(title)
    return None


def is_of_page(name: str) -> bool:
    """Tell whether it names a page of YouTube, as in bookmarks: `(2) Leg day - YouTube`."""
    return _END_OF_PAGE.search(name) is not None


def title_of_page(name: str) -> str | None:
    """Return the video's title in the name of a page; None: it has none."""
    title = _title_in(name)
    return title and _fit(title)


def _without_links(shared: str) -> str:
    return _MARKUP.sub(" ", _LINKS.sub(" ", shared))


def _title_in(line: str) -> str | None:
    """Return the title in a line; None: it has none."""
    if is_key(line.strip()):  # before a hyphen at its start is removed
        return None
    rest = _first_cell(_without_links(line))
    title = _OF_PAGE.sub("", _OF_CHAT.sub("", _IS_DONE.sub("", rest, 1), 1).strip(_AROUND))
    is_none = any(words.fullmatch(title) for words in (_ON_YOUTUBE, _LABEL)) or _is_link(title)
    return title if _LETTER.search(title) and not is_none else None


def _quoted(shared: str) -> str | None:
    """Return the title of `Watch "Title" on YouTube`."""
    for closed in _QUOTE_BEFORE_YOUTUBE.finditer(shared):
        before = shared[max(0, closed.start() - _LONGEST_QUOTED - 1) : closed.start()]
        if opened := _OPENED.search(before.rpartition("\n")[2]):
            return opened["title"]
    return None


def _first_cell(line: str) -> str:
    """Return the first cell with a letter of a row of a Markdown table; any other line whole."""
    if not line.startswith("|"):
        return line
    return next(filter(_LETTER.search, line.split("|")), "")


def _is_link(title: str) -> bool:
    """Tell whether it is an id, or a link in a form that `_LINKS` does not know."""
    return is_key(title) or holds_video(title)


def _fit(title: str) -> str | None:
    return " ".join(text.clean(title).split())[: text.MAX_TITLE_LENGTH].rstrip() or None
