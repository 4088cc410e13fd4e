"""JSON: our own export, or the lists of any other tool, also with one object per line.

An object of a list is an entry if it holds a link. A list inside an object is read as well: the
object may be a playlist, whose name becomes a tag, or a page of results. An object whose fields are
named by ids, links or numbers is read as a list.
"""

import re
from collections.abc import Generator, Iterator
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import IO, Any

from core.codes import FileCode
from core.transfer.bounds import Budget
from core.transfer.date_order import Entries, read_in_one_order
from core.transfer.decoding import read_text
from core.transfer.entries import BrokenFile, Entry
from core.transfer.fields import snake
from core.transfer.json_records import (
    FOLDERS,
    KEPT,
    LISTS,
    LONGEST_TEXT,
    NOTES,
    TAGS,
    Record,
    absolute,
    as_text,
    values_of_name,
)
from core.transfer.own_folders import is_of_browser
from core.transfer.takeout import LONGEST_NAME, base_name
from core.youtube import links

_DEEPEST = 40
_DEEPEST_FIELD = 3
_MAX_NAMES = 50_000
"""Playlists whose name comes after their videos."""
_UNASKED = re.compile(
    "histor|subscri|preferenc|setting|position|instance|thumb|format|subtitle|caption|chapter"
    "|comment|channel|recommend|related_v|watched"
)
"""Keys whose lists are never imported: history, subscriptions, settings, thumbnails and others."""
_TAG_NAMES = {"name", "label", "title", "tag"}

_Event = tuple[str, Any]
_Names = dict[int, tuple[str, bool]]
"""By number of the record: its name, and whether it is a folder."""


def read_json(file: IO[bytes], name: str, budget: Budget) -> Iterator[Entry]:
    """Yield each object, or each string, of the document's lists.

    The name of the file is the tag of a playlist from an old Takeout, which has no other. The
    order of day and month in a date with slashes may come from another object of the file.

    Raises: FileRefused: it is no JSON, nested too deep, or nearly all of it is other data.
    """
    return read_in_one_order(file, budget, partial(_read_named, _playlist_name(name)))


def _playlist_name(file_name: str) -> str:
    return re.sub(r"\.json$", "", base_name(file_name), flags=re.IGNORECASE)[:LONGEST_NAME]


def _read_named(playlist_name: str, file: IO[bytes], budget: Budget) -> Entries:
    """Yield the entries; a playlist whose name comes after its videos is read twice."""
    read = 0
    entries = _read(file, budget, playlist_name, None)
    for entry in entries:
        if entry is None:
            break
        read += 1
        yield from _split(entry)
    else:
        return
    entries.close()
    file.seek(0)
    names = _find_names(file)
    file.seek(0)
    for entry in islice(filter(None, _read(file, budget, playlist_name, names)), read, None):
        yield from _split(entry)


def _split(entry: Entry) -> Iterator[Entry]:
    """Yield the links of a text with several lines; Grayjay writes a playlist's name above them."""
    lines = entry.url.splitlines()
    if len(lines) <= 1:
        yield entry
        return
    has_name = not links.find_links(lines[0])
    name = lines[0].partition(":::")[0] if has_name else ""
    for line in lines[has_name:]:
        yield replace(entry, url=line, tags=(*entry.tags, name))


def _read(
    file: IO[bytes], budget: Budget, playlist_name: str, names: _Names | None
) -> Generator[Entry | None, None, None]:
    """Yield the entries; None where a playlist may have a name that is not read yet."""
    assembler, number = _Assembler(), 0
    for event in _parse(file, budget):
        found = assembler.take(*event)
        if found is None:
            continue
        container = found.parent if isinstance(found, Record) else found[1]
        if container and container.is_history:
            continue
        if isinstance(found, Record) and container and container.take(found):
            continue
        tags = [*_names_above(container, names or {})]
        if isinstance(found, Record) and found.is_of_old_takeout:
            tags = [playlist_name]
        entry = (
            found.entry(number + 1, tags)
            if isinstance(found, Record)
            else Entry(number + 1, absolute(found[0][:LONGEST_TEXT]), tags=tuple(tags))
        )
        if entry is None or (isinstance(found, Record) and found.is_detail):
            continue
        if container and names is None and not container.name():
            if not (isinstance(found, Record) and found.is_of_core):
                yield None
            names = {}
        if container:
            container.has_children = True
        number += 1
        yield entry


def _names_above(container: Record | None, names: _Names) -> Iterator[str]:
    """Yield the name of the playlist, and of all folders, that contain an entry."""
    above, is_nearest, bar = container, True, ""
    while above:
        name, is_folder = names.get(above.number) or (above.name(), above.is_folder)
        if name and (is_nearest or is_folder):
            if bar:
                yield bar
            bar = ""
            if is_folder and is_of_browser(name):
                bar = name  # the user chose the name, unless it is the outermost folder
            else:
                yield name
        above, is_nearest = above.parent, False


def _find_names(file: IO[bytes]) -> _Names:
    """Read the file for the names of its playlists, which may come after their videos."""
    names: _Names = {}
    budget = Budget("value")
    assembler = _Assembler()
    for event in _parse(file, budget):
        found = assembler.take(*event)
        if found is None:
            continue
        budget.earn()
        if not isinstance(found, Record) or not found.has_lists or len(names) == _MAX_NAMES:
            continue
        if name := found.name():
            names[found.number] = name, found.is_folder
    return names


