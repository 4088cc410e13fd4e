"""A user's changes on a device, with the real service: shown, sent once, and removed."""

import asyncio
import time
from typing import Any

import pytest

from app.device import MemoryTokenStore
from app.errors import Offline, ServerError, SignedOut
from app.state import LibraryState
from app.sync.video_changes import batch, change_video, save_video
from tests.support.app.devices import Device, StandIn, reply
from tests.support.app.libraries import KEYS, link, open_sync, reread, seen, send, videos

pytestmark = pytest.mark.anyio


@pytest.fixture
async def astrid(device: Device) -> Device:
    """A device with a new user, who has an empty library."""
    await device.sign_in(f"Astrid {time.time_ns()}")
    return device


# ---------------------------------------------------------------------------------- changes


async def test_offline_changes_are_shown_and_sent_once_in_order(astrid: Device):
    sync = open_sync(astrid)
    await send(sync, save_video(link(KEYS[0]), ["legs", "old"]), save_video(link(KEYS[1]), []))
    second, first = videos(sync)
    astrid.has_network = False
    sync.add(change_video(first, title="Mine", start_s=90, add_tags=["LEGS", "new"]))
    sync.add(batch("untag", [first], ["old"]))
    sync.add(batch("delete", [second]))
    sync.add(batch("restore", [second]))
    sync.add(batch("delete", [second]))
    sync.add(save_video(link(KEYS[2]), ["offline"]))
    drawn = videos(sync)
    assert [(one.title, one.start_s, one.tags) for one in drawn] == [("Mine", 90, ("legs", "new"))]
    with pytest.raises(Offline):
        await sync.flush()
    assert videos(sync) == drawn
    again = open_sync(astrid)  # the app restarted
    assert videos(again) == drawn
    astrid.has_network = True
    astrid.responses.clear()
    await again.flush()
    await again.flush()
    await again.look()
    methods = [one.request.method for one in astrid.responses if one.request.url.path != "/changes"]
    assert methods == ["PATCH", "POST", "POST", "POST", "POST", "POST"]
    assert [one.tags for one in videos(again)] == [("offline",), ("legs", "new")]
    assert videos(again) == videos(await reread(astrid))
    assert open_sync(astrid).unsent == []


async def test_a_retry_after_a_lost_response_changes_nothing(astrid: Device):
    sync = open_sync(astrid)
    sync.add(save_video(link(KEYS[0]), ["a"]))
    await astrid.api.save_video(link(KEYS[0]), ["a"])  # sent, but the response was lost
    await sync.flush()
    await sync.look()
    assert seen(sync) == [(KEYS[0], ("a",))]


async def test_a_window_does_not_resend_what_another_one_sent_or_dismissed(astrid: Device):
    first = open_sync(astrid)
    await send(first, save_video(link(KEYS[0]), []))
    [saved] = videos(first)
    astrid.has_network = False
    first.add(change_video(saved, title="Old"))
    dropped = first.add(change_video(saved, add_tags=["dropped"]))
    other = open_sync(astrid)  # it finds both changes
    assert len(other.unsent) == 2
    first.dismiss(dropped)
    astrid.has_network = True
    await send(first, change_video(saved, title="New"))
    await send(other, change_video(saved, add_tags=["kept"]))
    assert [(one.title, one.tags) for one in videos(other)] == [("New", ("kept",))]
    assert videos(other) == videos(await reread(astrid))


async def test_a_window_does_not_resend_its_change_that_another_one_sent(astrid: Device):
    first = open_sync(astrid)
    await send(first, save_video(link(KEYS[0]), []))
    [saved] = videos(first)
    first.add(change_video(saved, title="Old"))
    other = open_sync(astrid)
    await send(other, change_video(saved, title="New"))
    await send(first, change_video(saved, add_tags=["kept"]))
    assert [(one.title, one.tags) for one in videos(first)] == [("New", ("kept",))]
    assert videos(first) == videos(await reread(astrid))


async def test_a_stale_read_does_not_undo_a_sent_change(astrid: Device):
    sync = open_sync(astrid)
    await send(sync, save_video(link(KEYS[0]), []), save_video(link(KEYS[1]), []))
    second, first = videos(sync)
    arrived, may_answer = asyncio.Event(), asyncio.Event()

    async def hold(response: Any) -> None:
        if response.request.url.path == "/changes" and not may_answer.is_set():
            arrived.set()
            await may_answer.wait()

    astrid.client.event_hooks["response"].append(hold)
    looking = asyncio.create_task(sync.look())
    await arrived.wait()
    sync.add(batch("delete", [first]))
    sync.add(change_video(second, title="Mine"))
    await sync.flush()
    may_answer.set()
    await looking
    assert [one.title for one in videos(sync)] == ["Mine"]
    await sync.look()
    assert [one.title for one in videos(sync)] == ["Mine"]


async def test_a_refused_change_is_kept_with_its_reason_until_it_is_dismissed(astrid: Device):
    sync = open_sync(astrid)
    await send(sync, save_video(link(KEYS[0]), ["legs"]))
    [saved] = videos(sync)
    sync.add(save_video("https://example.com/", ["x"]))
    sync.add(change_video(saved, title="x" * 301))
    sync.add(change_video(saved, add_tags=["kept"]))
    await sync.flush()
    again = open_sync(astrid)
    assert [change.reason for change in again.refused] == [
        ("invalid-input", "not-a-youtube-link"),
        ("invalid-input", "too-long"),
    ]
    assert seen(again) == [(KEYS[0], ("legs",))]
    await again.look()
    assert seen(again) == [(KEYS[0], ("legs", "kept"))]
    for change in again.refused:
        again.dismiss(change)
    assert open_sync(astrid).refused == []


