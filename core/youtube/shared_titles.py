"""The title in a text that a phone or a browser shares with a link: pure.

It is shown until YouTube answers. YouTube's app shares `Watch "Title" on YouTube`, browsers the
page's title, other apps any text.
"""

import re

from core import text
from core.youtube.link_texts import undo
from core.youtube.links import is_key

_LINKS = re.compile(r"\S*(?:https?://|youtu\.be/|youtube\.com/)\S*", re.IGNORECASE)
_QUOTED = re.compile(
    r'["“„«»](?P<title>[^\n]{1,300})["“”«»][^\n"“”«»]{0,40}\bYouTube\b', re.IGNORECASE
)
_OF_PAGE = re.compile(r"^\(\d{1,4}\+?\)\s*|\s*[-–—|·]\s*YouTube(?: Music)?\s*$", re.IGNORECASE)  # noqa: RUF001  dashes of titles
_ON_YOUTUBE = re.compile(r"\W*(?:\w+ ){0,4}YouTube\W*", re.IGNORECASE)
_LETTER = re.compile(r"[^\W\d_]")
_LONGEST = 4_096


def find_shared_title(shared: str) -> str | None:
    """Return the title of a shared text, without links; None: it has nothing but a link."""
    undone = undo(shared[:_LONGEST])
    if quoted := _QUOTED.search(_LINKS.sub(" ", undone)):
        return _fit(quoted["title"])
    lines = undone.splitlines()
    # A browser shares the page's title on a separate line, after the text.
    alone = [line for line in reversed(lines) if not _LINKS.search(line)]
    for line in (*alone, *lines):
        title = _OF_PAGE.sub("", _LINKS.sub(" ", line).strip())
        if _LETTER.search(title) and not (_ON_YOUTUBE.fullmatch(title) or is_key(title)):
            return _fit(title)
    return None


def _fit(title: str) -> str | None:
    return " ".join(text.clean(title).split())[: text.MAX_TITLE_LENGTH].rstrip() or None
