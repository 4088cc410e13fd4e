"""Workouts with the real service: logged, undone, edited, and proposed after playing."""

import json
import time
from typing import Any

import flet as ft
import pytest

from app.state import LibraryState
from app.store import Store
from app.sync.workout_changes import add_workout
from app.training import ASK_WITHIN_S, MINUTE_S, Away, Workout, days_before, today
from tests.support.app.devices import Device
from tests.support.app.libraries import reread
from tests.support.app.windows import Window, open_window, show_route, video

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("saved_video")]
NAME = "YouTube dQw4w9WgXcQ"


def done(store: Store) -> list[tuple[str | None, int]]:
    return [(one.done_on, one.done_count) for one in store.library.videos]


async def undo(store: Store) -> None:
    assert store.notice
    take_back: Any = store.notice.undo
    await take_back()


async def stored_log(device: Device) -> tuple[Workout, ...]:
    """Return the log that Core has."""
    return (await reread(device)).draw(LibraryState()).workouts


async def test_a_workout_is_logged_and_undone(device: Device, store: Store):
    await store.done(store.library.videos[0])
    assert done(store) == [(today(), 1)]
    await undo(store)
    assert done(store) == [(None, 0)]
    assert await stored_log(device) == ()
    assert device.statuses("/workouts") == [201]


async def test_an_offline_workout_is_sent_once(device: Device, store: Store):
    device.has_network = False
    await store.done(store.library.videos[0], 15)
    assert done(store) == [(today(), 1)]
    again = restart(device)
    assert [one.minutes for one in again.library.workouts] == [15]
    device.has_network = True
    await again.load()
    await store.load()  # the first window
    assert done(again) == [(today(), 1)]
    [workout] = await stored_log(device)
    assert (workout.day, workout.video_key) == (today(), "dQw4w9WgXcQ")
    assert device.statuses("/workouts") == [201]


async def test_deleting_a_workout_shows_the_previous_one_and_undo_restores_it(
    device: Device, store: Store
):
    [saved] = store.library.videos
    earlier = days_before(today(), 3)
    await store._change(add_workout(saved, earlier, None))
    await store.done(saved)
    assert done(store) == [(today(), 2)]
    newest = store.library.workouts[0]
    await store.change_entry(newest, effort="hard", comment="knee")
    newest = store.library.workouts[0]
    await store.delete_entry(newest)
    assert done(store) == [(earlier, 1)]
    await undo(store)
    assert await stored_log(device) == store.library.workouts
    assert store.library.workouts[0] == newest


async def test_the_log_keeps_the_workouts_of_a_deleted_video(device: Device, store: Store):
    [saved] = store.library.videos
    await store.done(saved)
    await store.delete(saved)
    await store.load()
    [workout] = store.library.workouts
    await store.change_entry(workout, minutes=12)
    assert [one.minutes for one in await stored_log(device)] == [12]
    await store.delete_entry(store.library.workouts[0])
    assert await stored_log(device) == ()
    assert store.notice
    assert store.notice.undo is None  # without its video it can't come back


async def test_one_tap_logs_a_workout_and_details_can_follow(device: Device, store: Store):
    window = await open_window(store, "not done yet")
    await store.load()
    await show_route(window, f"/videos/{store.library.videos[0].id}")
    await window.until("Done")
    await window.tap(ft.OutlinedButton, "Done")
    await window.until("today · ×1")
    await window.until("How was it?")
    await window.tap(ft.Chip, "Hard", "select")
    await window.write("Minutes", "0")
    await window.tap(ft.FilledButton, "Finish")
    await window.until("Enter 1 to 1,440 minutes.")
    await window.write("Minutes", "25")
    await window.write("Comment", "slow")
    await window.tap(ft.FilledButton, "Finish")
    await window.until("How was it?", gone=True)
    await window.until("Done · 25 min")
    await window.tap(ft.FilledButton, "Done · 25 min")  # no second workout
    await store.load()
    [workout] = await stored_log(device)
    assert (workout.minutes, workout.effort, workout.comment) == (25, "hard", "slow")


async def test_the_log_shows_a_workout_whose_effort_this_version_does_not_know(
    device: Device, store: Store
):
    await store.done(store.library.videos[0])
    window = await open_window(store, "today · ×1")
    await store.load()
    device.has_network = False  # so that Core does not refuse the effort
    await store.change_entry(store.library.workouts[0], effort="brutal", comment="slow")
    await show_route(window, "/log")
    await window.until("slow")


