"""Which content codings a client accepts (RFC 9110, section 12.5.3)."""

import re
from collections.abc import Iterable
from functools import lru_cache

_LONGEST = 500
"""Bytes. A longer header is ignored: browsers send 30 bytes, and each name costs time."""
_REFUSED = re.compile(rb"\s*q\s*=\s*0(\.0*)?\s*")


def accepts(headers: Iterable[tuple[bytes, bytes]], coding: bytes) -> bool:
    """Tell whether the headers of a request, their names in lower case, accept a coding."""
    for name, value in headers:
        if name == b"accept-encoding":
            return len(value) <= _LONGEST and _allows(value, coding)
    return False


@lru_cache(maxsize=64)
def _allows(accept_encoding: bytes, coding: bytes) -> bool:
    allowed = {}
    for part in accept_encoding.lower().split(b","):
        name, _, weight = part.partition(b";")
        allowed[name.strip()] = not _REFUSED.fullmatch(weight)
    return allowed.get(coding, allowed.get(b"*", False))
