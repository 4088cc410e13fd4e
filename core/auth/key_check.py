"""Checks of Clerk's signing keys and settings, for `core doctor`."""

import asyncio
import json
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime

from core import http_client
from core.auth.clerk import read_key_set
from core.auth.jwks import MAX_BYTES, TIMEOUT_S
from core.config import Settings


class KeysUnusable(Exception):
    """The signing keys could not be fetched or read; the message says why."""


class BackendUnusable(Exception):
    """Clerk's Backend API did not answer as it should; the message says why."""


def measure_clock(settings: Settings) -> float | None:
    """Fetch the signing keys; return how far our clock is ahead of their server's, in seconds.

    None: the response has no valid `Date`. The header has whole seconds.
    Raises: KeysUnusable
    """
    document, _ = _fetch_keys(settings.jwks_url)
    try:
        server_s = parsedate_to_datetime(document.headers["Date"]).timestamp()
    except (KeyError, ValueError):
        return None
    return time.time() - server_s


def shares_keys(settings: Settings, issuer: str) -> bool:
    """Tell whether the issuer publishes one of the keys that this service checks tokens with.

    Raises: KeysUnusable
    """
    theirs, ours = (
        _fetch_keys(url)[1] for url in (f"{issuer}/.well-known/jwks.json", settings.jwks_url)
    )
    return not theirs.isdisjoint(ours)


def issues_opaque_tokens(settings: Settings) -> bool:
    """Ask Clerk whether its OAuth access tokens are opaque (`oat_…`) instead of JWTs.

    Source: https://clerk.com/docs/reference/backend-api/tag/instance-settings
    Raises: BackendUnusable
    """
    secret = settings.CLERK_SECRET_KEY
    headers = {"Authorization": f"Bearer {secret.get_secret_value()}"} if secret else {}
    url = f"{settings.CLERK_API_URL}/v1/instance/oauth_application_settings"
    try:
        return not json.loads(_fetch(url, headers).body)["oauth_jwt_access_tokens"]
    except _unusable() as error:
        raise BackendUnusable(str(error) or type(error).__name__) from error


def _fetch_keys(url: str) -> tuple[http_client.Document, set[object]]:
    """Return the document, and the numbers that its keys consist of.

    Raises: KeysUnusable
    """
    try:
        document = _fetch(url)
        return document, {key.public_numbers() for key in read_key_set(document.body).values()}
    except _unusable() as error:
        raise KeysUnusable(str(error) or type(error).__name__) from error


def _fetch(url: str, headers: Mapping[str, str] | None = None) -> http_client.Document:
    with ThreadPoolExecutor(1) as thread:  # the caller may have an event loop of its own
        fetching = http_client.fetch(url, TIMEOUT_S, MAX_BYTES, headers)
        return thread.submit(asyncio.run, fetching).result()


def _unusable() -> tuple[type[Exception], ...]:
    """Return the exceptions of a failed request or an unusable document."""
    import httpx  # noqa: PLC0415  80 ms, which only this command spends

    return httpx.HTTPError, TimeoutError, ValueError, KeyError, TypeError
