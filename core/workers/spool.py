"""A folder where files wait until they are imported; the processes of one service share it.

A file is named for its owner and is locked by the process that writes or reads it. The kernel
holds the lock: it ends with the process, also after a kill, and no timeout is needed.

Several machines can share one database, each with a folder of its own. The name of a file also
says in which folder it is, so that another machine does not report it as lost.
"""

import errno
import fcntl
import os
import re
import secrets
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

MAX_OF_ONE_OWNER = 4
RESERVED_BYTES = 256 * 1024 * 1024
"""Uploads leave this space free on the disk; the database may be there too."""
_ABANDONED_S = 60

_NAME = re.compile(r"([0-9]{1,16})-[0-9a-f]{16}")


class SpoolFull(Exception):
    """The owner has the most files here that a user may have."""


@dataclass(frozen=True, slots=True)
class Spooled:
    """A file of the spool that this process has locked."""

    path: Path
    handle: BinaryIO

    @property
    def name(self) -> str:
        return self.path.name

    def write(self, piece: bytes) -> None:
        """Append to a file that is being created.

        Raises: OSError: the disk is full, or would soon be.
        """
        if shutil.disk_usage(self.path.parent).free < RESERVED_BYTES + len(piece):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.handle.write(piece)

    @contextmanager
    def attempt(self) -> Iterator["Attempt"]:
        """Count a crash if the process ends before the block does."""
        attempt = Attempt(self.path)
        attempt.begin()
        try:
            yield attempt
        finally:
            attempt.end()

    def is_abandoned(self) -> bool:
        """Tell whether the last write was more than a minute ago."""
        return time.time() - os.fstat(self.handle.fileno()).st_mtime > _ABANDONED_S

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)
        self.path.with_name(f"{self.name}.crashes").unlink(missing_ok=True)


class Attempt:
    """A small file that remains when a process is killed while it works on an import.

    It is not in the database, whose failure would count as a crash as well.
    """

    def __init__(self, spooled: Path) -> None:
        self._path = path = spooled.with_name(f"{spooled.name}.crashes")
        self.crashes = int(path.read_text() or 0) if path.exists() else 0

    def begin(self) -> None:
        self._write(self.crashes + 1)

    def progress(self) -> None:
        """Reset earlier crashes: a batch was stored since then."""
        if self.crashes:
            self.crashes = 0
            self.begin()

    def end(self) -> None:
        if self.crashes and self._path.with_suffix("").exists():
            self._write(self.crashes)
        else:
            self._path.unlink(missing_ok=True)

    def _write(self, crashes: int) -> None:
        with open(self._path, "w", opener=_private) as file:
            file.write(str(crashes))


def folder_for(configured: str, database_url: str) -> Path:
    """Return the folder of waiting files: as configured, else one that only this database uses.

    It is next to SQLite's file; for PostgreSQL it is in the folder for temporary files.
    """
    if configured:
        return Path(configured)
    if database_url.startswith("sqlite:"):
        return Path(database_url.removeprefix("sqlite:///") + "-imports")
    url = urlsplit(database_url)
    place = f"{url.netloc.rpartition('@')[2]}{url.path}?{url.query}"  # which may name the host
    return Path(tempfile.gettempdir()) / f"core-imports-{sha256(place.encode()).hexdigest()[:16]}"


class Spool:
    """The folder; it is created with the first file, and other users may not read it."""

    def __init__(self, folder: Path, host: str | None = None) -> None:
        self.folder = folder
        place = f"{host or socket.gethostname()}:{folder.absolute()}"
        self._mark = sha256(place.encode()).hexdigest()[:8]

    @contextmanager
    def create(self, owner_id: int) -> Iterator[Spooled]:
        """Create an empty file and keep it locked; an error in the block removes it.

        Raises: SpoolFull, OSError
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.folder.stat().st_uid != os.getuid():  # another user created it in a shared folder
            raise PermissionError(self.folder)
        path = self.folder / f"{owner_id}-{self._mark}{secrets.token_hex(4)}"
        with open(path, "xb", opener=_private) as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            spooled = Spooled(path, handle)
            try:
                self._count(owner_id)
                yield spooled
            except BaseException:
                spooled.remove()
                raise

    @contextmanager
    def lock(self, name: str) -> Iterator[Spooled | None]:
        """Lock a file that waits; None when another process has locked it, or it is deleted."""
        path = self.folder / name
        try:
            handle = path.open("rb")
        except FileNotFoundError:
            yield None
            return
        with handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield None
                return
            yield Spooled(path, handle) if path.exists() else None

    def is_taken(self, name: str) -> bool:
        """Tell whether a process writes or reads the file, or it is deleted."""
        with self.lock(name) as spooled:
            return spooled is None

    def waiting(self) -> list[tuple[int, str]]:
        """Return owner and name of every file, the oldest first."""
        found = []
        for path in self._files():
            with suppress(FileNotFoundError):  # it has just been processed
                found.append((path.stat().st_mtime, path.name))
        return [(int(name.partition("-")[0]), name) for _, name in sorted(found)]

    def has(self, name: str) -> bool:
        """Tell whether the file exists."""
        return (self.folder / name).exists()

    def belongs_here(self, name: str) -> bool:
        """Tell whether the file was made in this folder, on this machine."""
        return name.partition("-")[2].startswith(self._mark)

    def remove_all_of(self, owner_id: int) -> None:
        """Remove all files of that owner."""
        for path in self.folder.glob(f"{owner_id}-*"):
            path.unlink(missing_ok=True)

    def _count(self, owner_id: int) -> None:
        """Raises: SpoolFull: the file just made is one too many."""
        mine = [path for path in self._files() if path.name.startswith(f"{owner_id}-")]
        if len(mine) > MAX_OF_ONE_OWNER:
            raise SpoolFull

    def _files(self) -> list[Path]:
        with suppress(FileNotFoundError):
            return [path for path in self.folder.iterdir() if _NAME.fullmatch(path.name)]
        return []


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
