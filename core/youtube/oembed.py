"""YouTube's oEmbed: one request about one video, and what its response means.

It needs no key, and returns no duration. Source: https://oembed.com
"""

import json
from collections.abc import Sequence
from http import HTTPStatus

from core.youtube.links import canonical_url
from core.youtube.source import Answer, Endpoint, Finding, Reply, fit, pause_of

BYTES_LIMIT = 64 * 1024

_MEANINGS: dict[int, str] = {
    HTTPStatus.BAD_REQUEST: "gone",  # such a video never existed
    HTTPStatus.UNAUTHORIZED: "embedding_disabled",
    HTTPStatus.FORBIDDEN: "private",
    HTTPStatus.NOT_FOUND: "gone",
}


class Oembed:
    """A client of one oEmbed address."""

    most_videos = 1

    def __init__(self, url: str) -> None:
        self._endpoint = Endpoint(url, BYTES_LIMIT)

    async def ask(self, video_keys: Sequence[str]) -> Answer:
        """Ask about the video.

        Raises: Unreachable
        """
        [video_key] = video_keys
        reply = await self._endpoint.get({"format": "json", "url": canonical_url(video_key)})
        pause = pause_of(reply)
        # A server's error counts as a try of this video, which may be its cause.
        findings = {} if reply.status == HTTPStatus.TOO_MANY_REQUESTS else {video_key: read(reply)}
        return Answer(findings, pause, reply.retry_after_s)

    async def close(self) -> None:
        await self._endpoint.close()


def read(reply: Reply) -> Finding:
    """Interpret the answer; without an oEmbed document with a title the finding is empty."""
    if reply.status != HTTPStatus.OK:
        return Finding(_MEANINGS.get(reply.status))
    try:
        document = json.loads(reply.body)
    except (ValueError, RecursionError):
        return Finding()
    if not isinstance(document, dict) or not (title := fit(document.get("title"))):
        return Finding()
    return Finding("available", title, fit(document.get("author_name")))
