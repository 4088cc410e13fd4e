"""Notes with the real service: added, edited, deleted, found, and sent once."""

import flet as ft
import pytest

from app.notes import MAX_NOTES
from app.state import LibraryState
from app.store import Store
from app.sync.note_changes import add_note, delete_note
from tests.support.app.devices import Device
from tests.support.app.libraries import reread
from tests.support.app.windows import Window, open_window, show_route

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("saved_video")]

Written = list[tuple[int | None, int | None, str]]


def written(library: LibraryState) -> Written:
    return [(one.at_s, one.end_s, one.text) for one in library.notes]


def shown(store: Store) -> list[int]:
    return [one.id for one in store.library.shown]


async def stored(device: Device) -> Written:
    """Return the notes that Core has."""
    return written((await reread(device)).draw(LibraryState()))


async def open_video(store: Store) -> Window:
    window = await open_window(store, "not done yet")
    await store.load()
    await show_route(window, f"/videos/{store.library.videos[0].id}")
    await window.until("Add a note")
    return window


async def write_note(window: Window, text: str, at: str = "", end: str = "") -> None:
    await window.tap(ft.OutlinedButton, "Add a note")
    await window.until("Until")
    await window.write("Note", text)
    await window.write("At", at)
    await window.write("Until", end)
    await window.tap(ft.FilledButton, "Finish")


async def test_a_note_is_added_edited_and_deleted_with_an_undo(device: Device, store: Store):
    window = await open_video(store)
    await write_note(window, "Back straight", "1:23", "1:20")
    await window.until("Write times as 1:05. The end comes after the start.")
    await window.write("Until", "1:40")
    await window.tap(ft.FilledButton, "Finish")
    await window.until("1:23–1:40")
    await write_note(window, "", "5")
    await window.until("Mark")
    await window.tap(ft.Container, "Back straight")
    await window.until("Until")
    await window.write("Note", "Shoulders low")
    await window.tap(ft.FilledButton, "Finish")
    await window.until("Shoulders low")
    await store.load()
    kept = [(5, None, ""), (83, 100, "Shoulders low")]
    assert await stored(device) == kept
    await window.tap(ft.Container, "Shoulders low")
    await window.until("Until")
    await window.tap(ft.TextButton, "Delete")
    await window.until("Note deleted")
    assert written(store.library) == kept[:1]
    await window.tap(ft.SnackBarAction, "Undo")
    await store.load()
    assert await stored(device) == kept


async def test_a_note_s_time_opens_youtube_there_and_counts_as_played(device: Device, store: Store):
    window = await open_video(store)
    await write_note(window, "Here", "1:23")
    await window.until("1:23")
    button = window.find(ft.TextButton, "1:23")
    assert isinstance(button.url, ft.Url)
    assert button.url.url == "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=83s"
    await window.tap(ft.TextButton, "1:23")
    assert store.person
    assert device.storage.away(store.person.id)


async def test_an_empty_note_is_not_saved(device: Device, store: Store):
    window = await open_video(store)
    await write_note(window, "  ")
    await window.until("Until", gone=True)
    assert store.library.notes == ()
    assert device.statuses(f"/videos/{store.library.videos[0].id}/notes") == []


async def test_a_search_finds_the_text_of_a_note_with_the_words_of_its_video(store: Store):
    [saved] = store.library.videos
    await store.save("https://youtu.be/9bZkp7q19f0", [])
    await store.note(saved, at_s=3, end_s=None, text="Łokcie close")
    store.search("lokcie LEGS")
    assert shown(store) == [saved.id]
    store.search("lokcie yoga")
    assert shown(store) == []


async def test_offline_notes_are_stored_and_sent_once(device: Device, store: Store):
    [saved] = store.library.videos
    await store.note(saved, at_s=3, end_s=None, text="old")
    [old] = store.library.notes
    device.has_network = False
    await store.note(saved, at_s=None, end_s=None, text="whole")
    await store.change_note(old, text="new")
    drawn = written(store.library)
    assert drawn == [(None, None, "whole"), (3, None, "new")]
    again = Store()
    again.open(device.auth, device.api, device.storage)  # the app restarted
    assert written(again.library) == drawn
    device.has_network = True
    await again.load()
    await store.load()  # the first window
    assert written(again.library) == written(store.library) == await stored(device) == drawn


async def test_the_notes_of_a_deleted_video_come_back_with_it(device: Device, store: Store):
    [saved] = store.library.videos
    await store.note(saved, at_s=3, end_s=None, text="kept")
    await store.delete(saved)
    assert written((await reread(device)).draw(LibraryState())) == []
    store.search("kept")
    assert shown(store) == []
    await store.restore(saved)
    assert shown(store) == [saved.id]
    assert written(store.library) == await stored(device) == [(3, None, "kept")]


async def test_the_form_keeps_a_note_beyond_the_limit_and_says_why(
    store: Store, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("app.training_actions.MAX_NOTES", 1)
    window = await open_video(store)
    await write_note(window, "first")
    await window.until("Until", gone=True)
    await write_note(window, "second", "0:04")
    await window.until("A video has up to 100 notes. Delete one first.")
    assert window.find(ft.TextField, "Note").value == "second"
    assert written(store.library) == [(None, None, "first")]
    await store.delete_note(store.library.notes[0])
    await window.tap(ft.FilledButton, "Finish")
    await window.until("Until", gone=True)
    assert written(store.library) == [(4, None, "second")]


async def test_a_video_shows_why_core_refused_a_note_and_its_text(device: Device, store: Store):
    window = await open_video(store)
    [saved] = store.library.videos
    for number in range(MAX_NOTES):  # on another device
        mark = add_note(saved, at_s=number, end_s=None, text="")
        await mark.kind.send(device.api, mark)
    text = "Keep the knees apart. " * 6
    await write_note(window, text)
    await window.until("Couldn't do this: Keep the knees apart.")
    on_top = window.texts_on_top()
    [said] = [one for one in on_top if one.startswith("Couldn't do this")]
    assert said.endswith("A video has at most 100 notes.")
    assert text.strip() in on_top


async def test_editing_a_note_that_another_device_deleted_is_refused(device: Device, store: Store):
    [saved] = store.library.videos
    await store.note(saved, at_s=3, end_s=None, text="here")
    [note] = store.library.notes
    await delete_note(note).kind.send(device.api, delete_note(note))
    await store.change_note(note, text="typed in vain")
    [refused] = store.refused
    assert refused.label == "typed in vain"
    assert store.reason(refused) == "There is no such note on this video."
    assert store.library.notes == ()


async def test_deleting_a_note_that_another_device_deleted_is_not_refused(
    device: Device, store: Store
):
    [saved] = store.library.videos
    await store.note(saved, at_s=3, end_s=None, text="here")
    [note] = store.library.notes
    await delete_note(note).kind.send(device.api, delete_note(note))
    await store.delete_note(note)
    assert device.statuses(f"/videos/{saved.id}/notes/{note.id}") == [204, 404]
    assert (store.refused, store.waiting, store.library.notes) == ((), (), ())
