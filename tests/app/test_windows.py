"""The screens without a browser: a real Flet session with the real services."""

import asyncio
import re

import flet as ft
import pytest

from app.components.videos import FIRST, PAGE
from app.store import Store
from tests.support.app.devices import Device, StandIn
from tests.support.app.windows import (
    PATIENCE_S,
    Window,
    keys,
    open_window,
    save_in,
    scroll_to_end,
    show_route,
    video,
)

pytestmark = pytest.mark.anyio
LINK = "https://youtu.be/dQw4w9WgXcQ"
UNREACHABLE = "Core can't be reached. Check your connection."


async def test_a_saved_video_appears_in_the_library_with_its_tags(store: Store):
    window = await open_window(store)
    await save_in(window, LINK, "legs, workout")
    await window.until("YouTube dQw4w9WgXcQ")
    assert {"legs 1", "workout 1", "Saved"} <= {*window.texts()}


async def test_a_failed_save_keeps_the_input(store: Store):
    window = await open_window(store)
    await save_in(window, "https://example.com/", "legs")
    await window.until("This is not a YouTube link: example.com.")
    assert window.find(ft.TextField, "YouTube link").value == "https://example.com/"
    assert window.find(ft.TextField, "Tags").value == "legs"


async def test_save_is_disabled_without_a_link(store: Store):
    window = await open_window(store)
    await show_route(window, "/save")
    assert window.find(ft.FilledButton, "Save").disabled
    await window.write("YouTube link", LINK)
    assert not window.find(ft.FilledButton, "Save").disabled


async def test_undo_restores_a_deleted_video(store: Store):
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


async def test_an_unknown_video_is_not_found(store: Store):
    window = await open_window(store)
    for unknown in ("1", "x", "99999999999999999999"):
        await show_route(window, f"/videos/{unknown}")
        await window.until("Video not found")


async def test_offline_the_cached_library_is_shown(device: Device, store: Store):
    await store.save(LINK, ["legs"])
    await store.load()
    device.has_network = False
    again = Store()
    again.open(device.auth, device.api, device.storage)
    other = Window(again)
    await other.until("YouTube dQw4w9WgXcQ")
    await other.until(
        "Core can't be reached. Check your connection. You see the copy on this device."
    )
    device.has_network = True
    await other.tap(ft.TextButton, "Try again")
    assert again.fault is None


async def test_offline_without_a_cache_the_user_can_try_again(device: Device, store: Store):
    device.has_network = False
    window = Window(store)
    await window.until(UNREACHABLE)
    device.has_network = True
    await window.tap(ft.FilledButton, "Try again")
    await window.until("Nothing here yet")


async def test_an_empty_cached_library_has_the_stale_banner(device: Device, store: Store):
    window = await open_window(store)
    device.has_network = False
    await store.load()
    await window.until(
        "Core can't be reached. Check your connection. You see the copy on this device."
    )
    await window.until("Nothing here yet")


async def test_a_video_route_waits_for_the_library(device: Device, store: Store):
    device.has_network = False
    window = Window(store)
    await window.until(UNREACHABLE)
    await show_route(window, "/videos/1")
    assert window.texts().count(UNREACHABLE) == 2
    device.has_network = True
    await window.tap(ft.FilledButton, "Try again")
    await window.until("Video not found")


async def test_signing_out_clears_the_library(store: Store):
    window = await open_window(store)
    await store.save(LINK, ["legs"])
    await window.until("legs 1")
    item = window.find(ft.PopupMenuItem, "Sign out")
    await window.session.dispatch_event(item._i, "click", None)
    await window.until("legs 1", gone=True)
    assert "YouTube dQw4w9WgXcQ" not in window.texts()
    assert store.library.videos == ()


async def test_signing_out_closes_the_notice(store: Store):
    window = await open_window(store)
    await store.save(LINK, ["legs"])
    await window.until("Saved")
    bar = window.find(ft.SnackBar, "Saved")
    assert bar.open
    await store.sign_out()
    await window.until("Find your saved videos by your own tags.")
    assert not bar.open


async def test_the_next_sign_in_starts_at_the_library(store: Store):
    window = await open_window(store)
    await show_route(window, "/videos/1")
    sent = len(window.recorder.messages)
    await store.sign_out()
    await window.until("Find your saved videos by your own tags.")
    assert any(b"push_route" in message for message in window.recorder.messages[sent:])