async def test_a_workout_is_moved_to_another_day_and_deleted(device: Device, store: Store):
    await store.done(store.library.videos[0])
    window = await open_window(store, "today · ×1")
    await store.load()
    await show_route(window, "/log")
    await window.until("This week: 1 workout")
    assert "Today" in window.texts()
    await tap_row(window)
    await window.write("Date", "tomorrow")
    await window.tap(ft.FilledButton, "Finish")
    await window.until("Choose a day up to tomorrow.")
    await window.write("Date", today())
    await window.tap(ft.IconButton, "A day earlier")
    await window.tap(ft.FilledButton, "Finish")
    await window.until("Yesterday")
    await store.load()
    assert [one.day for one in await stored_log(device)] == [days_before(today(), 1)]
    await tap_row(window)
    await window.tap(ft.TextButton, "Delete")
    await window.until("No workouts yet")
    assert done(store) == [(None, 0)]


async def test_files_of_an_older_app_version_are_read_and_sent(device: Device, store: Store):
    [saved] = store.library.videos
    await store.done(saved)
    [workout] = store.library.workouts
    [library] = [file for file in device.files if file.name.startswith("library-")]
    new = json.loads(library.read_text(encoding="utf-8").splitlines()[0])
    old = {name: new[name] for name in ("since", "revision", "etag", "gone")} | {"format": 2}
    old["videos"] = [store.library.videos[0].to_json()]
    library.write_text(json.dumps(old), encoding="utf-8")
    name = library.name.replace("library-", "change-").removesuffix(".json")
    common = {"videos": [saved.to_json()], "label": "", "fault": "", "reason": ["", ""]}
    removed = {"id": workout.id, "done_on": None}
    logged = {"id": workout.id + 1, "video_id": saved.id, "day": "2026-01-03", "minutes": 9}
    for number, (kind, body) in enumerate({"unlog": removed, "workout": logged}.items()):
        change = {"kind": kind, "body": body, "number": number + 1} | common
        file = library.with_name(f"{name}-{number + 1}.json")
        file.write_text(json.dumps(change), encoding="utf-8")
    again = restart(device)
    assert [one.name for one in again.library.videos] == [NAME]
    await again.load()
    assert done(again) == [("2026-01-03", 1)]
    assert [(one.day, one.minutes) for one in await stored_log(device)] == [("2026-01-03", 9)]
    assert again.refused == ()


async def tap_row(window: Window) -> None:
    await window.until("Edit")
    await window.tap(ft.Container, NAME)
    await window.until("Date")


async def test_after_a_restart_the_app_asks_about_the_played_video_once(
    device: Device, store: Store
):
    window = await open_window(store, "not done yet")
    await store.load()
    [saved] = store.library.videos
    await show_route(window, f"/videos/{saved.id}")
    await window.until("Play")
    await window.tap(ft.FilledButton, "Play")
    assert store.asked is None
    assert store.person
    away = device.storage.away(store.person.id)
    assert away
    assert away.video_id == saved.id
    device.storage.store_away(store.person.id, Away(saved.id, away.since - 20 * MINUTE_S))
    again = restart(device)
    other = await open_window(again, f"Did it? {NAME}")
    await again.load()
    await show_route(other, f"/videos/{saved.id}")
    await other.until("Play")
    assert other.texts().count(f"Did it? {NAME}") == 2  # also on the screen of the video
    await other.tap(ft.TextButton, "Done · 20 min")
    await other.until("Did it?", gone=True)
    assert [one.minutes for one in again.library.workouts] == [20]
    assert restart(device).asked is None


def restart(device: Device) -> Store:
    """Open the app again on the same device."""
    again = Store()
    again.open(device.auth, device.api, device.storage)
    return again


@pytest.mark.parametrize("away_s", [10, ASK_WITHIN_S + 1, -100])
async def test_the_app_does_not_ask_too_early_or_too_late(
    device: Device, store: Store, away_s: float
):
    assert store.person
    away = Away(store.library.videos[0].id, time.time() - away_s)
    device.storage.store_away(store.person.id, away)
    await store.show(visible=True)
    assert store.asked is None


async def test_signing_out_removes_the_played_video(device: Device, store: Store):
    [saved] = store.library.videos
    store.play(saved)
    assert [file.name[:5] for file in device.files if file.name.startswith("away")] == ["away-"]
    await store.sign_out()
    assert device.files == []


async def test_the_library_is_filtered_by_length_and_last_workout(store: Store):
    window = await open_window(store, "not done yet")
    await store.load()
    store.close()  # no read replaces these videos
    rows = [video(1, minutes=20, done_on=today(), done_count=1), video(2, minutes=50)]
    store.library = store.library.with_videos([*rows, video(3, minutes=15)])
    await window.until("3 videos")
    await window.tap(ft.PopupMenuItem, "≤ 20 min")
    assert [one.id for one in store.library.shown] == [3, 1]
    await window.tap(ft.PopupMenuItem, "Not for 7 days")
    assert [one.id for one in store.library.shown] == [3]
    await window.until("1 of 3")


