"""The screens for many videos, tags, the trash and one video, without a browser."""

import asyncio

import flet as ft
import pytest

from app.store import Store
from app.views.trash import PAGE
from tests.support.app.devices import Device, StandIn
from tests.support.app.windows import (
    PATIENCE_S,
    Window,
    chips,
    keys,
    open_window,
    scroll_to_end,
    show_route,
    video,
)

pytestmark = pytest.mark.anyio
LINK = "https://youtu.be/dQw4w9WgXcQ"


async def test_a_video_is_edited_in_one_request(device: Device, store: Store):
    window = await open_window(store)
    await store.save(f"{LINK}?t=42", ["legs", "old"])
    [saved] = store.library.videos
    await show_route(window, f"/videos/{saved.id}/edit")
    assert window.find(ft.TextField, "Start").value == "0:42"
    await window.write("Title", "Leg day")
    await window.write("Start", "soon")
    await window.tap(ft.Chip, "old", "delete")
    await window.write("Tags", "yoga, morning")
    await window.tap(ft.FilledButton, "Save")
    await window.until("Write a time such as 1:05.")
    await window.write("Start", "1:05")
    await window.write("End", "1:05")
    await window.tap(ft.FilledButton, "Save")
    await window.until("The end must be after the start.")
    await window.write("End", "2.30")
    await window.tap(ft.FilledButton, "Save")
    await window.until("Leg day")
    await store.load()
    [edited] = store.library.videos
    assert (edited.title, edited.start_s, edited.end_s) == ("Leg day", 65, 150)
    assert edited.tags == ("legs", "yoga", "morning")
    assert device.statuses(f"/videos/{saved.id}") == [200]


async def test_an_edit_without_a_change_sends_nothing(device: Device, store: Store):
    window = await open_window(store)
    await store.save(LINK, ["legs"])
    [saved] = store.library.videos
    await show_route(window, f"/videos/{saved.id}/edit")
    await window.tap(ft.FilledButton, "Save")
    assert device.statuses(f"/videos/{saved.id}") == []


async def test_a_typed_tag_is_completed(store: Store):
    window = await open_window(store)
    await store.save(LINK, ["kettlebell", "legs"])
    await show_route(window, "/save")
    await window.write("Tags", "kettle")
    await window.tap(ft.Chip, "kettlebell")
    assert window.find(ft.TextField, "Tags").value == ""
    assert "Remove the tag kettlebell" in {chip.delete_icon_tooltip for chip in chips(window)}


async def test_several_videos_are_tagged_and_deleted_together(device: Device, store: Store):
    window = await open_window(store)
    for key in ("dQw4w9WgXcQ", "9bZkp7q19f0", "kJQP7kiw5Fk"):
        await store.save(f"https://youtu.be/{key}", ["legs"])
    await window.tap(ft.IconButton, "Select")
    await window.until("0 selected")
    await window.until("YouTube dQw4w9WgXcQ")
    await window.tap(ft.Container, "YouTube kJQP7kiw5Fk")
    await window.tap(ft.Container, "YouTube dQw4w9WgXcQ")
    await window.until("2 selected")
    await window.tap(ft.TextButton, "Add a tag")
    await window.write("Tags", "new")
    await window.tap(ft.FilledButton, "Add a tag")
    await window.until("new 2")
    store.select([one.id for one in store.library.videos])
    await window.until("3 selected")
    await window.tap(ft.TextButton, "Delete")
    await window.until("3 videos deleted")
    assert keys(store) == []
    await window.session.dispatch_event(window.find(ft.SnackBarAction, "Undo")._i, "click", None)
    await store.load()
    assert len(keys(store)) == 3
    assert device.statuses("/videos/batch") == [200, 200, 200]


async def test_a_selected_video_that_is_no_longer_shown_is_not_changed(store: Store):
    window = await open_window(store)
    for key in ("dQw4w9WgXcQ", "9bZkp7q19f0"):
        await store.save(f"https://youtu.be/{key}", ["legs"])
    await window.tap(ft.IconButton, "Select")
    await window.until("YouTube dQw4w9WgXcQ")
    await window.tap(ft.Container, "YouTube dQw4w9WgXcQ")
    await window.until("1 selected")
    await window.write("Search", "9bZkp7q19f0")
    await window.until("0 selected")
    assert window.find(ft.TextButton, "Delete").disabled
    assert "Select all" in window.texts()
    await window.tap(ft.Container, "YouTube 9bZkp7q19f0")
    await window.write("Search", "")
    await window.until("1 selected")
    await window.tap(ft.TextButton, "Delete")
    await window.until("Deleted")
    assert keys(store) == ["dQw4w9WgXcQ"]


async def test_a_video_is_restored_from_the_trash(store: Store):
    window = await open_window(store)
    await store.save(LINK, ["legs"])
    await store.delete(store.library.videos[0])
    await show_route(window, "/trash")
    await window.until("Restore YouTube dQw4w9WgXcQ")
    assert any(text.endswith("30 days left") for text in window.texts())
    await window.tap(ft.IconButton, "Restore YouTube dQw4w9WgXcQ")
    await window.until("The trash is empty")
    assert keys(store) == ["dQw4w9WgXcQ"]


async def test_the_trash_has_a_video_whose_deletion_was_not_sent(device: Device, store: Store):
    window = await open_window(store)
    await store.save(LINK, ["legs"])
    device.has_network = False
    await store.delete(store.library.videos[0])
    device.has_network = True
    await show_route(window, "/trash")
    await window.until("Restore YouTube dQw4w9WgXcQ")


