"""A user's library on a device, with the real service: stored and updated."""

import asyncio
import gc
import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from app.device import DeviceStorage
from app.errors import Offline
from app.state import LibraryState
from app.sync import sync as sync_module
from app.sync.changes import Change
from app.sync.confirmed import FORMAT, Confirmed, Read
from app.sync.sync import Sync
from app.sync.video_changes import SAVE, batch, change_video, save_video
from app.sync.waits import MINUTE_S, TITLE_WAITS_S, Waits
from tests.support.app.devices import Device
from tests.support.app.libraries import KEYS, link, open_sync, reread, seen, send, videos
from tests.support.app.windows import video

pytestmark = pytest.mark.anyio


@pytest.fixture
async def astrid(device: Device) -> Device:
    """A device with a new user, who has an empty library."""
    await device.sign_in(f"Astrid {time.time_ns()}")
    return device


# ------------------------------------------------------------------------------------ reads


async def test_a_look_downloads_only_the_changes(astrid: Device):
    sync = open_sync(astrid)
    await send(sync, save_video(link(KEYS[0]), []), save_video(link(KEYS[1]), []))
    astrid.responses.clear()
    await astrid.api.save_video(link(KEYS[2]), ["new"])
    await sync.look()
    await sync.look()
    assert astrid.statuses("/changes") == [200, 304]
    assert [key for key, _ in seen(sync)] == [*reversed(KEYS)]
    looks = [one for one in astrid.responses if one.request.url.path == "/changes"]
    assert sum(one.num_bytes_downloaded for one in looks) < 1_000


async def test_another_device_s_deletion_is_applied(astrid: Device):
    sync = open_sync(astrid)
    await send(sync, save_video(link(KEYS[0]), []))
    [saved] = videos(sync)
    await astrid.api.change_videos("delete", [saved.id])
    await sync.look()
    assert videos(sync) == ()


async def test_the_library_opens_offline_as_it_was_last_read(astrid: Device):
    sync = open_sync(astrid)
    await send(sync, save_video(link(KEYS[0]), ["legs"]), save_video(link(KEYS[1]), []))
    await send(sync, batch("delete", videos(sync)[:1]))
    astrid.has_network = False
    astrid.open()
    await astrid.auth.restore()
    again = open_sync(astrid)
    assert seen(again) == [(KEYS[0], ("legs",))]
    with pytest.raises(Offline):
        await again.look()
    assert seen(again) == [(KEYS[0], ("legs",))]


async def test_an_expired_sync_token_rereads_all_and_keeps_unsent_changes(astrid: Device):
    sync = open_sync(astrid)
    await send(sync, save_video(link(KEYS[0]), ["legs"]))
    kept = videos(sync)
    # As after a restored backup: this device has a later revision, and a video that Core lost.
    ahead = replace(sync.confirmed, revision=10**6, etag="")
    sync.confirmed = ahead.with_read(Read(10**6, 10**6 + 1, "", (video(5),), ()))
    sync.add(change_video(kept[0], add_tags=["waits"]))
    await sync.look()
    assert astrid.statuses("/changes")[-2:] == [410, 200]
    assert seen(sync) == [(KEYS[0], ("legs", "waits"))]
    await sync.flush()
    assert seen(await reread(astrid)) == [(KEYS[0], ("legs", "waits"))]


async def test_a_library_of_an_older_format_is_shown_and_read_again(astrid: Device):
    sync = open_sync(astrid)
    await send(sync, save_video(link(KEYS[0]), ["legs"]))
    [file] = astrid.files
    kept = json.loads(file.read_text(encoding="utf-8"))
    old = {"etag": kept["etag"], "videos": kept["videos"]}  # as version 0.3 stored it
    file.write_text(json.dumps(old), encoding="utf-8")
    again = open_sync(astrid)
    assert seen(again) == [(KEYS[0], ("legs",))]
    assert again.confirmed.revision == 0
    await again.look()
    assert astrid.statuses("/changes")[-1] == 200
    assert json.loads(file.read_text(encoding="utf-8"))["format"] == FORMAT


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", '{"etag": "\\"x\\"", "videos": [{}]}', "\xff", "[" * 10_000]
)
async def test_a_corrupt_library_file_is_read_again(astrid: Device, content: str):
    await open_sync(astrid).look()
    [file] = astrid.files
    file.write_bytes(content.encode("latin-1"))
    sync = open_sync(astrid)
    assert not sync.draw(LibraryState()).loaded
    await sync.look()
    assert sync.draw(LibraryState()).loaded


