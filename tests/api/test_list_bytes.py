"""A page of a list has a byte limit, for clients that do not read their answer."""

import json
from itertools import count
from typing import Any

import httpx
import pytest

from core.queries.video_lists import MAX_PAGE_BYTES
from core.text import MAX_TAG_LENGTH, MAX_TAGS, MAX_TITLE_LENGTH
from tests.support.factories import Service, import_file

pytestmark = pytest.mark.anyio

LARGEST = 130
"""Videos of about 19 KB: more than fit into one answer."""


def largest(number: int) -> dict[str, Any]:
    """Return the largest possible video: characters of four bytes, and the longest link."""
    link = f"https://www.youtube.com/watch?v=largest-{number:03}&x="
    return {
        "url": link + "x" * (4_096 - len(link)),
        "title": f"{LARGEST - number:03}" + "\U0001f9d8" * (MAX_TITLE_LENGTH - 3),
        "channel": "\U0001f9d8" * 300,
        "tags": [f"{tag:02}" + "\U0001f9d8" * (MAX_TAG_LENGTH - 2) for tag in range(MAX_TAGS)],
    }


async def pages_of(person: httpx.AsyncClient, **query: str) -> list[httpx.Response]:
    """Read a list to its end."""
    pages: list[httpx.Response] = []
    cursor: dict[str, str] = {}
    for _ in count():
        pages.append(await person.get("/videos", params=query | cursor))
        if (following := pages[-1].json()["next_cursor"]) is None:
            return pages
        cursor = {"cursor": following}
    raise AssertionError


async def test_a_page_over_the_byte_limit_ends_early_and_its_cursor_continues(service: Service):
    lily = service.person("lily")
    sent = json.dumps([largest(number) for number in range(LARGEST)]).encode()
    report = await import_file(lily, sent, format="json")
    assert report["imported"] == LARGEST, report
    of_each: list[set[str]] = []
    for query in (
        {},
        {"limit": "500"},
        {"limit": "101"},
        {"sort": "oldest"},
        {"sort": "title"},
        {"tags": largest(0)["tags"][0]},
        {"q": "largest"},
    ):
        pages = await pages_of(lily, **query)
        assert len(pages) > 1
        assert all(len(page.content) < MAX_PAGE_BYTES + 1_000 for page in pages)
        assert all(page.json()["count"] == len(page.json()["videos"]) for page in pages)
        listed = [video for page in pages for video in page.json()["videos"]]
        key = "title" if "sort" in query and query["sort"] == "title" else "id"
        in_order = [video[key] for video in listed]
        assert in_order == sorted(in_order, reverse=query.get("sort", "newest") == "newest")
        of_each.append({video["video_key"] for video in listed})
        assert len(listed) == LARGEST
    assert all(found == of_each[0] for found in of_each)
    assert len((await lily.get("/videos", params={"limit": 100})).content) < MAX_PAGE_BYTES
