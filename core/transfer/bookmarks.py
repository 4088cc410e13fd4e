"""Netscape bookmark files, as browsers, Raindrop, linkding and Karakeep write them.

    <DT><H3>Folder</H3>
    <DL><p>
        <DT><A HREF="…" ADD_DATE="1425205230" TAGS="a,b">Title</A>

Source: https://learn.microsoft.com/previous-versions/windows/internet-explorer/ie-developer/platform-apis/aa753582(v=vs.85)
"""

from collections.abc import Iterator, Mapping
from typing import IO

from core.transfer.decoding import read_text
from core.transfer.entries import Entry, FileRefused

_DEEPEST = 100
_LONGEST_TEXT = 5_000
_LONGEST_FOLDER = 300
"""Characters; each link carries the names of all its folders."""
_OF_THE_BROWSER = {"personal_toolbar_folder", "unfiled_bookmarks_folder"}
"""What marks the browser's own folders, whose names nobody chose."""


def read_bookmarks(file: IO[bytes], _: str) -> Iterator[Entry]:
    """Yield each link; its tags are the TAGS attribute and every folder that it lies in.

    Raises: FileRefused: it can't be read as HTML, or its folders are nested too deep.
    """
    from lxml import etree  # noqa: PLC0415  5 MB that only an import needs

    target = _Bookmarks()
    parser = etree.HTMLParser(target=target)
    try:
        for piece in filter(None, read_text(file)):
            parser.feed(piece)
            yield from target.take()
        parser.close()
    except etree.LxmlError as error:
        raise FileRefused("This bookmark file can't be read as HTML.") from error
    yield from target.take()


class _Bookmarks:
    """What lxml's parser tells of each tag as it comes by; no tree is built."""

    def __init__(self) -> None:
        self._found: list[Entry] = []
        self._count = 0
        self._folders: list[str] = []
        self._heading = ""
        self._link: dict[str, str] | None = None
        self._text: str | None = None

    def take(self) -> list[Entry]:
        """Hand out the links that came by since the last time."""
        found, self._found = self._found, []
        return found

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "dl":
            if len(self._folders) == _DEEPEST:
                raise FileRefused("The folders of this bookmark file are nested too deep.")
            self._folders.append(self._heading[:_LONGEST_FOLDER])
            self._heading = ""
        elif tag == "h3":
            self._text = None if _OF_THE_BROWSER & set(attributes) else ""
        elif tag == "a" and "href" in attributes:
            self._link, self._text = dict(attributes), ""

    def end(self, tag: str) -> None:
        if tag == "dl" and self._folders:
            self._folders.pop()
        elif tag == "h3":
            self._heading, self._text = self._taken_text(), None
        elif tag == "a" and self._link:
            self._found.append(self._entry(self._link, self._taken_text()))
            self._link = self._text = None

    def data(self, text: str) -> None:
        if self._text is not None and len(self._text) < _LONGEST_TEXT:
            self._text = (self._text + text)[:_LONGEST_TEXT]

    def close(self) -> None: ...

    def _taken_text(self) -> str:
        return " ".join((self._text or "").split())

    def _entry(self, link: dict[str, str], text: str) -> Entry:
        self._count += 1
        url = link["href"].strip()
        return Entry(
            self._count,
            url,
            title="" if text == url else text,
            tags=(link.get("tags", ""), *filter(None, self._folders)),
            created_at=link.get("add_date", ""),
            updated_at=link.get("last_modified", ""),
        )
