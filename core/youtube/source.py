"""YouTube's oEmbed: one question about one video, and what its answer means.

When to ask, and what is kept of it, is no matter of this file's.
Source: https://oembed.com
"""

import asyncio
import json
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from core import text
from core.clock import utc_now
from core.youtube import canonical_url

if TYPE_CHECKING:
    import httpx

TIMEOUT_S = 5
"""For the whole exchange, from the first byte of the question to the last of the answer."""
BYTES_LIMIT = 64 * 1024
LONGEST_PAUSE_S = 24 * 3600
"""Nobody is believed who asks for a longer one."""

_MEANINGS: dict[int, str] = {
    HTTPStatus.BAD_REQUEST: "gone",  # there never was such a video
    HTTPStatus.UNAUTHORIZED: "embedding_disabled",
    HTTPStatus.FORBIDDEN: "private",
    HTTPStatus.NOT_FOUND: "gone",
}


class Unreachable(Exception):
    """Nobody answered, or not to the end."""


class Reply(NamedTuple):
    """An answer as it came; its body is cut off behind the limit."""

    status: int
    body: bytes
    retry_after_s: float


class Finding(NamedTuple):
    """What an answer tells about a video; no availability: it tells nothing."""

    availability: str | None = None
    title: str | None = None
    channel: str | None = None


class Oembed:
    """A client of one oEmbed address. It follows nothing, keeps no cookie and knows no proxy."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client: httpx.AsyncClient | None = None
        self._opening = asyncio.Lock()
        self._failure: type[Exception] = OSError

    async def ask(self, video_key: str) -> Reply:
        """Ask about the video.

        Raises: Unreachable
        """
        async with self._opening:
            if self._client is None:
                self._client = await asyncio.to_thread(self._open)
            client = self._client
        question = {"format": "json", "url": canonical_url(video_key)}
        try:
            async with (
                asyncio.timeout(TIMEOUT_S),
                client.stream("GET", self._url, params=question) as response,
            ):
                return await _read_reply(response)
        except (self._failure, OSError) as error:  # TimeoutError is one of the latter
            raise Unreachable(type(error).__name__) from error

    async def close(self) -> None:
        if self._client:
            await self._client.aclose()

    def _open(self) -> "httpx.AsyncClient":
        """Import httpx and read certificates: 80 ms which no request may wait for."""
        from http.cookiejar import CookieJar, DefaultCookiePolicy  # noqa: PLC0415  see above

        import httpx  # noqa: PLC0415  see above

        self._failure = httpx.HTTPError
        return httpx.AsyncClient(
            # Not compressed: a small body must not unpack into a large one.
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            follow_redirects=False,
            timeout=TIMEOUT_S,
            trust_env=False,
        )


async def _read_reply(response: "httpx.Response") -> Reply:
    body = b""
    if response.status_code == HTTPStatus.OK:  # of the others the status says it all
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > BYTES_LIMIT:
                break
    after = response.headers.get("Retry-After", "")
    return Reply(response.status_code, body[:BYTES_LIMIT], _seconds(after))


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


def read(reply: Reply) -> Finding:
    """Tell what the answer means; what is no oEmbed document with a title tells nothing."""
    if reply.status != HTTPStatus.OK:
        return Finding(_MEANINGS.get(reply.status))
    try:
        document = json.loads(reply.body)
    except (ValueError, RecursionError):
        return Finding()
    if not isinstance(document, dict) or not (title := _fit(document.get("title"))):
        return Finding()
    return Finding("available", title, _fit(document.get("author_name")))


def _fit(value: object) -> str | None:
    """Make a title as people may give one: no control characters, not too long."""
    if not isinstance(value, str):
        return None
    return text.clean(value).strip()[: text.MAX_TITLE_LENGTH].rstrip() or None