async def test_a_truncated_library_file_resumes_from_its_last_complete_read(astrid: Device):
    sync = open_sync(astrid)
    await sync.look()
    await send(sync, save_video(link(KEYS[0]), []), save_video(link(KEYS[1]), []))
    [file] = astrid.files
    file.write_bytes(file.read_bytes()[:-40])
    again = open_sync(astrid)
    assert videos(again) == ()
    await again.look()
    assert videos(again) == videos(sync)


async def test_two_windows_of_one_user_share_one_library(astrid: Device):
    one, other = open_sync(astrid), open_sync(astrid)
    await send(one, save_video(link(KEYS[0]), []))
    await send(other, save_video(link(KEYS[1]), []))
    await send(one, save_video(link(KEYS[2]), []))
    await other.look()
    assert videos(open_sync(astrid)) == videos(one) == videos(other)
    assert len(videos(one)) == 3


async def test_many_reads_are_packed_into_one(astrid: Device, monkeypatch: pytest.MonkeyPatch):
    assert sync_module.MAX_READS == 100
    monkeypatch.setattr(sync_module, "MAX_READS", 2)
    sync = open_sync(astrid)
    await sync.look()
    for key in KEYS:
        await send(sync, save_video(link(key), []))
    [file] = astrid.files
    assert len(file.read_text(encoding="utf-8").splitlines()) < 3
    assert videos(open_sync(astrid)) == videos(sync)


async def test_a_device_that_can_t_store_files_still_works(astrid: Device):
    astrid.folder.write_text("this is no folder", encoding="utf-8")
    sync = open_sync(astrid)
    await send(sync, save_video(link(KEYS[0]), ["legs"]))
    assert seen(sync) == [(KEYS[0], ("legs",))]
    assert not open_sync(astrid).draw(LibraryState()).loaded
    await astrid.auth.sign_out()


async def test_files_are_readable_only_by_their_owner_and_named_by_a_digest(astrid: Device):
    sync = open_sync(astrid)
    await sync.look()
    sync.add(save_video(link(KEYS[0]), []))
    assert len(astrid.files) == 2
    assert astrid.auth.person
    for file in astrid.files:
        assert file.stat().st_mode & 0o777 == 0o600
        assert astrid.auth.person.id not in file.name


def test_a_failed_write_keeps_the_old_file_only(tmp_path: Path):
    storage = DeviceStorage(tmp_path, "http://127.0.0.1:8000")
    storage.put_change("user_1", save_video("a", []))
    with pytest.raises(TypeError):
        storage.put_change("user_1", Change(SAVE, {"url": object()}))
    assert [change.body["url"] for change in storage.changes("user_1")] == ["a"]
    assert len(list(tmp_path.iterdir())) == 1
    assert storage.changes("user_2") == []


def test_a_library_of_ten_thousand_videos_is_loaded(tmp_path: Path):
    storage = DeviceStorage(tmp_path, "http://127.0.0.1:8000")
    many = tuple(video(number, "a", "b") for number in range(10_000))
    storage.replace_reads("user_1", Read(0, 5, "", many, ()))
    assert Confirmed.from_reads(storage.reads("user_1")).packed().videos == many


async def test_the_garbage_collector_does_not_visit_the_library(device: Device):
    many = tuple(video(number, "a", "b") for number in range(100))
    device.storage.replace_reads("user_1", Read(0, 5, "", many, ()))
    sync = Sync(device.api, device.storage, "user_1")
    sync.open()
    shown = sync.draw(LibraryState()).searching("a").shown
    visited = {id(one) for one in gc.get_objects()}
    assert len(shown) == len(many)
    assert not visited & {id(kept) for one in shown for kept in (one, vars(one))}


# ------------------------------------------------------------------------------------ waits


def test_missing_titles_are_polled_with_backoff_then_each_minute():
    waits, seconds = Waits().noted(3), list[int]()
    for _ in range(len(TITLE_WAITS_S) + 1):
        seconds.append(waits.seconds)
        waits = waits.looked(3)
    assert seconds == [*TITLE_WAITS_S, MINUTE_S]
    assert waits.fetching == 0
    assert Waits().noted(3).looked(2).seconds == TITLE_WAITS_S[1]
    assert waits.looked(2).fetching == 2
    assert waits.looked(4).seconds == 1


async def test_the_timer_calls_on_due_for_the_next_look(
    astrid: Device, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("app.sync.waits.TITLE_WAITS_S", (0.01,))
    sync = open_sync(astrid)
    due = asyncio.Event()
    sync.on_due = due.set
    await send(sync, save_video(link(KEYS[0]), []))
    async with asyncio.timeout(5):
        await due.wait()
    sync.close()
