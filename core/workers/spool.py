"""A folder where files wait until they are imported; the processes of one service share it.

A file is named for its owner and is locked by the process that writes or reads it. The lock is
the kernel's: it ends with the process, however that ends, and nobody has to wait for it.
"""

import fcntl
import os
import re
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

MOST_OF_ONE_OWNER = 4
_ABANDONED_S = 60

_NAME = re.compile(r"([0-9]{1,16})-[0-9a-f]{16}")


class SpoolFull(Exception):
    """The owner has as many files here as one may have."""


@dataclass(frozen=True, slots=True)
class Spooled:
    """A file of the spool that this process has locked."""

    path: Path
    handle: BinaryIO

    @property
    def name(self) -> str:
        return self.path.name

    def is_abandoned(self) -> bool:
        """Tell that nobody has written to it for a minute."""
        return time.time() - os.fstat(self.handle.fileno()).st_mtime > _ABANDONED_S

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)


def folder_for(configured: str, database_url: str) -> Path:
    """Return where files wait: as configured, else a folder that no other database has.

    It lies beside SQLite's file, for PostgreSQL among the temporary files.
    """
    if configured:
        return Path(configured)
    if database_url.startswith("sqlite:"):
        return Path(database_url.removeprefix("sqlite:///") + "-imports")
    place = urlsplit(database_url).netloc.rpartition("@")[2] + urlsplit(database_url).path
    return Path(tempfile.gettempdir()) / f"core-imports-{sha256(place.encode()).hexdigest()[:16]}"


class Spool:
    """The folder; it is made when the first file comes, and nobody else may read it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def create(self, owner_id: int) -> Iterator[Spooled]:
        """Make an empty file and keep it locked; leaving by an error removes it.

        Raises: SpoolFull, OSError
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.folder.stat().st_uid != os.getuid():  # somebody was faster where anybody may write
            raise PermissionError(self.folder)
        path = self.folder / f"{owner_id}-{secrets.token_hex(8)}"
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
        """Lock a file that waits; None when another process has it, or it is gone."""
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
        """Tell whether a process writes or reads the file, or it is gone."""
        with self.lock(name) as spooled:
            return spooled is None

    def waiting(self) -> list[tuple[int, str]]:
        """Return owner and name of every file, the oldest first."""
        found = []
        for path in self._files():
            with suppress(FileNotFoundError):  # it has just been worked off
                found.append((path.stat().st_mtime, path.name))
        return [(int(name.partition("-")[0]), name) for _, name in sorted(found)]

    def has(self, name: str) -> bool:
        """Tell whether the file is there."""
        return (self.folder / name).exists()

    def remove_all_of(self, owner_id: int) -> None:
        """Remove whatever waits for that owner."""
        for path in self.folder.glob(f"{owner_id}-*"):
            path.unlink(missing_ok=True)

    def _count(self, owner_id: int) -> None:
        """Raises: SpoolFull: the file just made is one too many."""
        if len([*self.folder.glob(f"{owner_id}-*")]) > MOST_OF_ONE_OWNER:
            raise SpoolFull

    def _files(self) -> list[Path]:
        with suppress(FileNotFoundError):
            return [path for path in self.folder.iterdir() if _NAME.fullmatch(path.name)]
        return []


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
