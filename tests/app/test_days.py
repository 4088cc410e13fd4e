"""A new day while the app is open: a phone keeps it in memory for days."""

import time
from collections.abc import Callable, Iterator

import pytest

from app.store import Store
from app.training import today
from tests.support.app.libraries import KEYS, link
from tests.support.app.windows import open_window

pytestmark = pytest.mark.anyio


@pytest.fixture
def travel() -> Iterator[Callable[[str], None]]:
    """Move this device to another time zone; the teardown moves it back."""
    with pytest.MonkeyPatch.context() as patch:

        def move(zone: str) -> None:
            patch.setenv("TZ", zone)
            time.tzset()

        yield move
    time.tzset()


async def test_the_next_day_is_shown_when_the_app_comes_to_the_front(
    store: Store, travel: Callable[[str], None]
):
    travel("UTC+11")  # eleven hours behind
    await store.load()
    window = await open_window(store)
    await store.save(link(KEYS[0]), ["legs"])
    await store.done(store.library.videos[0])
    await store.save(link(KEYS[1]), ["yoga"])
    await window.until("today · ×1")
    await store.show(visible=False)
    travel("UTC-13")  # 24 hours later
    await store.show(visible=True)
    await window.until("yesterday · ×1")
    assert "today · ×1" not in window.texts()


async def test_a_filter_by_days_counts_back_from_the_new_day(
    store: Store, travel: Callable[[str], None]
):
    travel("UTC+11")
    await store.load()
    window = await open_window(store)
    await store.save(link(KEYS[0]), ["legs"])
    await store.done(store.library.videos[0])
    await store.save(link(KEYS[1]), ["legs"])
    store.filter_days(1)
    await window.until("legs · today")
    assert [video.video_key for video in store.library.shown] == [KEYS[1]]
    travel("UTC-13")
    await store.load()
    assert store.library.not_done_since == today()
    assert [video.video_key for video in store.library.shown] == [KEYS[1], KEYS[0]]
    await window.until("legs · 1 d")
