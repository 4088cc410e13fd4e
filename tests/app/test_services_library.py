"""ApiService with the real service: requests, responses and tokens."""

import asyncio
from dataclasses import replace
from itertools import count
from typing import Any

import httpx
import pytest

from app.errors import Refused, SignedOut
from app.sync.confirmed import Confirmed
from app.video import Video
from tests.support.app.devices import Device, StandIn, reply

pytestmark = pytest.mark.anyio

KEYS = ("dQw4w9WgXcQ", "9bZkp7q19f0", "kJQP7kiw5Fk")
NUMBERS = count()
ROW: dict[str, Any] = {
    "id": 1,
    "video_key": KEYS[0],
    "url": f"https://youtu.be/{KEYS[0]}",
    "title": None,
    "channel": None,
    "start_s": None,
    "availability": "unknown",
    "thumbnail_url": "https://i.ytimg.com/vi/x/mqdefault.jpg",
    "created_at": "2026-01-03T10:00:00.000Z",
    "tags": "",
}


def link(key: str) -> str:
    return f"https://youtu.be/{key}"


@pytest.fixture
async def tove(device: Device) -> Device:
    """A device with a new user, who has an empty library."""
    await device.sign_in(f"Tove {next(NUMBERS)}")
    return device


async def read(device: Device) -> list[Video]:
    """Return the whole library as Core has it."""
    found = await device.api.read_changes()
    assert found
    return [*found.videos]


async def test_a_video_is_saved_changed_deleted_and_restored(tove: Device):
    text = f"look: {link(KEYS[0])}?t=42"
    saved, is_new = await tove.api.save_video(text, ["legs, stretching", "abs"])
    assert (saved.video_key, saved.start_s, is_new) == (KEYS[0], 42, True)
    assert saved.tags == ("legs", "stretching", "abs")
    assert await read(tove) == [saved]
    named = await tove.api.update_video(
        saved.id, title="Leg day", add_tags=["new"], remove_tags=["abs"], start_s=None
    )
    assert (named.title, named.start_s) == ("Leg day", None)
    assert named.tags == ("legs", "stretching", "new")
    assert (await tove.api.update_video(saved.id, add_tags=["a"])).title == "Leg day"
    assert await tove.api.change_videos("delete", [saved.id, 5]) == (5,)
    assert await read(tove) == []
    [trashed] = await tove.api.list_trash()
    assert trashed.video.id == saved.id
    assert await tove.api.change_videos("restore", [saved.id]) == ()
    assert [one.id for one in await read(tove)] == [saved.id]


async def test_saving_again_returns_the_same_video(tove: Device):
    first, _ = await tove.api.save_video(link(KEYS[0]), ["a"])
    again, is_new = await tove.api.save_video(link(KEYS[0]), ["b"])
    assert (again.id, again.tags, is_new) == (first.id, ("a", "b"), False)


async def test_a_refusal_has_core_s_own_sentence_and_its_code(tove: Device):
    with pytest.raises(Refused, match="link") as refused:
        await tove.api.save_video("https://example.com")
    assert (refused.value.status, refused.value.code) == (422, "not-a-youtube-link")
    assert refused.value.sentence("de") == "Der Link führt nicht zu YouTube."
    with pytest.raises(Refused) as refused:
        await tove.api.update_video(5, title="x")
    assert (refused.value.status, refused.value.kind) == (404, "not-found")
    assert refused.value.sentence("de").startswith("Das gibt es nicht mehr.")
    assert tove.auth.person


async def test_tags_are_renamed_merged_and_removed(tove: Device):
    await tove.api.save_video(link(KEYS[0]), ["legs", "a/b"])
    assert await tove.api.rename_tag("a/b", "..") == ".."
    assert await tove.api.rename_tag("..", "LEGS") == "legs"
    assert [one.tags for one in await read(tove)] == [("legs",)]
    await tove.api.remove_tag("legs")
    assert [one.tags for one in await read(tove)] == [()]


async def test_an_export_can_be_imported(tove: Device):
    saved, _ = await tove.api.save_video(link(KEYS[0]), ["legs"])
    content = await tove.api.export()
    await tove.api.change_videos("delete", [saved.id])
    found = await tove.api.start_import("core.json", content)
    while found.is_running:
        await asyncio.sleep(0.05)
        found = await tove.api.find_import(found.id)
    assert (found.state, found.imported + found.merged, found.error) == ("done", 1, "")


async def test_an_import_reports_each_row_without_a_video(tove: Device):
    found = await tove.api.start_import("links.txt", b"hello\nhttps://example.com/\n")
    while found.is_running:
        await asyncio.sleep(0.05)
        found = await tove.api.find_import(found.id)
    assert (found.imported, found.failed_count) == (0, 2)
    assert [row.line for row in found.failed] == [1, 2]
    assert found.failed[1].code == "not-a-youtube-link"


