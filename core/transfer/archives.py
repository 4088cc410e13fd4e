"""Archives: Takeout's zip or tgz, and the zip of any other tool.

Files are read as streams and never unpacked to the disk. Only the playlists of a Takeout are
read. Every other file is reported with the reason why it was skipped.
"""

import gzip
import io
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import IO, NamedTuple

from core.choices import Format
from core.codes import FileCode, Reason, RowCode
from core.transfer import newpipe, takeout
from core.transfer.bounds import Budget
from core.transfer.csv_layouts import columns_of
from core.transfer.decoding import CHUNK_BYTES, decode_head
from core.transfer.entries import BrokenFile, Entry, FileRefused

MAX_MEMBERS = 10_000
MAX_UNPACKED_BYTES = 256 * 1024 * 1024
MAX_RATIO = 200
_ALWAYS_FINE_BYTES = 1024 * 1024
_PACKED = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_MAX_READ_BYTES = 4 * 1024 * 1024
_MAX_OF_TAR_BYTES = 16 * 1024 * 1024
_ENCRYPTED = 1

ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_GZIP = b"\x1f\x8b"
STARTS = (*ZIP, _GZIP)
_TABLE = ".csv"
_TEXTS = (_TABLE, ".json", ".jsonl", ".ndjson", ".db", ".html", ".htm", ".txt", ".md")
_RECORDS: set[Format | None] = {"csv", "json"}
_BOOKMARKS = "netscape-bookmark-file"
_TAKEOUT = "Takeout/"
"""The folder of each Takeout, in every language."""
_HISTORY = re.compile(r"(watch|search)[-_ ]?history|(^|/)history(\.[a-z]+)?$", re.IGNORECASE)
_UNASKED = re.compile(
    r"(^|/)(cache/.*|(subscriptions?|subscription_groups|preferences|settings)(\.[a-z]+)?)$",
    re.IGNORECASE,
)

NO_PLAYLIST_FILE = Reason(RowCode.NO_PLAYLIST_FILE, "this file of the archive is no playlist")
HISTORY_FILE = Reason(RowCode.HISTORY_FILE, "the history is not imported")
OTHER_FILE = Reason(RowCode.OTHER_FILE, "this file of the archive is no list of links")

_DAMAGED = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, struct.error, EOFError, LookupError, OSError,
    RuntimeError, ValueError,
)  # fmt: skip
"""The exceptions for bytes that are no archive; NotImplementedError is a RuntimeError."""

Skip = Callable[[str, Reason], None]
"""Takes the name of a file that is not imported, and why."""


class _Member(NamedTuple):
    """A file of an archive. It can be opened only until the next one is read."""

    name: str
    open: Callable[[], IO[bytes]]

    @property
    def is_table(self) -> bool:
        return self.name.lower().endswith(_TABLE)

    def starts_with(self, start: bytes) -> bool:
        with self.open() as file:
            return file.read(len(start)) == start

    def head(self) -> str:
        with self.open() as file:
            return decode_head(file.read(CHUNK_BYTES))


class Readers(NamedTuple):
    """The functions for a file of an archive: one detects its format, one reads a format."""

    detect: Callable[[str], Format | None]
    read: Callable[[Format, IO[bytes], str, Budget], Iterator[Entry]]


@dataclass(slots=True)
class _Contents:
    """The result of the first pass over an archive."""

    playlists: set[str] = field(default_factory=set)
    indexes: set[str] = field(default_factory=set)
    titles: dict[str, str] = field(default_factory=dict)
    has_records: bool = False
    """Whether it has tables or JSON, which list what the user saved; pages are then not read."""


def check_archive(file: IO[bytes]) -> None:
    """Check an archive's directory without unpacking its files.

    Raises: FileRefused
    """
    with _opened(file) as archive:
        if isinstance(archive, zipfile.ZipFile):
            names = [info.filename for info in _checked(archive, _TABLE)]
            names = names or [info.filename for info in _checked(archive, _TEXTS)]
            if not names:
                raise _no_playlist()


