"""Attacks by complete requests: hostile bodies, hostile parameters, and expensive queries."""

import json
from collections.abc import Callable, Coroutine
from itertools import islice, product
from string import ascii_lowercase
from typing import Any

from bench.attacks.client import Target

Attack = Callable[[], Coroutine[Any, Any, None]]

LINK = "https://youtu.be/dQw4w9WgXcQ"
WRONG_ITEMS, UNKNOWN_FIELDS, PARAMETERS = 400_000, 60_000, 14_000
SEARCHES, EXPORTS = 8, 50
WORDS = [f"{first}{second}" for first in "bcdfghj" for second in "klmnpqrst"]
"""63 words, which fill the limit of 200 characters for a search."""


def _post(target: Target, body: bytes) -> bytes:
    return target.head("POST", "/videos", body_bytes=len(body)) + body


def wrong_items(target: Target) -> Attack:
    """Send 400,000 tags that are not text."""
    tags = ",".join(["1"] * WRONG_ITEMS)
    request = _post(target, f'{{"url": "{LINK}", "tags": [{tags}]}}'.encode())
    return lambda: target.repeat(request, 2)


def unknown_fields(target: Target) -> Attack:
    """Send 60,000 unknown fields."""
    body = {"url": LINK} | {f"x{number}": 0 for number in range(UNKNOWN_FIELDS)}
    request = _post(target, json.dumps(body, separators=(",", ":")).encode())
    return lambda: target.repeat(request, 2)


def query_parameters(target: Target) -> Attack:
    """Send 14,000 distinct unknown parameters, which fill a head of 64 KiB."""
    names = islice(product(ascii_lowercase, repeat=3), PARAMETERS)
    request = target.head("GET", "/videos?" + "&".join(map("".join, names)))
    return lambda: target.repeat(request, 2)


def long_searches(target: Target) -> Attack:
    """Send 8 concurrent searches for 63 words; every video has all words except the last."""
    request = target.head("GET", "/videos?limit=50&q=" + "+".join([*WORDS[:-1], "zz"]))
    return lambda: target.repeat(request, SEARCHES)


def parallel_exports(target: Target) -> Attack:
    """Send 50 concurrent exports of 20,000 videos."""
    request = target.head("GET", "/exports")
    return lambda: target.repeat(request, EXPORTS)


def tag_renames(target: Target) -> Attack:
    """Rename a tag of every video in a large library, back and forth."""

    def renames(name: str, new: str) -> bytes:
        body = json.dumps({"name": new}).encode()
        return target.head("PATCH", f"/tags/{name}", body_bytes=len(body)) + body

    async def rename() -> None:
        while target.goes_on:
            await target.ask(renames("everywhere", "anywhere"))
            await target.ask(renames("anywhere", "everywhere"))

    return rename