async def test_a_response_after_the_sign_out_is_dropped(device: Device, store: Store):
    await store.save(LINK, ["legs"])
    loading = asyncio.create_task(store.load())
    await asyncio.sleep(0)
    await store.sign_out()
    await loading
    assert store.library.videos == ()
    assert device.files == []


async def test_an_offline_change_is_shown_as_not_synced(device: Device, store: Store):
    window = await open_window(store)
    await store.save(LINK, ["legs"])
    device.has_network = False
    await store.save("https://youtu.be/9bZkp7q19f0", [])
    await window.until("Saved here. Syncs when you're online.")
    await store.delete(store.library.videos[0])
    assert keys(store) == []
    await window.until("2 changes not synced.")
    await window.until("Not synced yet: https://youtu.be/9bZkp7q19f0")
    device.has_network = True
    await window.tap(ft.TextButton, "Send now")
    await window.until("2 changes not synced.", gone=True)
    assert keys(store) == ["9bZkp7q19f0"]


async def test_a_refused_change_is_shown_until_it_is_dismissed(store: Store):
    window = await open_window(store)
    await store.save(LINK, ["legs"])
    await store.edit(store.library.videos[0], add_tags=["x" * 65])
    await window.until("Couldn't do this: xxx")
    assert store.library.videos[0].tags == ("legs",)
    await window.tap(ft.TextButton, "Dismiss")
    await window.until("Couldn't do this", gone=True)


async def test_the_text_of_a_refused_change_stays_until_it_is_dismissed(store: Store):
    window = await open_window(store)
    await store.save(LINK, ["legs"])
    title = "A title that is too long. " * 20
    await store.edit(store.library.videos[0], title=title)
    await window.until("Couldn't do this: YouTube dQw4w9WgXcQ")
    assert window.find(ft.Text, title).selectable
    await window.tap(ft.TextButton, "Dismiss")
    await window.until("A title that is too long", gone=True)


async def test_a_long_text_of_a_refused_change_does_not_hide_the_reason(
    device: Device, store: Store
):
    window = await open_window(store)
    await store.save(LINK, ["legs"])
    [saved] = store.library.videos
    await device.api.change_videos("delete", [saved.id])
    text = "Keep the knees apart. " * 40
    await store.note(saved, at_s=None, end_s=None, text=text)
    await window.until("Couldn't do this: Keep the knees apart.")
    [said] = [one for one in window.texts() if one.startswith("Couldn't do this")]
    assert len(said) < 250
    assert window.find(ft.Text, said).max_lines is None
    assert window.find(ft.Text, text).selectable


async def test_a_change_that_always_fails_can_be_discarded(
    device: Device, store: Store, stand_in: StandIn
):
    window = await open_window(store)
    await store.save(LINK, ["legs"])
    [saved] = store.library.videos
    with device.failing(f"/videos/{saved.id}", stand_in):
        await store.edit(saved, title="Fails")
        await window.until("Not synced yet: YouTube dQw4w9WgXcQ")
        await window.tap(ft.TextButton, "Discard")
        await window.until("Not synced yet", gone=True)
    assert store.library.videos[0].title is None


async def test_signing_out_asks_before_it_discards_changes(device: Device, store: Store):
    window = await open_window(store)
    device.has_network = False
    await store.save(LINK, [])
    await window.tap(ft.PopupMenuItem, "Sign out")
    await window.until("1 change is not synced. Sign out and discard it?")
    assert store.person
    await window.tap(ft.FilledButton, "Discard and sign out")
    await window.until("Find your saved videos by your own tags.")
    assert device.files == []


async def test_signing_out_asks_about_the_changes_of_another_window(device: Device, store: Store):
    window = await open_window(store)
    device.has_network = False
    other = Store()
    other.open(device.auth, device.api, device.storage)
    await other.save(LINK, ["legs"])
    await window.tap(ft.PopupMenuItem, "Sign out")
    await window.until("1 change is not synced. Sign out and discard it?")
    device.has_network = True
    await window.tap(ft.TextButton, "Cancel")
    await window.tap(ft.PopupMenuItem, "Sign out")
    await window.until("Find your saved videos by your own tags.")
    assert device.statuses("/videos") == [201]


