"""The form of a stored note or workout saves its input when the user leaves it without *Finish*."""

import asyncio
from collections.abc import Callable

import flet as ft
import pytest

from app.store import Store
from app.training import Workout, today
from tests.support.app.windows import PATIENCE_S, Window, open_window, show_route

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("saved_video")]
NAME = "YouTube dQw4w9WgXcQ"


async def open_video(store: Store) -> Window:
    window = await open_window(store, NAME)
    await store.load()
    await show_route(window, f"/videos/{store.library.videos[0].id}")
    await window.until("Add a note")
    return window


async def edit_note(window: Window, text: str) -> None:
    await window.tap(ft.Container, text)
    await window.until("Until")


async def change_a_note(store: Store) -> Window:
    """Add a note to the video, and type another text into its form."""
    await store.note(store.library.videos[0], at_s=3, end_s=None, text="first")
    window = await open_video(store)
    await edit_note(window, "first")
    await window.write("Note", "Back straight")
    return window


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # noqa: ASYNC110  a store notifies only Flet
            await asyncio.sleep(0.02)


def notes(store: Store) -> list[tuple[int | None, str]]:
    return [(one.at_s, one.text) for one in store.library.notes]


def workout(store: Store) -> Workout:
    [only] = store.library.workouts
    return only


async def test_the_details_of_a_workout_are_saved_when_the_user_goes_back(store: Store):
    window = await open_video(store)
    await window.tap(ft.OutlinedButton, "Done")
    await window.until("How was it?")
    await window.tap(ft.Chip, "Hard", "select")
    await window.write("Comment", "slow")
    await window.write("Minutes", "many")
    await show_route(window, "/")
    await until(lambda: workout(store).effort == "hard")
    assert (workout(store).comment, workout(store).minutes) == ("slow", None)


async def test_a_workout_is_saved_when_the_user_opens_another(store: Store):
    [video] = store.library.videos
    for minutes in (10, 20):
        await store.done(video, minutes)
    window = await open_window(store, NAME)
    await store.load()
    await show_route(window, "/log")
    await window.until("10 min")
    await window.tap(ft.Container, "10 min")
    await window.until("How was it?")
    await window.write("Comment", "slow")
    await window.write("Date", "tomorrow")
    await window.tap(ft.Container, "20 min")
    await until(lambda: any(one.comment == "slow" for one in store.library.workouts))
    assert {one.day for one in store.library.workouts} == {today()}


async def test_a_note_is_saved_when_the_user_opens_another_or_goes_back(store: Store):
    [video] = store.library.videos
    await store.note(video, at_s=3, end_s=None, text="first")
    await store.note(video, at_s=8, end_s=None, text="second")
    window = await open_video(store)
    await edit_note(window, "first")
    await window.write("Note", "Back straight")
    await edit_note(window, "second")
    await until(lambda: notes(store) == [(3, "Back straight"), (8, "second")])
    await window.write("Note", "Shoulders low")
    await window.write("At", "soon")
    await show_route(window, "/")
    await until(lambda: notes(store) == [(3, "Back straight"), (8, "Shoulders low")])


async def test_a_deleted_note_or_workout_is_not_saved_again(store: Store):
    window = await change_a_note(store)
    await window.tap(ft.TextButton, "Delete")
    await window.until("Note deleted")
    await store.done(store.library.videos[0])
    await show_route(window, "/log")
    await window.until("This week")
    await window.tap(ft.Container, NAME)
    await window.until("How was it?")
    await window.write("Comment", "slow")
    await window.tap(ft.TextButton, "Delete")
    await window.until("Workout deleted")
    await store.load()
    assert (store.library.notes, store.library.workouts, store.refused) == ((), (), ())


async def test_deleting_a_video_does_not_change_the_note_in_the_form(store: Store):
    window = await change_a_note(store)
    await window.tap(ft.IconButton, "Delete")
    await show_route(window, "/")
    await window.until("Deleted")
    await store.load()
    assert (store.library.videos, store.refused) == ((), ())