async def test_the_trash_opens_while_a_change_fails(
    device: Device, store: Store, stand_in: StandIn
):
    window = await open_window(store)
    for key in ("dQw4w9WgXcQ", "9bZkp7q19f0"):
        await store.save(f"https://youtu.be/{key}", ["legs"])
    failing, deleted = store.library.videos
    with device.failing(f"/videos/{failing.id}", stand_in):
        await store.edit(failing, title="Fails")
        await store.delete(deleted)
        await show_route(window, "/trash")
        await window.until("Restore YouTube dQw4w9WgXcQ")
    assert store.is_stuck


async def test_a_large_trash_is_drawn_in_pages(store: Store):
    window = await open_window(store)
    links = "\n".join(f"https://youtu.be/trash{number:06}" for number in range(PAGE + 20))
    await store.import_file("links.txt", links.encode(), lambda _: None)
    await store.delete(*store.library.videos)
    await show_route(window, "/trash")
    await window.until(f"Restore all {PAGE + 20}")
    assert restorable(window) == PAGE
    await scroll_to_end(window)
    assert restorable(window) == PAGE + 20


def restorable(window: Window) -> int:
    return sum(text.startswith("Restore YouTube") for text in window.texts())


async def test_a_tag_is_renamed_merged_and_removed(store: Store):
    window = await open_window(store)
    await store.save(LINK, ["legs", "yoga"])
    await show_route(window, "/tags")
    await rename(window, "legs", "arms")
    await until_tags(store, ("arms", "yoga"))
    await window.until("Renamed")
    await window.tap(ft.SnackBarAction, "Undo")
    await until_tags(store, ("legs", "yoga"))
    await rename(window, "legs", "arms")
    await until_tags(store, ("arms", "yoga"))
    await rename(window, "arms", "YOGA")
    await window.until("The tag “yoga” exists. Merging puts it on 1 video.")
    await window.tap(ft.FilledButton, "Merge")
    await until_tags(store, ("yoga",))
    await window.tap(ft.IconButton, "Remove the tag yoga from all videos")
    await window.until("Remove “yoga” from 1 video? The video stays.")
    await window.tap(ft.FilledButton, "Remove tag")
    await until_tags(store, ())


async def rename(window: Window, name: str, to: str) -> None:
    await window.tap(ft.IconButton, f"Rename the tag {name}")
    await window.write("Name of the tag", to)
    await window.tap(ft.FilledButton, "Save")


async def until_tags(store: Store, tags: tuple[str, ...]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while store.library.videos[0].tags != tags:  # noqa: ASYNC110  a store notifies only Flet
            await asyncio.sleep(0.02)


async def test_a_refused_name_of_a_tag_is_told_in_a_sentence(store: Store):
    await open_window(store)
    await store.save(LINK, ["legs"])
    assert await store.rename_tag("legs", "a,b") == "Must be one tag, without a comma."
    await store.edit(store.library.videos[0], add_tags=["x" * 65])
    [refused] = store.refused
    assert store.reason(refused) == "A tag has at most 64 characters."
    store.language = "de"
    assert store.reason(refused) == "Ein Tag hat bis zu 64 Zeichen. Kürze es."


async def test_a_video_removed_from_youtube_has_no_play_button(store: Store):
    window = await open_window(store)
    rows = [video(1, availability="gone"), video(2, availability="embedding_disabled")]
    store.library = store.library.with_videos(rows)
    await show_route(window, "/videos/1")
    await window.until("YouTube no longer has this video.")
    assert "Play" not in window.texts()
    await show_route(window, "/videos/2")
    await window.until("Play")


async def test_a_right_to_left_title_is_right_aligned(store: Store):
    window = await open_window(store)
    rows = [video(1, title="تمارين الصباح 20"), video(2, title="Hello تمارين")]
    store.library = store.library.with_videos(rows)
    await window.until("Hello")
    assert window.find(ft.Text, "تمارين الصباح 20").rtl
    assert not window.find(ft.Text, "Hello تمارين").rtl


async def test_the_banner_counts_titles_being_fetched(store: Store):
    window = await open_window(store)
    await store.save(LINK, [])
    await store.save("https://youtu.be/9bZkp7q19f0", [])
    await window.until("Fetching titles… 2 left")


async def test_the_library_is_sorted_by_title(store: Store):
    window = await open_window(store)
    rows = [video(1, title="B"), video(2, title="C"), video(3, title="A")]
    store.library = store.library.with_videos(rows)
    await window.until("3 videos")
    await window.tap(ft.PopupMenuItem, "Title A–Z")
    assert [one.title for one in store.library.shown] == ["A", "B", "C"]


async def test_order_and_layout_are_remembered_on_the_device(device: Device, store: Store):
    window = await open_window(store)
    store.library = store.library.with_videos([video(1)])
    await window.until("Title 1")
    await window.tap(ft.IconButton, "Show as a grid")
    store.sort_by("oldest")
    await window.until("Show as a list")
    await store.sign_out()
    again = Store()
    again.open(device.auth, device.api, device.storage)
    assert (again.library.sort, again.is_grid) == ("oldest", True)
    [look] = device.files
    for broken in ("[", "[]", '{"sort": 5, "grid": "x"}'):
        look.write_text(broken, encoding="utf-8")
        again.open(device.auth, device.api, device.storage)
        assert not again.is_grid
