"""Lists of links as HTML: the bookmark files of browsers and tools, and the lists of Pocket.

    <DT><H3>Folder</H3>                                    <h1>Unread</h1>
    <DL><p>                                                <ul>
        <DT><A HREF="…" ADD_DATE="1425205230" TAGS="a,b">Title</A>   <li><a href="…" tags="a,b">…
        <DD>A description, whose links are no entries

Source: https://learn.microsoft.com/previous-versions/windows/internet-explorer/ie-developer/platform-apis/aa753582(v=vs.85)
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import IO, TYPE_CHECKING

from core.codes import FileCode
from core.transfer.bounds import Budget
from core.transfer.decoding import read_text
from core.transfer.entries import (
    FOLDER_LEFT_OUT,
    NOTE_LEFT_OUT,
    OWN_TAG_LEFT_OUT,
    BrokenFile,
    Entry,
)
from core.transfer.own_folders import is_of_browser, is_of_tool
from core.transfer.tag_lists import without_own_tags

if TYPE_CHECKING:
    from lxml import etree

_DEEPEST = 100
_LONGEST_TEXT = 5_000
_LONGEST_FOLDER = 300
"""Characters; each link carries the names of all its folders."""
_MAX_FED = 1_048_576
"""Characters for one parser, which keeps all of them in memory; the next begins at a link."""
_MAX_FED_WITHOUT_LINK = 4 * _MAX_FED
_BEFORE_LINK = re.compile(r"\n[ \t]*<DT><A ", re.IGNORECASE)
_OF_THE_BROWSER = {"personal_toolbar_folder", "unfiled_bookmarks_folder"}
"""The attributes of the browser's own folders, whose names no user chose."""
_LISTS = {"dl", "ul", "ol"}
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_BREAKS = {"dt", "dd", "li", *_LISTS, *_HEADINGS}
"""Tags that end a link, even if the link is never closed."""


def read_bookmarks(file: IO[bytes], _: str, budget: Budget) -> Iterator[Entry]:
    """Yield each link; its tags are the TAGS attribute and every folder that contains it.

    Raises: FileRefused: not readable as HTML, folders nested too deep, a tag without an end, or
        nearly all of it is other tags.
    """
    from lxml import etree  # noqa: PLC0415  5 MB that only an import needs

    target = _Bookmarks(budget)
    parser, fed = etree.HTMLParser(target=target), 0
    try:
        for piece in read_text(file):
            budget.read(len(piece))
            cut = _cut(piece, fed)
            _feed(parser, piece[:cut])
            if cut is not None:
                target.end_parser(parser)
                parser, fed = etree.HTMLParser(target=target), 0
                target.begin_parser(parser)
                _feed(parser, piece[cut:])
            fed += len(piece)
            yield from target.take()
        parser.close()
    except etree.LxmlError as error:
        raise BrokenFile(
            FileCode.UNREADABLE_HTML, "This bookmark file can't be read as HTML."
        ) from error
    yield from target.finish()


def _cut(piece: str, fed: int) -> int | None:
    """Return where a new parser takes over; None: the same parser continues."""
    if fed < _MAX_FED:
        return None
    found = _BEFORE_LINK.search(piece)
    if found:
        return found.start()
    return len(piece) if fed >= _MAX_FED_WITHOUT_LINK else None


def _feed(parser: "etree.HTMLParser", piece: str) -> None:
    if piece:  # lxml raises on an empty text
        parser.feed(piece)


class _Bookmarks:
    """The target of lxml's parser, which reports each tag; no tree is built."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._found: list[Entry] = []
        self._count = 0
        self._folders: list[str] = []
        self._heading = ""
        self._link: dict[str, str] | None = None
        self._text: str | None = None
        self._last: Entry | None = None
        self._is_described = False
        self._is_title = False

    def take(self) -> list[Entry]:
        """Return the links that were found since the last call, except the last.

        Its description may follow in the file.
        """
        found, self._found = self._found, []
        return found

    def finish(self) -> list[Entry]:
        """Return the rest, at the end of the file."""
        self._end_link()
        self._keep_last()
        return self.take()

    def end_parser(self, parser: "etree.HTMLParser") -> None:
        """Close a parser. It reports the end of every folder, but they stay open in the file."""
        folders = [*self._folders]
        parser.close()
        self._folders = folders

    def begin_parser(self, parser: "etree.HTMLParser") -> None:
        """Open the folders in the next parser: otherwise it would not report their ends."""
        folders, heading = [*self._folders], self._heading
        self._folders = []
        _feed(parser, "<dl>" * len(folders))
        self._folders, self._heading = folders, heading

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._budget.spend(1 + len(attributes))
        if tag in _BREAKS:
            self._end_link()
            self._is_described = tag == "dd"
        if tag in _LISTS:
            self._open_folder(tag)
        elif tag in _HEADINGS:
            self._keep_last()
            self._text = None if _OF_THE_BROWSER & set(attributes) else ""
        elif tag == "a" and "href" in attributes and not self._is_described:
            self._end_link()
            self._link, self._text = dict(attributes), ""

    def end(self, tag: str) -> None:
        if tag in _LISTS:
            self._end_link()
            self._is_described = False
            if self._folders:
                self._folders.pop()
        elif tag in _HEADINGS:
            self._heading, self._text = self._taken_text(), None
            self._is_title = tag == "h1"
        elif tag == "a":
            self._end_link()

    def data(self, text: str) -> None:
        self._budget.spend()
        if self._text is not None and len(self._text) < _LONGEST_TEXT:
            self._text = (self._text + text)[:_LONGEST_TEXT]
        elif self._is_described and self._last and text.strip():
            left_out = dict.fromkeys((*self._last.left_out, NOTE_LEFT_OUT))
            self._last = replace(self._last, left_out=tuple(left_out))

    def comment(self, _: str) -> None:
        self._budget.spend()

    def close(self) -> None: ...

    def _open_folder(self, tag: str) -> None:
        if len(self._folders) == _DEEPEST:
            raise BrokenFile(
                FileCode.FOLDERS_TOO_DEEP,
                "The folders of this bookmark file are nested too deep.",
            )
        heading, self._heading = self._heading[:_LONGEST_FOLDER], ""
        if tag == "dl" and self._is_title:  # of the whole bookmark file
            heading = ""
        is_bar = not any(self._folders) and is_of_browser(heading)
        self._folders.append("" if is_bar else heading)

    def _taken_text(self) -> str:
        return " ".join((self._text or "").split())

    def _end_link(self) -> None:
        if self._link:
            self._keep_last()
            self._last = self._entry(self._link, self._taken_text())
            self._link = self._text = None

    def _keep_last(self) -> None:
        if self._last:
            self._found.append(self._last)
            self._last = None

    def _entry(self, link: dict[str, str], text: str) -> Entry:
        self._count += 1
        url = link["href"].strip()
        tags, has_own = without_own_tags(link.get("tags", ""))
        folders = [folder for folder in self._folders if folder and not is_of_tool(folder)]
        has_folder_of_tool = any(map(is_of_tool, self._folders))
        return Entry(
            self._count,
            url,
            title="" if text == url else text,
            tags=(tags, *folders),
            created_at=link.get("add_date") or link.get("time_added", ""),
            updated_at=link.get("last_modified", ""),
            left_out=(OWN_TAG_LEFT_OUT,) * has_own + (FOLDER_LEFT_OUT,) * has_folder_of_tool,
        )
