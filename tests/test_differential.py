"""SQLite and PostgreSQL give the same answers to any text.

Both get the same requests. Apart from ids, times, ETags and cursors, the answers are equal.
"""

import asyncio
import unicodedata
from collections.abc import Callable
from contextlib import AsyncExitStack
from itertools import count
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core.services import videos
from tests.support.asgi_client import AsgiClient
from tests.support.factories import Service, link, run_service
from tests.support.soak import size
from tests.support.tokens import SigningKey

EXAMPLES = size(100, soak=2_000)
"""Libraries, each with about 30 requests to both databases."""

PECULIAR = (
    "aAeEiIoOuUsSkK \u00e9\u00c9e\u0301E\u0301\u00fc\u00dc"  # plain, composed and combining
    "\u0131I\u0130i\u0307"  # the Turkish i, with and without its dot
    "\u03c3\u03c2\u03a3\u1f80\u1f88\u0345\u03b9\u0390\u03b0"  # sigmas, iotas above and below
    "\u00df\u1e9es\u017f"  # sharp and long s
    "\u01c4\u01c5\u01c6\u01f1\u01f2"  # digraphs with a title case
    "\ufb01\ufb00\ufb06\ufb13"  # ligatures
    "\uff21\uff41\uff76\uff9e\u30ab\u3099\u30ac\u3000\uff0c"  # width forms, voicing marks
    "\u1112\u1161\u11ab\ud55c\u11a8"  # Hangul in pieces and whole
    "\u05d0\u05c1\u0627\u0644\u0644\ufdfa\ufdf2\u202e\u200f\u061c"  # right to left
    "\U0001f600\U0001f468\u200d\U0001f469\U0001f3fd\ufe0f\U0001f1e9\U0001f1ea"  # emoji in parts
    "\U00010400\U00010428\U0001d49c\U0001e900\U00020000\U0010ffff\U000e0041"  # astral planes
    "\u212a\u212b\u2126\u00b5\u00aa\u00b2\u2163\u2460\u33a1"  # what NFKC unfolds
    "\u00a0\u2028\u2029\u200b\ufeff\u00ad\u0085\ufffd\uffff\ufdd0"  # spaces, breaks, empty
    "%_\\'\"[]{}()*?&+#/,;:.<>|$^~`!"  # characters with a meaning in queries
)

