"""Storage on this device: the session in the platform's keychain, and the user's files.

No method raises. If data is lost, the user signs in again, and the app reads the library again.
"""

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Protocol

from app.sync.changes import Change
from app.sync.confirmed import Read
from app.sync.kinds import read_change
from app.training import Away
from app.words import Word

NOT_STORED: Word = "not stored"


class TokenStore(Protocol):
    """Stores one secret string, and never fails."""

    async def load(self) -> str | None: ...
    async def save(self, secret: str) -> None: ...
    async def clear(self) -> None: ...


class MemoryTokenStore:
    """Stores the secret in memory, for development in a browser."""

    def __init__(self) -> None:
        self._secret: str | None = None

    async def load(self) -> str | None:
        return self._secret

    async def save(self, secret: str) -> None:
        self._secret = secret

    async def clear(self) -> None:
        self._secret = None


class Keychain(Protocol):
    """The part of `flet_secure_storage.SecureStorage` that the app uses."""

    async def get(self, key: str) -> str | None: ...
    async def set(self, key: str, value: Any) -> None: ...
    async def remove(self, key: str) -> None: ...


class SecureTokenStore:
    """Stores the secret in the platform's keychain; if that fails, notifies once and uses memory.

    Create it while a page is open: Flet reaches the keychain through the page.
    """

    KEY = "session"

    def __init__(self, notify: Callable[[Word], None], keychain: Keychain | None = None) -> None:
        if keychain is None:
            from flet_secure_storage import SecureStorage  # noqa: PLC0415  installed only on devices

            keychain = SecureStorage()
        self._keychain = keychain
        self._notify = notify
        self._notified = False
        self._secret: str | None = None
        """A secret that the keychain did not store."""

    async def load(self) -> str | None:
        """Return the secret; another window may have replaced it in the keychain."""
        if self._secret is None:
            try:
                return await self._keychain.get(self.KEY)
            except Exception:  # noqa: BLE001  each platform's keychain raises its own exceptions
                self._notify_once()
        return self._secret

    async def save(self, secret: str) -> None:
        self._secret = secret
        try:
            await self._keychain.set(self.KEY, secret)
        except Exception:  # noqa: BLE001  same
            self._notify_once()
        else:
            self._secret = None

    async def clear(self) -> None:
        self._secret = None
        try:
            await self._keychain.remove(self.KEY)
        except Exception:  # noqa: BLE001  same
            self._notify_once()

    def _notify_once(self) -> None:
        if not self._notified:
            self._notified = True
            self._notify(NOT_STORED)


_BROKEN = (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""The exceptions that reading a damaged file raises."""


class DeviceStorage:
    """A user's library and unsent changes, as files. A broken file counts as missing.

    A library file has one line for each read of the change feed; each change has its own file. So
    two windows of one user never overwrite each other's data. A device keeps the files of one user
    at most: `keep_only` removes all others.
    """

    LIBRARY, CHANGE, AWAY, DISPLAY = "library-", "change-", "away-", "look.json"

    def __init__(self, folder: Path, server: str) -> None:
        self._folder = folder
        self._server = server

    # -------------------------------------------------------------------------- library

    def reads(self, person_id: str) -> list[Read]:
        """Return the stored reads in order, up to the first broken one."""
        found: list[Read] = []
        with suppress(*_BROKEN):
            lines = self._library(person_id).read_bytes().splitlines()
            found.extend(Read.from_json(json.loads(line)) for line in lines)
        return found

    def add_read(self, person_id: str, read: Read) -> None:
        """Store one more read."""
        with suppress(OSError), self._library(person_id).open("a", encoding="utf-8") as file:
            file.write(_line(read.to_json()))

    def replace_reads(self, person_id: str, read: Read) -> None:
        """Replace all stored reads with one."""
        self._replace(self._library(person_id), _line(read.to_json()))

    def _library(self, person_id: str) -> Path:
        return self._folder / f"{self.LIBRARY}{self._digest(person_id)}.json"

    # --------------------------------------------------------------------------- changes

    def changes(self, person_id: str) -> list[Change]:
        """Return the user's stored changes in order."""
        found: list[Change] = []
        for path in self._folder.glob(f"{self.CHANGE}{self._digest(person_id)}-*.json"):
            with suppress(*_BROKEN):
                found.append(read_change(json.loads(path.read_bytes())))
        return sorted(found, key=lambda change: change.number)

    def has_change(self, person_id: str, number: int) -> bool:
        """Return whether a change is stored."""
        return self._change(person_id, number).exists()

    def put_change(self, person_id: str, change: Change) -> None:
        """Store a change, or replace the one with its number."""
        self._replace(self._change(person_id, change.number), _line(change.to_json()))

    def remove_change(self, person_id: str, number: int) -> None:
        """Remove a change."""
        _remove([self._change(person_id, number)])

    def _change(self, person_id: str, number: int) -> Path:
        return self._folder / f"{self.CHANGE}{self._digest(person_id)}-{number}.json"

    # ------------------------------------------------------------------------------ away

    def away(self, person_id: str) -> Away | None:
        """Return which video the user opened on YouTube."""
        with suppress(*_BROKEN):
            stored = json.loads(self._away(person_id).read_bytes())
            return Away(int(stored["video_id"]), float(stored["since"]))
        return None

    def store_away(self, person_id: str, away: Away | None) -> None:
        """Store which video the user opened on YouTube; None removes it."""
        if away:
            self._replace(self._away(person_id), _line(asdict(away)))
        else:
            _remove([self._away(person_id)])

    def _away(self, person_id: str) -> Path:
        return self._folder / f"{self.AWAY}{self._digest(person_id)}.json"

    # ------------------------------------------------------------------------- display

    def display(self) -> dict[str, Any]:
        """Return the order and the layout of the videos."""
        with suppress(*_BROKEN):
            stored = json.loads((self._folder / self.DISPLAY).read_bytes())
            return stored if isinstance(stored, dict) else {}
        return {}

    def store_display(self, display: dict[str, Any]) -> None:
        """Store the order and the layout of the videos."""
        self._replace(self._folder / self.DISPLAY, _line(display))

    # ------------------------------------------------------------------------------- all

    def keep_only(self, person_id: str | None) -> None:
        """Remove temporary files and the files of all other users; None removes all files."""
        own = f"-{self._digest(person_id)}" if person_id else "/"
        _remove(path for path in self._files() if own not in path.name)

    def remove_libraries(self) -> None:
        """Remove all files except changes, which are sent when the same user signs in again."""
        _remove(path for path in self._files() if not path.match(f"{self.CHANGE}*.json"))

    def _files(self) -> list[Path]:
        names = (self.LIBRARY, self.CHANGE, self.AWAY)
        return [path for name in names for path in self._folder.glob(f"{name}*")]

    def _digest(self, person_id: str) -> str:
        return sha256(f"{self._server}\n{person_id}".encode()).hexdigest()[:32]

    def _replace(self, path: Path, text: str) -> None:
        """Replace the file atomically, readable only by its owner."""
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with NamedTemporaryFile(dir=self._folder, prefix=self.LIBRARY, delete=False) as file:
                temporary = Path(file.name)
            try:
                temporary.write_text(text, encoding="utf-8")
                temporary.replace(path)
            finally:
                temporary.unlink(missing_ok=True)


def _line(document: dict[str, Any]) -> str:
    return json.dumps(document, separators=(",", ":")) + "\n"


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        with suppress(OSError):
            path.unlink()
