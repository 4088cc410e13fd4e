"""Addresses in settings: their validation and normalization."""

import re
from urllib.parse import urlsplit

DATABASE_SCHEMES = ("sqlite:///", "postgresql://", "postgres://")
REDIS_SCHEMES = ("redis://", "rediss://")
LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "::1")

_ORIGIN = re.compile(r"([a-z][a-z0-9+.-]*)://([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?/?")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_PORTS = 65_536


def normalize_origin(text: str) -> str:
    """Write an origin as browsers do: lower case, no default port, no slash at the end.

    Source: RFC 6454, section 6.2
    Raises: ValueError: this is no origin.
    """
    match = _ORIGIN.fullmatch(text.lower())
    if match is None or int(match[3] or 0) >= _PORTS:
        raise ValueError("must be an origin like https://app.example.com, without a path")
    scheme, host, port = match.groups()
    shown = port is not None and int(port) != _DEFAULT_PORTS.get(scheme)
    return f"{scheme}://{host}:{int(port)}" if shown else f"{scheme}://{host}"


def normalize_url(url: str) -> str:
    """Write an https address as `normalize_origin` does; it may have a path.

    Raises: ValueError: a response from there can't be trusted.
    """
    if not is_https_or_loopback(url):
        raise ValueError("must be an https address (http only on loopback)")
    parts = urlsplit(url)
    return normalize_origin(f"{parts.scheme}://{parts.netloc}") + parts.path.rstrip("/")


def is_https_or_loopback(url: str) -> bool:
    """Tell whether a response from this address can be trusted."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    if not host or parts.username or parts.query or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK_HOSTS)


def require_database(url: str) -> None:
    """Raises: ValueError: this URL is no database that Core can use."""
    if not url.startswith(DATABASE_SCHEMES):
        raise ValueError("must begin with sqlite:/// or postgresql://")
    if is_sqlite(url):
        if not names_a_file(url):
            raise ValueError("must name a file after sqlite:///, without a question mark")
    elif not is_postgresql_address(url):
        raise ValueError(
            "must be like postgresql://user:password@host:5432/name, "
            "with / ? # [ ] @ in a password percent-encoded (%2F for /)"
        )


def is_sqlite(url: str) -> bool:
    """Tell whether a database's URL is of SQLite; the others are of PostgreSQL."""
    return url.startswith("sqlite:")


def names_a_file(url: str) -> bool:
    """Tell whether an SQLite URL names a file and nothing else."""
    path = url.removeprefix("sqlite:///")
    return path not in {"", ":memory:"} and "?" not in path


def is_postgresql_address(url: str) -> bool:
    """Tell whether the driver will read the intended hosts and ports.

    An `@` after the address means that the password had a character that ends the address.
    """
    try:
        parts = urlsplit(url)
        for host in parts.netloc.rpartition("@")[2].split(","):  # there may be several
            _ = urlsplit(f"//{host}").port
    except ValueError:
        return False
    return "@" not in parts.path + parts.query + parts.fragment


def is_redis_address(url: str) -> bool:
    """Tell whether a Redis client can read this URL."""
    try:
        parts = urlsplit(url)
        return url.startswith(REDIS_SCHEMES) and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
