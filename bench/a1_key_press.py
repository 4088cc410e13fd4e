"""A1: what the app's own process does for one key press or chip, with 300 to 10,000 videos.

It measures from Flutter's message to the bytes of the response, with Flet's comparing and packing.
The limit is 15 ms. Several words are typed and deleted letter by letter, and chips are tapped.

Run: python -m bench.a1_key_press [--profile]
"""

import asyncio
import cProfile
import pstats
import sys
import time
from collections.abc import Coroutine
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any

import flet as ft

from app.device import DeviceStorage
from app.notes import Note
from app.oauth import Person
from app.store import Store
from app.sync.confirmed import Read
from app.video import Video
from bench import limits
from bench.limits import Limit
from tests.support.app.windows import Window, video

LIMIT_MS = 15
SIZES = (300, 1_000, 10_000)
PHONE_PX = 800
BETWEEN_S = 0.25
"""Between two actions, until all videos and chips of the screen are drawn."""
SETTLED = 10
"""Turns of the event loop after which everything is drawn."""
WORDS = ("yoga", "title 1", "legs 27", "nothing has this", "über ł")
TAGS = ("legs", "yoga", "core", "arms", "20 minutes", "morning", "Rücken", "Łódź")
RARE_TAGS = 60
CHIPS = 10
PROFILE = cProfile.Profile() if "--profile" in sys.argv else None
PROFILED = 30
"""How many functions a profile shows."""

LATER_MS: list[float] = []
TimesMs = dict[str, list[float]]


def make_videos(number: int) -> tuple[Video, ...]:
    """Return videos with two common tags and a rare one each, and titles as YouTube has them."""
    titles = ("Full body without equipment, for beginners", "Más fuerte en casa · día 3")
    return tuple(
        video(
            one,
            TAGS[one % 8],
            TAGS[one % 5],
            f"series {one % RARE_TAGS}",
            title=f"Title {one} · {titles[one % 2]}",
            channel=f"Channel {one % 90}",
        )
        for one in range(number)
    )


class Answers:
    """Replaces the network, which a key press does not use."""

    def __init__(self, videos: int) -> None:
        self.person = Person("user_1", "Lily", "lily@example.com")
        self.videos = make_videos(videos)
        self.notes = tuple(
            Note(number, number, number, None, f"Elbows close {number}")
            for number in range(0, videos, 10)
        )

    async def read_changes(self, since: int = 0, etag: str = "") -> Read | None:
        return None if etag else Read(since, 1, '"1"', self.videos, (), notes=self.notes)


async def measure(videos: int) -> TimesMs:
    """Return what each key press and each chip took, in milliseconds of this process."""
    store, answers = Store(), Answers(videos)
    with TemporaryDirectory() as folder:
        storage = DeviceStorage(Path(folder), "")
        store.open(answers, answers, storage)  # type: ignore[arg-type]  # see Answers
        window = Window(store)
        window.page.height = PHONE_PX
        await window.until(f"Title {videos - 1}")
        LATER_MS.clear()
        times_ms = {"key": await press_keys(window), "chip": await tap_chips(window)}
        times_ms["what follows"] = [*LATER_MS]
        store.close()
        return times_ms


async def press_keys(window: Window) -> list[float]:
    times_ms = []
    for word in WORDS:
        lengths = (*range(1, len(word) + 1), *reversed(range(len(word))))
        for text in (word[:length] for length in lengths):
            field = window.find(ft.TextField, "Search")
            times_ms.append(await clock_ms(window.write_into(field, text)))
    return times_ms


async def tap_chips(window: Window) -> list[float]:
    """Choose a tag, then one of the tags next to it; remove both. What is chosen comes first."""
    return [
        await clock_ms(window.tap_chip(place))
        for first in range(CHIPS)
        for place in (first, 1, 0, 0)
    ]


async def clock_ms(action: Coroutine[Any, Any, None]) -> float:
    if PROFILE:
        PROFILE.enable()
    before_s = time.process_time()
    await action
    for _ in range(SETTLED):
        await asyncio.sleep(0)
    took_s = time.process_time() - before_s
    if PROFILE:
        PROFILE.disable()
    LATER_MS.append(await slowest_turn_ms())
    return took_s * 1_000


async def slowest_turn_ms() -> float:
    """Wait until everything is drawn; return the longest turn of the loop: a key waits for it."""
    slowest_s, until_s = 0.0, time.monotonic() + BETWEEN_S
    while time.monotonic() < until_s:
        before_s = time.process_time()
        await asyncio.sleep(0)
        slowest_s = max(slowest_s, time.process_time() - before_s)
    return slowest_s * 1_000


def main() -> int:
    if PROFILE:
        asyncio.run(measure(SIZES[-1]))
        pstats.Stats(PROFILE).sort_stats("tottime").print_stats(PROFILED)
        return 0
    found = {videos: asyncio.run(measure(videos)) for videos in SIZES}
    return limits.judge(
        "A1  one key press or chip in the app, medians and the slowest of twenty",
        [
            Limit(f"{videos:,} videos, {kind}, {name}", value, LIMIT_MS, "ms")
            for videos, measured in found.items()
            for kind, times_ms in measured.items()
            for name, value in (
                ("median", median(times_ms)),
                ("slowest of 20", quantiles(times_ms, n=20)[-1]),
            )
        ],
    )


if __name__ == "__main__":
    sys.exit(main())
