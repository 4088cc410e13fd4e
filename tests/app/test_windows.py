"""The screens without a browser: Flet's own session, and the real services behind it."""

import asyncio
import time

import flet as ft
import pytest

from app.components.videos import FEW, STEP
from app.store import Store
from tests.app.devices import Device
from tests.app.windows import PATIENCE_S, Window, video

pytestmark = pytest.mark.anyio
LINK = "https://youtu.be/dQw4w9WgXcQ"


@pytest.fixture
async def store(device: Device) -> Store:
    """A store at a device where somebody new has signed in."""
    await device.sign_in(f"Person {time.time_ns()}")
    store = Store()
    store.open(device.auth, device.api)
    return store


async def open_window(store: Store) -> Window:
    """Open it in the test's own context, which a fixture has not."""
    window = Window(store)
    await window.until("Nothing here yet")
    return window


async def save(window: Window, text: str, tags: str) -> None:
    await window.tap(ft.FloatingActionButton, "Save a video")
    await show_route(window, "/save")
    await window.write("YouTube link", text)
    await window.write("Tags", tags)
    await window.tap(ft.FilledButton, "Save")


async def show_route(window: Window, route: str) -> None:
    """Do what the client does after `page.navigate`: tell the new address."""
    await window.session.dispatch_event(window.page._i, "route_change", {"route": route})
    await asyncio.sleep(0.05)


async def test_a_saved_video_stands_in_the_library_with_its_tags(store: Store):
    window = await open_window(store)
    await save(window, LINK, "legs, workout")
    await window.until("Video dQw4w9WgXcQ")
    assert {"legs 1", "workout 1", "Saved"} <= {*window.texts()}


async def test_what_was_typed_stays_when_it_can_t_be_saved(store: Store):
    window = await open_window(store)
    await save(window, "https://example.com/", "legs")
    await window.until("This is not a YouTube link: example.com.")
    assert window.find(ft.TextField, "YouTube link").value == "https://example.com/"
    assert window.find(ft.TextField, "Tags").value == "legs"


async def test_nothing_can_be_saved_without_a_text(store: Store):
    window = await open_window(store)
    await show_route(window, "/save")
    assert window.find(ft.FilledButton, "Save").disabled
    await window.write("YouTube link", LINK)
    assert not window.find(ft.FilledButton, "Save").disabled


async def test_a_tag_is_taken_off_and_another_put_on(store: Store):
    window = await open_window(store)
    await store.save(LINK, ["legs"])
    await show_route(window, f"/videos/{store.library.videos[0].id}")
    await window.tap(ft.Chip, "legs", "delete")
    await window.write("Tags", "yoga, morning")
    field = window.find(ft.TextField, "Tags")
    await window.session.dispatch_event(field._i, "submit", "yoga, morning")
    await window.until("yoga")
    assert store.library.videos[0].tags == ("yoga", "morning")


async def test_a_deleted_video_comes_back_by_undo(store: Store):
    window = await open_window(store)
    await store.save(LINK, ["legs"])
    await show_route(window, f"/videos/{store.library.videos[0].id}")
    await window.tap(ft.IconButton, "Delete")
    await show_route(window, "/")
    assert keys(store) == []
    await window.until("Deleted")
    action = window.find(ft.SnackBarAction, "Undo")
    await window.session.dispatch_event(action._i, "click", None)
    assert keys(store) == ["dQw4w9WgXcQ"]


async def test_undo_waits_for_the_deletion_that_it_takes_back(store: Store):
    await store.save(LINK, ["legs"])
    deleting = asyncio.create_task(store.delete(store.library.videos[0]))
    await asyncio.sleep(0)
    assert store.notice
    assert store.notice.undo
    await store.notice.undo()
    await deleting
    await store.load()
    assert keys(store) == ["dQw4w9WgXcQ"]


async def test_an_address_without_a_video_says_so(store: Store):
    window = await open_window(store)
    for unknown in ("1", "x", "99999999999999999999"):
        await show_route(window, f"/videos/{unknown}")
        await window.until("There is no such video")


async def test_without_a_network_the_library_last_seen_is_shown(device: Device, store: Store):
    await store.save(LINK, ["legs"])
    await store.load()
    device.has_network = False
    again = Store()
    again.open(device.auth, device.api)
    other = Window(again)
    await other.until("Video dQw4w9WgXcQ")
    await other.until("Core can't be reached. Are you connected? This is what you saw last.")
    device.has_network = True
    await other.tap(ft.TextButton, "Try again")
    assert again.fault is None


async def test_without_a_network_and_nothing_seen_there_is_a_way_to_try_again(
    device: Device, store: Store
):
    device.has_network = False
    window = Window(store)
    await window.until("Core can't be reached. Are you connected?")
    device.has_network = True
    await window.tap(ft.FilledButton, "Try again")
    await window.until("Nothing here yet")


