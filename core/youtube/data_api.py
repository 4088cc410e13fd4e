"""YouTube's Data API: one request about up to 50 videos, for an operator with a key.

It costs one unit of the key's quota (10,000 a day) and returns the duration.
Source: https://developers.google.com/youtube/v3/docs/videos/list
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from core.youtube.source import Answer, Endpoint, Finding, fit

BYTES_LIMIT = 1024 * 1024
"""A title and a description of each of 50 videos take about 300 KB."""
QUOTA_PAUSE_S = 3600
"""After a refusal of the key: its quota is reset once a day."""

_DURATION = re.compile(
    r"P(?:(?P<days>\d{1,4})D)?(?:T(?:(?P<hours>\d{1,4})H)?(?:(?P<minutes>\d{1,4})M)?"
    r"(?:(?P<seconds>\d{1,6})S)?)?"
)
_REFUSALS = {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


class DataApi:
    """A client of one address of the Data API, with one key."""

    most_videos = 50

    def __init__(self, url: str, key: str) -> None:
        self._endpoint = Endpoint(url, BYTES_LIMIT)
        # Not in the query, which proxies write into their logs.
        self._headers = {"X-Goog-Api-Key": key}

    async def ask(self, video_keys: Sequence[str]) -> Answer:
        """Ask about the videos.

        Raises: Unreachable
        """
        question = {"part": "snippet,contentDetails,status", "id": ",".join(video_keys)}
        reply = await self._endpoint.get(question, self._headers)
        if reply.status in _REFUSALS:  # the key, or its quota; nothing is said about the videos
            return Answer({}, f"key-refused-{reply.status}", QUOTA_PAUSE_S)
        if reply.status != HTTPStatus.OK:
            return Answer({}, str(reply.status), reply.retry_after_s)
        try:
            found = dict(_read(json.loads(reply.body)))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return Answer({}, "unreadable")
        # A video that is left out is private or gone; the API does not say which.
        return Answer({key: found.get(key, Finding("gone")) for key in video_keys})

    async def close(self) -> None:
        await self._endpoint.close()


def _read(document: Mapping[str, Any]) -> Iterator[tuple[str, Finding]]:
    for item in document["items"]:
        status, snippet = item.get("status", {}), item.get("snippet", {})
        if status.get("privacyStatus") == "private":
            availability = "private"
        elif status.get("embeddable") is False:
            availability = "embedding_disabled"
        else:
            availability = "available"
        yield (
            item["id"],
            Finding(
                availability,
                fit(snippet.get("title")),
                fit(snippet.get("channelTitle")),
                read_duration(item.get("contentDetails", {}).get("duration")),
            ),
        )


def read_duration(text: object) -> int | None:
    """Read ISO 8601's `PT1H2M3S` in seconds; None for a live stream's `P0D` and for other texts."""
    found = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    days, hours, minutes, seconds = (int(each or 0) for each in found.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds or None