async def test_a_change_to_a_deleted_video_is_refused(astrid: Device):
    sync = open_sync(astrid)
    await send(sync, save_video(link(KEYS[0]), []))
    [saved] = videos(sync)
    await astrid.api.change_videos("delete", [saved.id])
    sync.add(change_video(saved, title="Mine"))
    sync.add(batch("tag", [saved], ["a"]))
    sync.add(batch("delete", [saved]))
    await sync.flush()
    assert [change.reason[0] for change in sync.refused] == ["not-found"]
    await sync.look()
    assert videos(sync) == ()


async def test_a_server_error_keeps_the_change(astrid: Device, stand_in: StandIn):
    astrid.open(api_url=stand_in.url)
    await astrid.auth.restore()
    sync = open_sync(astrid)
    sync.add(save_video(link(KEYS[0]), []))
    for answer in (reply("", 429, Retry_After="7"), reply("boom", 500), reply("<html>", 200)):
        stand_in.replies["/videos"] = answer
        with pytest.raises(Exception, match=r"."):
            await sync.flush()
        assert len(open_sync(astrid).unsent) == 1
    assert sync.refused == []


async def test_a_change_that_fails_with_a_server_error_does_not_delay_other_videos(
    astrid: Device, stand_in: StandIn
):
    sync = open_sync(astrid)
    await send(sync, save_video(link(KEYS[0]), []), save_video(link(KEYS[1]), []))
    good, bad = videos(sync)
    sync.add(change_video(bad, title="Fails"))
    sync.add(change_video(good, title="Sent"))
    sync.add(change_video(bad, add_tags=["later"]))
    with astrid.failing(f"/videos/{bad.id}", stand_in), pytest.raises(ServerError):
        await sync.flush()
    assert sync.is_stuck
    assert [change.body for change in sync.unsent] == [{"title": "Fails"}, {"add_tags": ["later"]}]
    assert [one.title for one in videos(await reread(astrid)) if one.id == good.id] == ["Sent"]
    sync.dismiss(sync.unsent[0])
    await sync.flush()
    assert (sync.unsent, sync.is_stuck) == ([], False)
    assert {(one.title, one.tags) for one in videos(await reread(astrid))} == {
        ("Sent", ()),
        (None, ("later",)),
    }


@pytest.mark.parametrize("content", ["", "{", "[]", '{"kind": "x", "body": {}}', "\xff"])
async def test_a_corrupt_change_file_is_ignored(astrid: Device, content: str):
    sync = open_sync(astrid)
    sync.add(save_video(link(KEYS[0]), []))
    [file] = astrid.files
    file.write_bytes(content.encode("latin-1"))
    assert open_sync(astrid).unsent == []


# ------------------------------------------------------------------------------- two users


async def test_signing_out_removes_the_library_and_the_changes(astrid: Device):
    sync = open_sync(astrid)
    await sync.look()
    astrid.has_network = False
    sync.add(save_video(link(KEYS[0]), []))
    assert len(astrid.files) == 2
    sync.close()
    await astrid.auth.sign_out()
    assert astrid.files == []


async def test_an_ended_session_keeps_changes_for_the_same_user_only(astrid: Device):
    name = f"Astrid again {time.time_ns()}"
    await astrid.sign_in(name)
    sync = open_sync(astrid)
    await sync.look()
    sync.add(save_video(link(KEYS[0]), ["waits"]))
    astrid.store = MemoryTokenStore()  # the keychain lost the session without a sign-out
    astrid.open()
    assert not await astrid.auth.restore()
    assert [file.name[:7] for file in astrid.files] == ["change-"]
    await astrid.sign_in(name)
    again = open_sync(astrid)
    await again.flush()
    await again.look()
    assert seen(again) == [(KEYS[0], ("waits",))]
    again.add(save_video(link(KEYS[1]), []))
    await astrid.auth.forget()
    await astrid.sign_in(f"Another {time.time_ns()}")
    assert astrid.files == []


async def test_temporary_files_of_a_killed_process_are_removed(astrid: Device):
    await open_sync(astrid).look()
    (astrid.folder / "library-half-written").touch()
    (astrid.folder / "of-the-platform").touch()
    astrid.store = MemoryTokenStore()
    astrid.open()
    assert not await astrid.auth.restore()
    assert [file.name for file in astrid.files] == ["of-the-platform"]


async def test_each_server_has_its_own_library(astrid: Device):
    sync = open_sync(astrid)
    await send(sync, save_video(link(KEYS[0]), []))
    astrid.open(api_url="http://127.0.0.1:1")
    await astrid.auth.restore()
    assert not open_sync(astrid).draw(LibraryState()).loaded


async def test_a_closed_sync_stores_and_sends_nothing(astrid: Device):
    sync = open_sync(astrid)
    sync.add(save_video(link(KEYS[0]), []))
    sync.close()
    await astrid.auth.sign_out()
    with pytest.raises(SignedOut):
        await sync.look()
    await sync.flush()
    assert astrid.files == []
    assert astrid.statuses("/videos") == []
