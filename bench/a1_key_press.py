"""A1: what the app's own process does for one key press in the search, with 300 and 1,000 videos.

It measures from Flutter's message to the bytes of the response, with Flet's comparing and packing.
The limit is 15 ms with 300 videos. Several words are typed and deleted letter by letter.

Run: python -m bench.a1_key_press
"""

import asyncio
import sys
import time
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

import flet as ft

from app.device import DeviceStorage
from app.oauth import Person
from app.store import Store
from app.sync.confirmed import Read
from bench import limits
from bench.limits import Limit
from tests.support.app.windows import Window, video

LIMIT_MS = 15
SETTLED = 10
"""Turns of the event loop after which everything is drawn."""
WORDS = ("yoga", "title 1", "legs 27", "nothing has this")
TAGS = ("legs", "yoga", "core", "arms", "20 minutes", "morning")


class Answers:
    """Replaces the network, which a key press does not use."""

    def __init__(self, videos: int) -> None:
        self.person = Person("user_1", "Lily", "lily@example.com")
        self.videos = tuple(
            video(number, TAGS[number % 6], TAGS[number % 5]) for number in range(videos)
        )

    async def read_changes(self, since: int = 0, etag: str = "") -> Read | None:
        return None if etag else Read(since, 1, '"1"', self.videos, ())


async def measure(videos: int) -> list[float]:
    """Return what each key press took, in milliseconds of this process."""
    store, answers = Store(), Answers(videos)
    with TemporaryDirectory() as folder:
        storage = DeviceStorage(Path(folder), "")
        store.open(answers, answers, storage)  # type: ignore[arg-type]  # see Answers
        return await press_keys(store, videos)


async def press_keys(store: Store, videos: int) -> list[float]:
    window = Window(store)
    await window.until(f"Title {videos - 1}")
    times_ms = []
    for word in WORDS:
        lengths = (*range(1, len(word) + 1), *reversed(range(len(word))))
        for text in (word[:length] for length in lengths):
            field = window.find(ft.TextField, "Search")
            before_s = time.process_time()
            await window.write_into(field, text)
            for _ in range(SETTLED):
                await asyncio.sleep(0)
            times_ms.append((time.process_time() - before_s) * 1_000)
    return times_ms


def main() -> int:
    found = {videos: asyncio.run(measure(videos)) for videos in (300, 1_000)}
    return limits.judge(
        "A1  one key press in the app's search, medians and the slowest of twenty",
        [
            Limit(f"{videos:,} videos, {name}", value, LIMIT_MS, "ms")
            for videos, times_ms in found.items()
            for name, value in (
                ("median", median(times_ms)),
                ("p95", quantiles(times_ms, n=20)[-1]),
            )
        ],
    )


if __name__ == "__main__":
    sys.exit(main())