class _Frame:
    """An object or a list that is open. A map is a record, or one of its fields (`prefix`)."""

    __slots__ = ("is_unasked", "key", "kind", "name", "prefix", "record", "written")

    def __init__(
        self, kind: str, name: str, record: Record | None, prefix: str, *, is_unasked: bool
    ) -> None:
        self.kind = kind
        self.name = name
        self.record = record
        self.prefix = prefix
        self.is_unasked = is_unasked
        self.key = ""
        self.written = ""

    @property
    def is_in_tags(self) -> bool:
        return self.kind in {"tag", "tags by name"}


_TOP = _Frame("top", "", None, "", is_unasked=False)


class _Assembler:
    """Builds the objects of a document, with only the fields that are used.

    It does not use ijson.items, whose memory grows with the square of the depth.
    """

    def __init__(self) -> None:
        self._open: list[_Frame] = []
        self._frame = _TOP
        self._count = 0

    def take(self, event: str, value: Any) -> Record | tuple[str, Record | None] | None:
        """Take the parser's next event; return the object that it completes, or a link.

        A link comes with the object around its list.
        """
        frame = self._frame
        if event == "map_key":
            frame.written = value
            frame.key = value if frame.kind == "tags by name" else snake(value)
        elif event == "start_map":
            self._push(self._map_in(frame))
        elif event == "start_array":
            self._push(self._list_in(frame))
        elif event in {"end_map", "end_array"}:
            self._open.pop()
            self._frame = self._open[-1] if self._open else _TOP
            if frame.kind == "map" and not frame.prefix and not frame.is_unasked:
                return frame.record
        elif frame.kind == "map":
            path = frame.prefix + frame.key
            if path in KEPT and frame.record:
                frame.record.values[path] = value
        else:
            return self._take_element(frame, value)
        return None

    def _take_element(self, frame: _Frame, value: Any) -> tuple[str, Record | None] | None:
        record = frame.record
        if frame.kind == "list":
            is_link = isinstance(value, str) and (frame.name in LISTS or not frame.name)
            if is_link and not frame.is_unasked:
                return value, record
            if record and frame.name in FOLDERS:
                record.is_in_folders = True
            elif record and frame.name in NOTES:
                record.values[frame.name] = as_text(value)
        elif record and (frame.kind == "tags" or (frame.is_in_tags and frame.key in _TAG_NAMES)):
            record.add_tag(value)
        elif record and frame.kind == "tags by name" and value is True:
            record.add_tag(frame.key)
        return None

    def _push(self, frame: _Frame) -> None:
        self._open.append(frame)
        self._frame = frame
        if len(self._open) > _DEEPEST:
            raise BrokenFile(
                FileCode.JSON_TOO_DEEP, "This JSON is nested too deep to be a library."
            )

    def _map_in(self, around: _Frame) -> _Frame:
        record, is_unasked = around.record, around.is_unasked
        if around.kind in {"top", "list"}:
            self._count += 1
            under = around.name if around.kind == "list" else None
            return _Frame("map", "", Record(self._count, under, record), "", is_unasked=is_unasked)
        if around.kind == "map":
            if around.key in TAGS and not around.prefix:
                return _Frame("tags by name", "", record, "", is_unasked=is_unasked)
            is_unasked = self._is_unasked(around)
            if (values := values_of_name(around.written)) is not None:
                return self._element_by_name(record, values, is_unasked=is_unasked)
            prefix = f"{around.prefix}{around.key}."
            is_deep = prefix.count(".") >= _DEEPEST_FIELD
            return _Frame("map", "", record, "?." if is_deep else prefix, is_unasked=is_unasked)
        if around.kind == "tags by name" and record:
            record.add_tag(around.key)
        is_tag = around.kind == "tags" or (around.kind == "tag" and around.key == "tag")
        return _Frame("tag" if is_tag else "other", "", record, "", is_unasked=is_unasked)

    def _element_by_name(
        self, around: Record | None, values: dict[str, Any], *, is_unasked: bool
    ) -> _Frame:
        self._count += 1
        if around and not is_unasked:
            around.has_lists = True
        element = Record(self._count, "?", around, values)
        return _Frame("map", "", element, "", is_unasked=is_unasked)

    def _list_in(self, around: _Frame) -> _Frame:
        record, is_unasked = around.record, around.is_unasked
        if around.kind in {"top", "list"}:
            return _Frame("list", around.name, record, "", is_unasked=is_unasked)
        if around.kind != "map":
            return _Frame("other", "", record, "", is_unasked=is_unasked)
        if around.key in TAGS and not around.prefix:
            return _Frame("tags", "", record, "", is_unasked=is_unasked)
        is_unasked = self._is_unasked(around)
        if record and not is_unasked:
            record.has_lists = record.has_lists or around.key not in FOLDERS
        return _Frame("list", around.key or "?", record, "", is_unasked=is_unasked)

    def _is_unasked(self, around: _Frame) -> bool:
        return around.is_unasked or bool(_UNASKED.search(around.key))


def _parse(file: IO[bytes], budget: Budget) -> Iterator[_Event]:
    """Raises: FileRefused: it is no JSON, or has a value that is too long."""
    import ijson  # noqa: PLC0415  2 MB that only an import needs

    try:
        events = ijson.basic_parse(
            ijson.from_iter(_pieces(file, budget)), use_float=True, multiple_values=True
        )
        for event in events:
            budget.spend()
            yield event
    except (ijson.JSONError, UnicodeError) as error:
        raise BrokenFile(FileCode.UNREADABLE_JSON, "This file is not valid JSON.") from error


def _pieces(file: IO[bytes], budget: Budget) -> Iterator[bytes]:
    for piece in read_text(file):
        budget.read(len(piece))
        budget.earn_by_size(len(piece))
        yield piece.encode()