async def test_the_library_is_filtered_by_kind_and_by_excluded_tag(store: Store):
    window = await open_window(store, "not done yet")
    await store.load()
    store.close()  # no read replaces these videos
    rows = [video(1, "legs"), video(2, "yoga", done_on=today()), video(3)]
    store.library = store.library.with_videos(rows)
    await window.until("3 videos")
    await window.tap(ft.TextButton, "Without…")
    await window.until("yoga")
    await window.tap(ft.Chip, "yoga")
    await window.until("not yoga")
    assert [one.id for one in store.library.shown] == [3, 1]
    await window.tap(ft.PopupMenuItem, "Untagged")
    assert [one.id for one in store.library.shown] == [3]
    store.show_all()
    store.toggle("legs")
    store.toggle("yoga")
    await window.until("Any of these tags")
    await window.tap(ft.Chip, "Any of these tags", "select")
    assert [one.id for one in store.library.shown] == [2, 1]
    store.show_all()
    store.filter_days(7)
    await window.until("legs · –")


async def test_any_of_many_tags_can_be_found_to_exclude_it(store: Store):
    window = await open_window(store, "not done yet")
    await store.load()
    store.close()  # no read replaces these videos
    store.library = store.library.with_videos(video(n, f"tag {n}") for n in range(1_000))
    await window.until("1,000 videos")
    await window.tap(ft.TextButton, "Without…")
    await window.write("Find a tag", "tag 50")
    await window.until("tag 500")
    await window.tap(ft.Chip, "tag 500")
    await window.until("not tag 500")
    assert len(store.library.shown) == 999


async def test_a_saved_search_is_a_chip(device: Device, store: Store):
    window = await open_window(store, "not done yet")
    body = {"name": "Short legs", "query": "tags=legs&max=20"}
    saved = await device.api._request("POST", "/searches", json=body)
    await store.load()
    await window.until("Short legs")
    assert [one.name for one in restart(device).library.searches] == ["Short legs"]
    await window.tap(ft.Chip, "Short legs", "select")
    assert (store.library.chosen, store.library.minutes_max) == (("legs",), 20)
    await window.until("No matches")
    assert window.find(ft.Chip, "Short legs").selected
    await window.tap(ft.Chip, "Short legs", "select")
    assert not store.library.filtered
    await device.api._request("DELETE", f"/searches/{saved.json()['id']}")
    await store.load()
    await window.until("Short legs", gone=True)


async def test_another_video_is_suggested_for_today(store: Store):
    window = await open_window(store, "not done yet")
    await store.load()
    store.close()  # no read replaces these videos
    rows = [video(1), video(2, done_on="2026-01-01", done_count=1), video(3, availability="gone")]
    store.library = store.library.with_videos(rows)
    await show_route(window, "/today")
    await window.until("Another")
    assert heading(window) == "Title 1"
    await window.tap(ft.OutlinedButton, "Another")
    assert heading(window) == "Title 2"
    await window.tap(ft.OutlinedButton, "Another")
    assert heading(window) == "Title 1"
    store.library = store.library.searching("nothing has this")
    await window.until("No video that can be played fits these filters.")


def heading(window: Window) -> str:
    return [text for text in window.texts() if text.startswith("Title ")][-1]


async def test_videos_play_one_after_the_other(store: Store):
    window = await open_window(store, "not done yet")
    await store.load()
    store.close()  # no read replaces these videos
    rows = [video(1), video(2), video(3, availability="gone"), video(4)]
    store.library = store.library.with_videos(rows)
    await show_route(window, "/play")
    await window.until("3 videos")
    await window.tap(ft.FilledButton, "Play in this order")
    assert store.playlist == (4, 2, 1)
    store.library = store.library.without(2)
    await show_route(window, "/play/4")
    await window.until("1 of 3")
    assert window.find(ft.IconButton, "Previous video").disabled
    await window.tap(ft.IconButton, "Next video")
    assert b"/play/1" in window.recorder.messages[-1]
    await show_route(window, "/play/1")
    await window.until("3 of 3")
    assert window.find(ft.IconButton, "Next video").disabled
    await show_route(window, "/play")
    await window.tap(ft.OutlinedButton, "Shuffle")
    assert sorted(store.playlist) == [1, 4]


async def test_selected_videos_play_in_the_order_of_the_library(store: Store):
    window = await open_window(store, "not done yet")
    await store.load()
    store.close()  # no read replaces these videos
    store.library = store.library.with_videos(map(video, range(1, 5)))
    store.select([1, 2, 4])
    await show_route(window, "/play")
    await window.until("3 videos")
    await window.tap(ft.FilledButton, "Play in this order")
    assert store.playlist == (4, 2, 1)