async def test_an_empty_library_that_may_be_old_says_so(device: Device, store: Store):
    window = await open_window(store)
    device.has_network = False
    await store.load()
    await window.until("Core can't be reached. Are you connected? This is what you saw last.")
    await window.until("Nothing here yet")


async def test_a_video_s_address_waits_for_the_library(device: Device, store: Store):
    device.has_network = False
    window = Window(store)
    await window.until("Core can't be reached. Are you connected?")
    await show_route(window, "/videos/1")
    assert window.texts().count("Core can't be reached. Are you connected?") == 2
    device.has_network = True
    await window.tap(ft.FilledButton, "Try again")
    await window.until("There is no such video")


async def test_signing_out_leaves_nothing_of_the_person(store: Store):
    window = await open_window(store)
    await store.save(LINK, ["legs"])
    await window.until("legs 1")
    item = window.find(ft.PopupMenuItem, "Sign out")
    await window.session.dispatch_event(item._i, "click", None)
    await window.until("legs 1", gone=True)
    assert "Video dQw4w9WgXcQ" not in window.texts()
    assert store.library.videos == ()


async def test_signing_out_takes_what_was_said_along(store: Store):
    window = await open_window(store)
    await store.save(LINK, ["legs"])
    await window.until("Saved")
    bar = window.find(ft.SnackBar, "Saved")
    assert bar.open
    await store.sign_out()
    await window.until("Your videos, found again by your own tags.")
    assert not bar.open


async def test_whoever_signs_in_next_begins_at_the_library(store: Store):
    window = await open_window(store)
    await show_route(window, "/videos/1")
    told = len(window.kept.messages)
    await store.sign_out()
    await window.until("Your videos, found again by your own tags.")
    assert any(b"push_route" in message for message in window.kept.messages[told:])


async def test_an_answer_that_comes_after_the_sign_out_is_shown_to_nobody(
    device: Device, store: Store
):
    await store.save(LINK, ["legs"])
    loading = asyncio.create_task(store.load())
    await asyncio.sleep(0)
    await store.sign_out()
    await loading
    assert store.library.videos == ()
    assert device.files == []


async def test_a_failed_deletion_puts_the_video_back(device: Device, store: Store):
    window = await open_window(store)
    await store.save(LINK, ["legs"])
    device.has_network = False
    await store.delete(store.library.videos[0])
    assert keys(store) == ["dQw4w9WgXcQ"]
    await window.until("Core can't be reached. Are you connected?")


async def test_a_library_is_drawn_as_far_as_one_has_scrolled(store: Store):
    window = await open_window(store)
    store.library = store.library.with_videos(video(number) for number in range(1_000))
    await until_drawn(window, STEP)
    await scroll_to_end(window)
    await until_drawn(window, 2 * STEP)
    store.search("Title 99")
    await until_drawn(window, 19)


async def test_a_key_press_draws_no_more_than_fills_a_screen(store: Store):
    window = await open_window(store)
    store.library = store.library.with_videos(video(number) for number in range(1_000))
    await until_drawn(window, STEP)
    await window.write("Search", "nothing has this")
    await window.until("No video fits")
    await window.write("Search", "")
    await asyncio.sleep(0.01)
    assert len(drawn(window)) == FEW


async def test_a_key_press_leaves_the_cards_that_stay_as_they_are(store: Store):
    window = await open_window(store)
    store.library = store.library.with_videos(video(number) for number in range(1_000))
    await until_drawn(window, STEP)
    before = cards(window)
    told = len(window.kept.messages)
    await window.write("Search", "title")
    await asyncio.sleep(0.3)
    assert cards(window) == before
    assert sum(map(len, window.kept.messages[told:])) < 2_000


async def test_a_wide_window_has_a_grid(store: Store):
    window = await open_window(store)
    store.library = store.library.with_videos([video(1)])
    store.wide = True
    await window.until("Title 1")
    await asyncio.sleep(0.05)
    assert any(isinstance(one, ft.GridView) for one in window.controls())


def keys(store: Store) -> list[str]:
    return [video.video_key for video in store.library.videos]


async def until_drawn(window: Window, videos: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while len(drawn(window)) != videos:  # noqa: ASYNC110  Flet tells nobody when it has drawn
            await asyncio.sleep(0.02)


def cards(window: Window) -> list[int]:
    """Return Flutter's own numbers of the cards: one that is built anew gets another."""
    views = [one for one in window.controls() if isinstance(one, ft.ListView)]
    return [card._i for card in views[-1].controls]


def drawn(window: Window) -> list[str]:
    return [text for text in dict.fromkeys(window.texts()) if text.startswith("Title ")]


async def scroll_to_end(window: Window) -> None:
    lists = [one for one in window.controls() if isinstance(one, ft.ListView)]
    await window.session.dispatch_event(
        lists[-1]._i,
        "scroll",
        {
            "event_type": "update",
            "pixels": 5_000,
            "min_scroll_extent": 0,
            "max_scroll_extent": 5_000,
            "viewport_dimension": 800,
        },
    )
    await asyncio.sleep(0.1)
