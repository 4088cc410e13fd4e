"""The settings of a build: settings.toml, overridden by environment variables (APP_…)."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

FILE = Path(__file__).with_name("settings.toml")
PREFIX = "APP_"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
MAX_PORT = 65_535


class SettingsError(Exception):
    """An invalid setting; the text names it and says what it should be."""


@dataclass(frozen=True)
class Settings:
    """The addresses of the service and of Clerk, and this app's registration at Clerk."""

    api_url: str = "http://127.0.0.1:8000"
    clerk_url: str = "http://127.0.0.1:8010"
    """Clerk's frontend API: the issuer of its tokens."""
    client_id: str = "core-app"
    redirect_uri: str = "http://127.0.0.1:8020/callback"
    """The redirect URI of a desktop's browser. The app listens on its port during a sign-in."""
    phone_redirect_uri: str = "core-app://auth/callback"

    def __post_init__(self) -> None:
        for name in ("api_url", "clerk_url"):
            object.__setattr__(self, name, _to_address(name, getattr(self, name)))
        if not self.client_id:
            raise SettingsError("client_id is empty. Use the id of Clerk's OAuth application.")
        _check_redirect(self.redirect_uri)
        _check_phone_redirect(self.phone_redirect_uri)

    @classmethod
    def load(cls, environment: Mapping[str, str], file: Path = FILE) -> Self:
        """Read the file, then the environment, which overrides the file.

        Raises: SettingsError
        """
        given = {**_read_file(file), **_read_environment(environment)}
        names = {field.name for field in fields(cls)}
        for name, value in given.items():
            if name not in names:
                raise SettingsError(
                    f"Unknown setting: {name} (or {PREFIX}{name.upper()}). "
                    f"The settings are {', '.join(sorted(names))}."
                )
            if not isinstance(value, str):
                raise SettingsError(f"{name} must be a text in quotation marks.")
        return cls(**{name: str(value) for name, value in given.items()})


def _read_file(file: Path) -> dict[str, object]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"{file.name} can't be read: {error}.") from None


def _read_environment(environment: Mapping[str, str]) -> dict[str, object]:
    """Return the APP_… variables; an empty one counts as unset."""
    named = {name: value for name, value in environment.items() if name.startswith(PREFIX)}
    return {name.removeprefix(PREFIX).lower(): value for name, value in named.items() if value}


def is_safe(url: str) -> bool:
    """Return whether requests to this URL stay private: https, or http on this machine."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not url.isascii() or not url.isprintable() or set(url) & {" ", "\\", "@", "#"} or not host:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)


def _to_address(name: str, url: str) -> str:
    if not is_safe(url) or urlsplit(url).query:
        raise SettingsError(
            f"{name} must be an address that begins with https:// "
            "(http:// only for 127.0.0.1 and localhost), without a question mark."
        )
    return url.rstrip("/")


def _check_redirect(uri: str) -> None:
    """Accept only an IP address: localhost may resolve elsewhere (RFC 8252, section 8.3)."""
    own = re.fullmatch(r"http://127\.0\.0\.1:([1-9]\d{0,4})/[\w./-]*", uri, re.ASCII)
    if own is None or int(own[1]) > MAX_PORT:
        raise SettingsError(
            "redirect_uri must be http://127.0.0.1 with a port and a path, "
            "as in http://127.0.0.1:8020/callback."
        )


def _check_phone_redirect(uri: str) -> None:
    own = re.fullmatch(r"([a-z][a-z0-9.+-]+):/[\w./-]*", uri, re.ASCII)
    if own is None or own[1] in ("http", "https", "file", "javascript", "data"):
        raise SettingsError(
            "phone_redirect_uri must use the app's own scheme, as in core-app://auth/callback."
        )