def read_archive(file: IO[bytes], budget: Budget, readers: Readers, skip: Skip) -> Iterator[Entry]:
    """Yield the videos of every playlist of a Takeout, or of every file that can be read.

    `skip` is called for the other files.

    Raises: FileRefused: it is damaged, encrypted, a bomb, or holds nothing that can be read.
    """
    contents = _look_through(file, budget)
    contents.has_records = not contents.playlists and _has_records(file, readers)
    read, refused = 0, None
    with _opened(file) as archive:
        texts = _TABLE if contents.playlists else _TEXTS
        for member in _members(archive, texts):
            if member.name in contents.indexes:
                continue
            is_empty = True
            try:
                for entry in _read_member(member, budget, contents, readers):
                    is_empty, read = False, read + 1
                    yield entry
            except BrokenFile as refusal:
                if contents.playlists:
                    raise
                refused = refused or refusal
                skip(member.name, refusal.reason)
                continue
            if is_empty and member.name not in contents.playlists:
                skip(member.name, _reason(member.name, is_takeout=bool(contents.playlists)))
    if not read:
        raise refused or _no_playlist()


def _look_through(file: IO[bytes], budget: Budget) -> _Contents:
    """Find the tables that are playlists, and their titles."""
    contents = _Contents()
    with _opened(file) as archive:
        for member in _members(archive, _TABLE):
            if not member.is_table:
                continue
            head = member.head().splitlines(keepends=True)
            if takeout.is_playlist(head, budget):
                contents.playlists.add(member.name)
            elif titles := takeout.read_titles(head, budget):
                contents.indexes.add(member.name)
                contents.titles |= titles
    file.seek(0)
    return contents


def _has_records(file: IO[bytes], readers: Readers) -> bool:
    with _opened(file) as archive:
        kinds = (_kind_of(member, readers) for member in _members(archive, _TEXTS))
        found = any(kind in _RECORDS for kind in kinds)
    file.seek(0)
    return found


def _kind_of(member: _Member, readers: Readers) -> Format | None:
    is_unasked = _HISTORY.search(member.name) or _UNASKED.search(member.name)
    if is_unasked or not _has_ending(member.name, _TEXTS):
        return None
    return readers.detect(member.head())


def _has_ending(name: str, endings: str | tuple[str, ...]) -> bool:
    """Tell whether the name has one of these endings; of any text, it may also have none."""
    has_none = "." not in takeout.base_name(name)
    return name.lower().endswith(endings) or (endings == _TEXTS and has_none)


def _is_content(member: _Member, kind: Format) -> bool:
    """Tell whether it is a page or a text and no list of links, such as bookmarks."""
    return kind not in _RECORDS and _BOOKMARKS not in member.head().lower()


def _is_other_list(member: _Member, kind: Format) -> bool:
    """Tell whether it is a Takeout's list of comments, uploads or subscriptions, or a page.

    A Takeout may also have links that the user saved, in other Google products.
    """
    if not member.name.startswith(_TAKEOUT) or kind == "json":
        return False
    header, *_ = [*member.head().splitlines(), ""]
    return "url" not in columns_of(header) if kind == "csv" else _is_content(member, kind)


def _read_member(
    member: _Member, budget: Budget, contents: _Contents, readers: Readers
) -> Iterator[Entry]:
    if contents.playlists:
        if member.name in contents.playlists:
            with member.open() as file:
                yield from takeout.read_playlist(file, member.name, budget, contents.titles)
        return
    place = takeout.base_name(member.name)[: takeout.LONGEST_NAME]
    if _has_ending(member.name, _TEXTS) and member.starts_with(newpipe.START):
        with member.open() as file:
            for entry in newpipe.read_playlists(file, budget):
                yield replace(entry, place=place)
        return
    kind = _kind_of(member, readers)
    is_content = kind and contents.has_records and _is_content(member, kind)
    if kind is None or is_content or _is_other_list(member, kind):
        return
    tag = _playlist_of(member.name)
    with member.open() as file:
        for entry in readers.read(kind, file, member.name, budget):
            yield replace(entry, place=place, tags=(*entry.tags, tag) if tag else entry.tags)


def _playlist_of(name: str) -> str:
    """Return the name of the playlist if the file is one of an old Takeout, as JSON."""
    folder, _, base = name.replace("\\", "/").rpartition("/")
    is_playlist = folder.lower().endswith("playlists") and base.lower().endswith(".json")
    return base[: -len(".json")][: takeout.LONGEST_NAME] if is_playlist else ""


def _reason(name: str, *, is_takeout: bool) -> Reason:
    if _HISTORY.search(name):
        return HISTORY_FILE
    return NO_PLAYLIST_FILE if is_takeout else OTHER_FILE


# --------------------------------------------------------------------- zip and tar, carefully


