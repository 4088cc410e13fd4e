"""Saved searches in the app: saved, renamed, updated and deleted, also offline."""

import flet as ft
import pytest

from app.store import Store
from tests.support.app.devices import Device
from tests.support.app.windows import Window, open_window

pytestmark = pytest.mark.anyio
LINK = "https://youtu.be/dQw4w9WgXcQ"


@pytest.fixture
async def store(store: Store) -> Store:
    """The store of a device where a new user has signed in and saved two videos."""
    await store.save(LINK, ["legs"])
    await store.save("https://youtu.be/9bZkp7q19f0", ["yoga"])
    return store


async def saved(device: Device) -> list[tuple[str, str]]:
    """Return the saved searches at Core, as another device reads them."""
    read = await device.api.read_changes()
    return [(one.name, one.query) for one in read.searches] if read else []


async def open_for(window: Window, name: str) -> None:
    """Open the dialog of a saved search."""
    await window.until(name)
    await window.tap(ft.Chip, name, "delete")
    await window.until("Saved search")


async def test_the_current_filters_are_saved_under_a_name(device: Device, store: Store):
    window = await open_window(store, "yoga 1")
    assert "Save this search" not in window.texts()
    store.toggle("legs")
    store.filter_minutes(20)
    await window.until("Save this search")
    await window.tap(ft.TextButton, "Save this search")
    assert window.find(ft.TextField, "Name").value == "legs"
    await window.write("Name", " ")
    await window.tap(ft.FilledButton, "Save")
    await window.until("Write a name, such as")
    await window.write("Name", " Short legs ")
    await window.tap(ft.FilledButton, "Save")
    await window.until("Short legs")
    assert store.applied
    assert window.find(ft.Chip, "Short legs").selected
    assert await saved(device) == [("Short legs", "tags=legs&max=20")]


async def test_a_saved_search_is_renamed_and_gets_other_filters(device: Device, store: Store):
    window = await open_window(store, "yoga 1")
    store.toggle("legs")
    await store.save_search("Legs")
    await store.save_search("Other")
    store.show_all()
    await open_for(window, "Legs")
    assert "Use the current filters" not in window.texts()
    await window.write("Name", "OTHER")
    await window.tap(ft.FilledButton, "Save")
    await window.until("Another saved search has this name.")
    await window.write("Name", "Yoga")
    await window.tap(ft.FilledButton, "Save")
    await window.until("Yoga")
    store.toggle("yoga")
    await open_for(window, "Yoga")
    window.find(ft.Checkbox, "Use the current filters").value = True
    await window.tap(ft.FilledButton, "Save")
    assert ("Yoga", "tags=yoga") in await saved(device)


async def test_a_deleted_search_comes_back_with_undo_also_offline(device: Device, store: Store):
    window = await open_window(store, "yoga 1")
    store.toggle("legs")
    await store.save_search("Legs")
    device.has_network = False
    await open_for(window, "Legs")
    await window.tap(ft.TextButton, "Delete")
    await window.until("Search deleted")
    assert store.library.searches == ()
    await window.session.dispatch_event(window.find(ft.SnackBarAction, "Undo")._i, "click", None)
    await window.until("Legs")
    device.has_network = True
    await store.load()
    assert await saved(device) == [("Legs", "tags=legs")]


async def test_a_twenty_first_search_is_refused(store: Store):
    window = await open_window(store, "yoga 1")
    store.toggle("legs")
    for number in range(20):
        await store.save_search(f"Legs {number}")
    store.toggle("yoga")
    await window.until("Save this search")
    await window.tap(ft.TextButton, "Save this search")
    await window.until("You have 20 saved searches. Delete one first.")


async def test_a_saved_search_without_an_order_uses_the_remembered_order(store: Store):
    store.sort_by("title")
    store.toggle("legs")
    await store.save_search("Legs")
    [search] = store.library.searches
    store.library = store.library.sorted_by("oldest")
    store.apply_search(search)
    assert store.library.sort == "title"
