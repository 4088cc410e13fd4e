"""One look at the signing keys, for `core doctor`."""

import time
from email.utils import parsedate_to_datetime

from core.auth.clerk import _read_key_set
from core.config import Settings

_TIMEOUT_S = 3


class KeysUnusable(Exception):
    """The signing keys could not be fetched or read; the message says why."""


def measure_clock(settings: Settings) -> float | None:
    """Fetch the signing keys; return how far our clock is ahead of their server's, in seconds.

    None: it did not tell its time. A server tells whole seconds.
    Raises: KeysUnusable
    """
    import httpx  # noqa: PLC0415  80 ms that no other command has to wait

    try:
        answer = httpx.get(settings.jwks_url, timeout=_TIMEOUT_S).raise_for_status()
        _read_key_set(answer.content)
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        raise KeysUnusable(str(error) or type(error).__name__) from error
    try:
        told_at_s = parsedate_to_datetime(answer.headers["Date"]).timestamp()
    except (KeyError, ValueError):
        return None
    return time.time() - told_at_s