@contextmanager
def _opened(file: IO[bytes]) -> Iterator[zipfile.ZipFile | tarfile.TarFile]:
    is_gzip = file.read(len(_GZIP)) == _GZIP
    file.seek(0)
    try:
        if is_gzip:
            with _Unpacked(file) as unpacked, tarfile.open(fileobj=unpacked, mode="r:") as tar:
                yield tar
        else:
            careful = _Careful(file)
            try:
                with zipfile.ZipFile(careful) as archive:
                    yield archive
            finally:
                if not file.closed:  # it is, when a reading is given up
                    careful.detach()  # or it would close the file, which is read again
    except FileRefused:
        raise
    except _DAMAGED as error:
        raise FileRefused(
            FileCode.DAMAGED_ARCHIVE, "This archive is damaged. Export it again."
        ) from error


def _members(
    archive: zipfile.ZipFile | tarfile.TarFile, texts: str | tuple[str, ...]
) -> Iterator[_Member]:
    """Yield the files; those with these endings can be unpacked within the bounds."""
    if isinstance(archive, zipfile.ZipFile):
        _checked(archive, texts)
        for info in archive.infolist():
            if not info.is_dir():
                yield _Member(info.filename, partial(archive.open, info))
        return
    for number, info_ in enumerate(archive):
        if number >= MAX_MEMBERS:
            raise _too_many_files()
        if info_.isfile():
            is_text = _has_ending(info_.name, texts) and info_.size <= _MAX_OF_TAR_BYTES
            content = _content(archive, info_) if is_text else b""
            yield _Member(info_.name, partial(io.BytesIO, content))


def _content(archive: tarfile.TarFile, info: tarfile.TarInfo) -> bytes:
    """Read a whole file: a tar can't be read twice without unpacking it from its beginning."""
    file = archive.extractfile(info)
    return b"".join(iter(partial(file.read, CHUNK_BYTES), b"")) if file else b""


class _Careful(io.BufferedReader):
    """A file that refuses to read a directory of hundreds of megabytes."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file)  # type: ignore[arg-type]  # any binary file will do

    def read(self, size: int | None = -1, /) -> bytes:
        if size and size > _MAX_READ_BYTES:
            raise _too_many_files()
        return super().read(size)


class _Unpacked(gzip.GzipFile):
    """A packed tar, which refuses to unpack to far more than its own size."""

    def __init__(self, file: IO[bytes]) -> None:
        packed_bytes = file.seek(0, io.SEEK_END)
        file.seek(0)
        super().__init__(fileobj=file, mode="rb")
        self._most = min(MAX_UNPACKED_BYTES, max(_ALWAYS_FINE_BYTES, MAX_RATIO * packed_bytes))

    def read(self, size: int | None = -1) -> bytes:
        if size is None or size > _MAX_READ_BYTES:
            raise _too_large()
        self._check(self.tell() + max(0, size))
        return super().read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._check(offset)
        return super().seek(offset, whence)

    def _check(self, offset: int) -> None:
        if offset > self._most:
            raise _too_large()


def _checked(archive: zipfile.ZipFile, endings: str | tuple[str, ...]) -> list[zipfile.ZipInfo]:
    """Return the files with these endings.

    Raises: FileRefused: they can't be unpacked, or not within the bounds.
    """
    members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        raise _too_many_files()
    texts = [info for info in members if _has_ending(info.filename, endings)]
    if any(info.compress_type not in _PACKED for info in texts):  # others unpack without bounds
        raise FileRefused(
            FileCode.UNUSUAL_ARCHIVE,
            "This archive is packed in an unusual way. Pack it as a plain zip.",
        )
    if any(info.flag_bits & _ENCRYPTED for info in texts):
        raise FileRefused(
            FileCode.ENCRYPTED_ARCHIVE,
            "This archive is encrypted. Unpack it, and import its files.",
        )
    if sum(info.file_size for info in texts) > MAX_UNPACKED_BYTES or any(map(_is_bomb, texts)):
        raise _too_large()
    return texts


def _is_bomb(info: zipfile.ZipInfo) -> bool:
    return info.file_size > max(_ALWAYS_FINE_BYTES, MAX_RATIO * info.compress_size)


def _too_large() -> FileRefused:
    return FileRefused(
        FileCode.TOO_LARGE_UNPACKED, "This archive would unpack to far more than a library holds."
    )


def _no_playlist() -> FileRefused:
    return FileRefused(
        FileCode.NO_PLAYLIST, "There is no playlist, and no other file with links, in this archive."
    )


def _too_many_files() -> FileRefused:
    return FileRefused(FileCode.TOO_MANY_FILES, "This archive has too many files in it.")