async def test_a_user_deletes_all_their_data(device: Device, store: Store):
    window = await open_window(store)
    await store.save(LINK, ["legs"])
    await window.tap(ft.PopupMenuItem, "Delete all my data")
    await window.until("This permanently deletes every video, tag, note and workout.")
    device.has_network = False
    await store.save("https://youtu.be/9bZkp7q19f0", ["waits"])
    await window.tap(ft.FilledButton, "Delete everything")
    await window.until(UNREACHABLE)
    assert store.person is not None
    device.has_network = True
    await window.tap(ft.FilledButton, "Delete everything")
    await window.until("Find your saved videos by your own tags.")
    assert device.statuses("/me") == [204]
    assert device.files == []


async def test_an_ended_session_reports_unsent_changes(device: Device, store: Store):
    await open_window(store)
    device.has_network = False
    await store.save(LINK, [])
    device.has_network = True
    await device.auth.forget()
    await store.load()
    assert store.sign_in_fault
    assert store.sign_in_fault.startswith("Your session has ended. Sign in again. 1 change is not")


async def test_scrolling_draws_more_of_the_library(store: Store):
    window = await open_window(store)
    store.library = store.library.with_videos(video(number) for number in range(1_000))
    await until_drawn(window, PAGE)
    await scroll_to_end(window)
    await until_drawn(window, 2 * PAGE)
    store.search("99 title")
    await until_drawn(window, PAGE)


async def test_a_key_press_draws_and_removes_one_batch(store: Store):
    window = await open_window(store)
    store.library = store.library.with_videos(video(number) for number in range(1_000))
    await until_drawn(window, PAGE)
    await window.write("Search", "nothing has this")
    await window.until("No matches")
    assert 0 < len(drawn(window)) < PAGE
    await until_drawn(window, 0)
    await window.write("Search", "")
    await asyncio.sleep(0.01)
    assert len(drawn(window)) == FIRST


async def test_a_key_press_replaces_the_first_cards_then_the_others(store: Store):
    window = await open_window(store)
    store.library = store.library.with_videos(video(number) for number in range(1_000))
    await until_drawn(window, PAGE)
    await window.write("Search", "11 title")
    await asyncio.sleep(0.01)
    now = drawn(window)
    assert ["11" in one for one in now] == [number < FIRST for number in range(PAGE)]
    await window.until("Title 984", gone=True)
    assert all("11" in one for one in drawn(window))
    assert len(drawn(window)) == PAGE


async def test_a_key_press_does_not_rebuild_menus(store: Store):
    window = await open_window(store)
    store.library = store.library.with_videos(video(number, "legs") for number in range(100))
    await until_drawn(window, PAGE)
    words = ("Account", "Sort by", "Length")
    menus = [window.find(ft.PopupMenuButton, word) for word in words]
    await window.write("Search", "1")
    await window.tap(ft.Chip, "legs 100", "select")
    await asyncio.sleep(0.3)
    assert all(
        window.find(ft.PopupMenuButton, one) is menu for one, menu in zip(words, menus, strict=True)
    )


async def test_a_key_press_keeps_unchanged_cards(store: Store):
    window = await open_window(store)
    store.library = store.library.with_videos(video(number) for number in range(1_000))
    await until_drawn(window, PAGE)
    before = cards(window)
    sent = len(window.recorder.messages)
    await window.write("Search", "title")
    await asyncio.sleep(0.3)
    assert cards(window) == before
    assert sum(map(len, window.recorder.messages[sent:])) < 2_000


async def test_a_wide_window_has_a_grid(store: Store):
    window = await open_window(store)
    store.library = store.library.with_videos([video(1)])
    store.wide = True
    await window.until("Title 1")
    await asyncio.sleep(0.05)
    assert any(isinstance(one, ft.GridView) for one in window.controls())


async def until_drawn(window: Window, videos: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while len(drawn(window)) != videos:  # noqa: ASYNC110  Flet has no event for a finished update
            await asyncio.sleep(0.02)


def cards(window: Window) -> list[int]:
    """Return Flet's ids of the cards: a card that is built again gets a new id."""
    views = [one for one in window.controls() if isinstance(one, ft.ListView)]
    return [card._i for card in views[-1].controls]


def drawn(window: Window) -> list[str]:
    return [text for text in dict.fromkeys(window.texts()) if re.match(r"Title \d", text)]
