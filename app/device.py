"""What stays on this device: the session in the platform's keychain, the library last seen.

Both are forgiving: without them the app asks again.
"""

import json
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Protocol

from app.state import Video

ETAG = re.compile(r'(W/)?"[!#-~]*"')
"""Anything else can't be sent back. Source: RFC 9110, section 8.8.3"""
NOT_KEPT = (
    "This device has no place to keep secrets, so you stay signed in only until the app is closed."
)


class TokenStore(Protocol):
    """Keeps one secret text, and never fails."""

    async def load(self) -> str | None: ...
    async def save(self, secret: str) -> None: ...
    async def clear(self) -> None: ...


class MemoryTokenStore:
    """Keeps it as long as the app runs: for development in a browser."""

    def __init__(self) -> None:
        self._secret: str | None = None

    async def load(self) -> str | None:
        return self._secret

    async def save(self, secret: str) -> None:
        self._secret = secret

    async def clear(self) -> None:
        self._secret = None


class Keychain(Protocol):
    """The part of `flet_secure_storage.SecureStorage` that is used."""

    async def get(self, key: str) -> str | None: ...
    async def set(self, key: str, value: Any) -> None: ...
    async def remove(self, key: str) -> None: ...


class SecureTokenStore:
    """Keeps it in the platform's keychain; in memory when that fails, which `say` tells once.

    To be made where a page is at hand, since the keychain is reached through it.
    """

    KEY = "session"

    def __init__(self, say: Callable[[str], None], keychain: Keychain | None = None) -> None:
        if keychain is None:
            from flet_secure_storage import SecureStorage  # noqa: PLC0415  it is there only on devices

            keychain = SecureStorage()
        self._keychain = keychain
        self._say = say
        self._told = False
        self._secret: str | None = None

    async def load(self) -> str | None:
        if self._secret is None:
            try:
                self._secret = await self._keychain.get(self.KEY)
            except Exception:  # noqa: BLE001  each platform's keychain fails in ways of its own
                self._tell()
        return self._secret

    async def save(self, secret: str) -> None:
        self._secret = secret
        try:
            await self._keychain.set(self.KEY, secret)
        except Exception:  # noqa: BLE001  same
            self._tell()

    async def clear(self) -> None:
        self._secret = None
        try:
            await self._keychain.remove(self.KEY)
        except Exception:  # noqa: BLE001  same
            self._tell()

    def _tell(self) -> None:
        if not self._told:
            self._told = True
            self._say(NOT_KEPT)


@dataclass(frozen=True)
class Library:
    """A person's videos, and the ETag under which Core answered them ("" when there is none)."""

    etag: str
    videos: tuple[Video, ...]


class LibraryCache:
    """The library last seen, a file for each person of a server. One that is broken is none."""

    def __init__(self, folder: Path, server: str) -> None:
        self._folder = folder
        self._server = server

    def load(self, person_id: str) -> Library | None:
        try:
            kept = json.loads(self._path(person_id).read_bytes())
            etag = kept["etag"] if ETAG.fullmatch(kept["etag"]) else ""
            return Library(etag, tuple(map(Video.from_json, kept["videos"])))
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return None

    def save(self, person_id: str, etag: str, videos: list[dict[str, Any]]) -> None:
        """Write the file anew, whole or not at all, readable by its owner alone."""
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with NamedTemporaryFile(dir=self._folder, delete=False) as file:
                path = Path(file.name)
            try:
                path.write_text(json.dumps({"etag": etag, "videos": videos}), encoding="utf-8")
                path.replace(self._path(person_id))
            finally:
                path.unlink(missing_ok=True)

    def clear(self, person_id: str) -> None:
        with suppress(OSError):
            self._path(person_id).unlink()

    def _path(self, person_id: str) -> Path:
        digest = sha256(f"{self._server}\n{person_id}".encode()).hexdigest()
        return self._folder / f"library-{digest[:32]}.json"
