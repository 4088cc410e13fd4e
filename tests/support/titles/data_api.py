"""A server on loopback that answers as YouTube's Data API documents.

Source: https://developers.google.com/youtube/v3/docs/videos/list
"""

import asyncio
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.loopback import LoopbackServer
from tests.support.titles.youtube import as_json, http

KEY = "key-of-the-tests"


def item(video_key: str, **parts: dict[str, Any]) -> dict[str, Any]:
    """Return the resource of a public video of 20 minutes; `parts` replace some of its fields."""
    resource: dict[str, Any] = {
        "kind": "youtube#video",
        "id": video_key,
        "snippet": {"title": f"Title of {video_key}", "channelTitle": "A channel"},
        "contentDetails": {"duration": "PT20M"},
        "status": {"privacyStatus": "public", "embeddable": True},
    }
    for name, fields in parts.items():
        resource[name] = resource[name] | fields
    return resource


def refusal(status: int, reason: str) -> bytes:
    """Return an error as Google's APIs answer it."""
    error = {
        "code": status,
        "message": "no",
        "errors": [{"reason": reason, "domain": "usageLimits"}],
    }
    answer = as_json({"error": error})
    return http(status, answer.partition(b"\r\n\r\n")[2], Content_Type="application/json")


class DataApiServer(LoopbackServer):
    """Has every video except those in `missing`; `answer` replaces the whole answer."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[list[str]] = []
        self.items: dict[str, dict[str, Any]] = {}
        self.missing: set[str] = set()
        self.answer: bytes | None = None

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            request = (await reader.readuntil(b"\r\n\r\n")).decode()
            writer.write(self._hear(request))
            await writer.drain()

    def _hear(self, request: str) -> bytes:
        address = urlsplit(request.split(" ")[1])
        query = parse_qs(address.query)
        assert query["part"] == ["snippet,contentDetails,status"]
        assert KEY not in request.splitlines()[0], "the key must not be in the URL"
        assert f"x-goog-api-key: {KEY}" in request.lower()
        video_keys = query["id"][0].split(",")
        assert len(video_keys) <= 50
        self.asked.append(video_keys)
        if self.answer is not None:
            return self.answer
        found = [self.items.get(key, item(key)) for key in video_keys if key not in self.missing]
        return as_json({"kind": "youtube#videoListResponse", "items": found})