LETTERS = st.one_of(st.sampled_from(PECULIAR), st.characters(exclude_categories=["Cc", "Cs"]))
TEXTS = st.text(st.sampled_from(PECULIAR), min_size=1, max_size=6) | st.text(LETTERS, max_size=12)
RESPELLINGS: list[Callable[[str], str]] = [
    str,
    str.upper,
    str.lower,
    str.title,
    str.casefold,
    lambda text: unicodedata.normalize("NFD", text),
    lambda text: unicodedata.normalize("NFKC", text),
    lambda text: unicodedata.normalize("NFKD", text),
    lambda text: text[:1],
    lambda text: text[: len(text) // 2],
    lambda text: text[1:],
    lambda text: text[::-1],
    lambda text: f" {text} ",
    lambda text: f"{text}\0",
    lambda text: text * 25,
]
FLIPS = st.booleans()

Request = tuple[str, str, dict[str, Any]]
"""Method, path and options; `{n}` in the path is the id of the n-th video."""


@st.composite
def libraries(draw: st.DrawFn) -> list[Request]:
    """Draw a library with a few texts, each in several spellings, and queries on it."""
    known = draw(st.lists(TEXTS, min_size=2, max_size=4))

    def text() -> str:
        return draw(st.sampled_from(RESPELLINGS))(draw(st.sampled_from(known)))

    def texts(most: int) -> list[str]:
        return [text() for _ in range(draw(st.integers(0, most)))]

    def save(number: int) -> Request:
        body: dict[str, Any] = {"url": link(f"key-{number:07}"), "tags": texts(3)}
        return "POST", "/videos", {"json": body | ({"title": text()} if draw(FLIPS) else {})}

    def change(number: int) -> Request:
        fields = {"title": text(), "tags": texts(2), "add_tags": texts(2), "remove_tags": texts(2)}
        chosen = draw(st.sets(st.sampled_from(sorted(fields)), max_size=3))
        return "PATCH", f"/videos/{{{number}}}", {"json": {n: fields[n] for n in sorted(chosen)}}

    saves = [save(draw(st.integers(0, 4))) for _ in range(draw(st.integers(3, 6)))]
    changes = [change(draw(st.integers(0, 2))) for _ in range(draw(st.integers(0, 2)))]
    trashed: list[Request] = [("DELETE", "/videos/{0}", {})] if draw(FLIPS) else []
    queries: list[dict[str, str]] = [
        {"tags": text()},
        {"tags": f"{text()},{text()}", "match": draw(st.sampled_from(["all", "any"]))},
        {"q": text()},
        {"q": f"{text()} {text()}", "sort": "title"},
        {"tags": text(), "deleted": "true"},
    ]
    lists: list[Request] = [("GET", "/videos", {"params": query}) for query in queries]
    tags: list[Request] = [
        ("GET", "/tags", {"params": query})
        for query in ({}, {"prefix": text()}, {"with": text()}, {"with": text(), "prefix": text()})
    ]
    renamed: Request = ("PATCH", f"/tags/{quote(text(), safe='')}", {"json": {"name": text()}})
    return [*saves, *changes, *trashed, *(renamed for _ in range(draw(FLIPS))), *lists, *tags]


HARD = "\ufdfa" * 64
"""A tag of 64 characters that becomes 1,152 by NFKC, more than any other."""


@pytest.fixture
def ids_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each video another time, since the order within a millisecond is random."""
    numbers = count(1)
    monkeypatch.setattr(videos, "time_ordered_id", lambda *_: next(numbers))


@pytest.mark.soak
@pytest.mark.usefixtures("ids_in_order")
def test_both_databases_answer_alike(database_urls: list[str], signing_key: SigningKey):
    people = count(1)
    with asyncio.Runner() as runner:
        running = AsyncExitStack()
        services = [
            runner.run(running.enter_async_context(run_service(url, signing_key)))
            for url in database_urls
        ]

        @settings(
            max_examples=EXAMPLES,
            derandomize=True,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        )
        @given(libraries())
        @example([("POST", "/videos", {"json": {"url": link("hard-videos"), "tags": [HARD]}})])
        @example(
            [("POST", "/videos", {"json": {"url": link("hard-titles"), "title": "\ufdfa" * 300}})]
        )
        def compare(requests: list[Request]) -> None:
            runner.run(compare_answers(services, f"reader{next(people)}", requests))

        try:
            compare()
        finally:
            runner.run(running.aclose())


async def compare_answers(services: list[Service], name: str, requests: list[Request]) -> None:
    """Send every request to both, then read all pages of both."""
    on_sqlite, on_postgresql = [Reader(service.fast_client(name)) for service in services]
    for request in requests:
        assert await on_sqlite.send(request) == await on_postgresql.send(request), request
    for sort in ("newest", "oldest", "title"):
        pages = await on_sqlite.turn_pages(sort)
        assert pages == await on_postgresql.turn_pages(sort), sort
        whole = await on_sqlite.send(("GET", "/videos", {"params": {"sort": sort}}))
        assert [video for page in pages for video in page] == whole["videos"]


class Reader:
    """A client that returns answers without their ids, times and ETags."""

    def __init__(self, client: AsgiClient) -> None:
        self.client = client
        self.ids: list[int] = []

    async def send(self, request: Request) -> Any:
        method, path, options = request
        known = [*self.ids, *[2**53 - 1] * 5]  # a refused video counts as missing
        answer = await self.client.request(method, path.format(*known), **options)
        assert answer.status_code < 500, (request, answer.text)
        body = answer.json() if answer.content else {}
        if answer.status_code == 201:
            self.ids.append(body["id"])
        return {"status": answer.status_code} | plain(body)

    async def turn_pages(self, sort: str) -> list[Any]:
        """Return the videos of each page."""
        pages: list[Any] = []
        query: dict[str, Any] = {"sort": sort, "limit": 2}
        while query.get("cursor", "first"):
            page = (await self.client.get("/videos", params=query)).json()
            pages.append([plain(video) for video in page["videos"]])
            query["cursor"] = page["next_cursor"]
        return pages


def plain(fields: dict[str, Any]) -> dict[str, Any]:
    """Remove values from random numbers or clocks."""
    drawn = {"id", "created_at", "updated_at", "deleted_at", "next_cursor"}
    kept = {name: value for name, value in fields.items() if name not in drawn}
    if "videos" in kept and isinstance(kept["videos"], list):
        kept["videos"] = [plain(video) for video in kept["videos"]]
    return kept
