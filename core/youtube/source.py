"""Requests to YouTube about videos, and the answers.

oembed.py asks about one video without a key, data_api.py about many with one. services/titles.py
decides when to ask, and what to store.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple, Protocol

from core import http_client, text
from core.time_ids import utc_now

if TYPE_CHECKING:
    import httpx

TIMEOUT_S = 5
"""For the whole exchange, from the first byte of the request to the last of the answer."""
LONGEST_PAUSE_S = 24 * 3600
"""A longer `Retry-After` is cut to this."""

_TOO_MANY_REQUESTS = 429
_SERVER_ERRORS = range(500, 600)


class Unreachable(Exception):
    """There was no complete response."""


class Reply(NamedTuple):
    """A response; its body is cut at the limit."""

    status: int
    body: bytes
    retry_after_s: float


class Finding(NamedTuple):
    """What a response says about a video; nothing, if there is no availability."""

    availability: str | None = None
    title: str | None = None
    channel: str | None = None
    duration_s: int | None = None


class Answer(NamedTuple):
    """The findings of an answer, by video key.

    `pause` is the reason to send no request for a while, at least for `retry_after_s`.
    """

    findings: Mapping[str, Finding]
    pause: str | None = None
    retry_after_s: float = 0


class Source(Protocol):
    """A source of titles."""

    most_videos: int
    """In one request."""

    async def ask(self, video_keys: Sequence[str]) -> Answer:
        """Raises: Unreachable: there was no complete response."""

    async def close(self) -> None: ...


class Endpoint:
    """A connection to one address: no redirect, no cookie, no proxy, a bound on time and size."""

    def __init__(self, url: str, most_bytes: int) -> None:
        self._url = url
        self._most_bytes = most_bytes
        self._client: httpx.AsyncClient | None = None
        self._opening = asyncio.Lock()
        self._failure: type[Exception] = OSError

    async def get(
        self, params: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Send one request.

        Raises: Unreachable
        """
        async with self._opening:
            if self._client is None:
                self._client = await asyncio.to_thread(self._open)
            client = self._client
        try:
            async with (
                asyncio.timeout(TIMEOUT_S),
                client.stream("GET", self._url, params=params, headers=headers) as response,
            ):
                return await _read_reply(response, self._most_bytes)
        except (self._failure, OSError) as error:  # TimeoutError is one of the latter
            raise Unreachable(type(error).__name__) from error

    async def close(self) -> None:
        if self._client:
            await self._client.aclose()

    def _open(self) -> "httpx.AsyncClient":
        """Open the client in a thread: it would block the event loop."""
        from http.cookiejar import CookieJar, DefaultCookiePolicy  # noqa: PLC0415  with httpx

        import httpx  # noqa: PLC0415  see http_client.open_client

        self._failure = httpx.HTTPError
        return http_client.open_client(
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            timeout=TIMEOUT_S,
            trust_env=False,
        )


async def _read_reply(response: "httpx.Response", most_bytes: int) -> Reply:
    body = b""
    if response.status_code == HTTPStatus.OK:  # of other answers only the status is read
        body = await http_client.read_body(response, most_bytes)
    after = response.headers.get("Retry-After", "")
    return Reply(response.status_code, body[:most_bytes], _seconds(after))


def _seconds(retry_after: str) -> float:
    """Read `120` or `Mon, 05 Jan 2026 10:00:00 GMT`; 0 when it is neither.

    Source: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
    """
    if retry_after.isascii() and retry_after.isdigit():
        return min(int(retry_after[:9]), LONGEST_PAUSE_S)
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return 0
    wait_s = (moment.replace(tzinfo=UTC) - utc_now()).total_seconds()
    return min(max(wait_s, 0), LONGEST_PAUSE_S)


def pause_of(reply: Reply) -> str | None:
    """Return why a response asks for a pause, None when it does not."""
    if reply.status == _TOO_MANY_REQUESTS or reply.status in _SERVER_ERRORS:
        return str(reply.status)
    return None


def fit(value: object) -> str | None:
    """Clean a title to the limits of a user's own: no control characters, not too long."""
    if not isinstance(value, str):
        return None
    return text.clean(value).strip()[: text.MAX_TITLE_LENGTH].rstrip() or None