async def test_a_read_with_a_sync_token_returns_only_changes(tove: Device):
    first, _ = await tove.api.save_video(link(KEYS[0]))
    before = await tove.api.read_changes()
    assert before
    assert await tove.api.read_changes(before.revision, before.etag) is None
    second, _ = await tove.api.save_video(link(KEYS[1]))
    await tove.api.change_videos("delete", [first.id])
    after = await tove.api.read_changes(before.revision, before.etag)
    assert after
    assert (after.videos, after.gone) == ((second,), (first.id,))
    assert tove.statuses("/changes") == [200, 304, 200]
    library = Confirmed().with_read(before).with_read(after)
    assert [*library.videos.values()] == await read(tove)


async def test_a_future_sync_token_is_refused_with_410(tove: Device):
    with pytest.raises(Refused) as refused:
        await tove.api.read_changes(10**6)
    assert refused.value.status == 410


def break_token(device: Device) -> None:
    session = device.auth._session
    assert session
    device.auth._session = replace(session, access_token="broken")


async def test_a_token_that_core_refuses_is_renewed_once(tove: Device):
    saved, _ = await tove.api.save_video(link(KEYS[0]))
    break_token(tove)
    tove.responses.clear()
    assert await read(tove) == [saved]
    assert tove.statuses("/changes") == [401, 200]
    assert tove.statuses("/oauth/token") == [200]


async def test_ten_requests_with_a_bad_token_renew_it_once(tove: Device):
    break_token(tove)
    await asyncio.gather(*(tove.api.read_changes() for _ in range(10)))
    assert tove.statuses("/oauth/token")[1:] == [200]
    assert sorted(tove.statuses("/changes"))[:10] == [200] * 10


async def test_a_second_401_signs_out_on_this_device(tove: Device, stand_in: StandIn):
    stand_in.replies["/videos"] = reply({}, 401, WWW_Authenticate="Bearer")
    await on_stand_in(tove, stand_in)
    tove.responses.clear()
    with pytest.raises(SignedOut):
        await tove.api.save_video(link(KEYS[0]))
    assert len(stand_in.requests) == 2
    assert tove.statuses("/oauth/token") == [200]
    assert tove.auth.person is None
    assert await tove.store.load() is None


async def test_a_response_for_the_previous_user_is_dropped(tove: Device):
    arrived, may_answer = asyncio.Event(), asyncio.Event()

    async def hold(response: httpx.Response) -> None:
        if response.request.url.path == "/changes":
            arrived.set()
            await may_answer.wait()

    tove.client.event_hooks["response"].append(hold)
    reading = asyncio.create_task(tove.api.read_changes())
    await arrived.wait()
    await tove.auth.sign_out()
    await tove.sign_in("Chris")
    may_answer.set()
    with pytest.raises(SignedOut):
        await reading
    assert tove.auth.person
    assert tove.files == []


async def on_stand_in(device: Device, stand_in: StandIn) -> None:
    device.open(api_url=stand_in.url)
    await device.auth.restore()


def pages(stand_in: StandIn, *cursors: str | None) -> None:
    """Serve a page for each cursor of the next page."""
    numbered = {cursor: place + 1 for place, cursor in enumerate(cursors)}

    def answer(request: bytes) -> bytes:
        _, _, asked = request.split(b" ")[1].decode().partition("cursor=")
        place = numbered[asked] if asked else 0
        rows = [ROW | {"id": len(cursors) - place}]
        more = {"gone": {"videos": []}, "revision": 7, "next_cursor": cursors[place]}
        return reply({"videos": rows} | more, ETag=f'"{place}"')

    stand_in.replies["/changes"] = answer


async def test_a_read_of_several_pages_is_complete(tove: Device, stand_in: StandIn):
    await on_stand_in(tove, stand_in)
    pages(stand_in, "b", "c", None)
    found = await tove.api.read_changes()
    assert found
    assert [video.id for video in found.videos] == [3, 2, 1]
    assert (found.etag, found.revision) == ('"0"', 7)
    stand_in.replies["/changes"] = reply("", 304)
    assert await tove.api.read_changes(7, found.etag) is None
    assert b'if-none-match: "0"' in stand_in.requests[-1].lower()


async def test_the_token_is_sent_only_to_core(tove: Device):
    await tove.api.read_changes()
    carried = {
        f"{one.request.url.scheme}://{one.request.url.netloc.decode()}"
        for one in tove.responses
        if "Authorization" in one.request.headers
    }
    assert carried == {tove.settings.api_url}


async def test_requests_without_a_session_raise_signed_out(device: Device):
    with pytest.raises(SignedOut):
        await device.api.read_changes()
    with pytest.raises(SignedOut):
        await device.api.save_video(link(KEYS[0]))
    assert device.responses == []
