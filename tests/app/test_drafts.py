"""Unsaved input outlives its screen and the session, for its user only."""

import time

import flet as ft
import pytest

from app.store import Store
from tests.support.app.devices import Device
from tests.support.app.windows import open_window, show_route

pytestmark = pytest.mark.anyio
LINK = "https://youtu.be/dQw4w9WgXcQ"


async def test_unsaved_input_outlives_the_session_of_its_user_only(device: Device, store: Store):
    window = await open_window(store)
    assert store.person
    name, lasting = store.person.name, "https://youtu.be/"
    await store.save(LINK, [])
    [saved] = store.library.videos
    await show_route(window, "/save")
    await window.write("YouTube link", lasting)
    await show_route(window, f"/videos/{saved.id}")
    await window.until("Add a note")
    await window.tap(ft.OutlinedButton, "Add a note")
    await window.until("Until")
    await window.write("Note", "half a thought")
    await device.auth.forget()  # Core refused the token in the background
    await store.load()
    await window.until("Your session has ended. Sign in again.")
    await device.sign_in(name)
    store._begin(device.auth.person)
    await store.load()
    await show_route(window, "/save")
    await window.until("Paste", gone=True)
    assert window.find(ft.TextField, "YouTube link").value == lasting
    await show_route(window, f"/videos/{saved.id}")
    await window.until("Until")
    assert window.find(ft.TextField, "Note").value == "half a thought"
    await window.tap(ft.FilledButton, "Finish")
    await window.until("half a thought")
    assert [*store.drafts] == ["save"]
    await device.auth.forget()
    await store.load()
    await device.sign_in(f"Another {time.time_ns()}")
    store._begin(device.auth.person)
    assert not store.drafts


async def test_edits_outlive_the_session_of_their_user_only(device: Device, store: Store):
    window = await open_window(store)
    assert store.person
    name = store.person.name
    await store.save(LINK, ["legs"])
    [saved] = store.library.videos
    await show_route(window, f"/videos/{saved.id}/edit")
    await window.write("Title", "Mine")
    await window.write("Start", "1:05")
    await window.tap(ft.Chip, "legs", "delete")
    await device.auth.forget()  # Core refused the token in the background
    await store.load()
    await window.until("Your session has ended. Sign in again.")
    await device.sign_in(name)
    await device.api.update_video(saved.id, end_s=90)  # by another device
    store._begin(device.auth.person)
    await store.load()
    await show_route(window, "/")  # the sign-in screen navigates there
    await window.until("Edited, but not saved: YouTube dQw4w9WgXcQ")
    await window.tap(ft.TextButton, "Edit")
    await show_route(window, f"/videos/{saved.id}/edit")
    await window.until("You changed this before and didn't save it.")
    assert window.find(ft.TextField, "Title").value == "Mine"
    await window.tap(ft.FilledButton, "Save")
    [now] = store.library.videos
    assert (now.title, now.start_s, now.end_s, now.tags) == ("Mine", 65, 90, ())
    await show_route(window, f"/videos/{saved.id}")
    await show_route(window, f"/videos/{saved.id}/edit")
    await window.until("You changed this before", gone=True)
    await window.write("Title", "Another")
    await show_route(window, f"/videos/{saved.id}")
    await show_route(window, f"/videos/{saved.id}/edit")
    await window.until("You changed this before")
    await window.tap(ft.TextButton, "Discard")
    assert window.find(ft.TextField, "Title").value == "Mine"
    assert not store.drafts
    await window.write("Title", "Another")
    await device.auth.forget()
    await store.load()
    await device.sign_in(f"Another {time.time_ns()}")
    store._begin(device.auth.person)
    assert not store.drafts
