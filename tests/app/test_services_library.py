"""A person's library over the real service: listed once, kept for later, and nobody else's."""

import asyncio
import json
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.device import LibraryCache, MemoryTokenStore
from app.errors import Offline, Refused, SignedOut
from tests.app.devices import Device, Servers, StandIn, reply

pytestmark = pytest.mark.anyio

KEYS = ("dQw4w9WgXcQ", "9bZkp7q19f0", "kJQP7kiw5Fk")
NUMBERS = count()
ROW: dict[str, Any] = {
    "id": 1,
    "video_key": KEYS[0],
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
    """A device of a person of this test alone, who has an empty library."""
    await device.sign_in(f"Tove {next(NUMBERS)}")
    return device


async def test_a_video_is_saved_changed_deleted_and_brought_back(tove: Device):
    saved = await tove.api.save_video(f"look: {link(KEYS[0])}?t=42", ["legs, stretching", "abs"])
    assert (saved.video_key, saved.start_s) == (KEYS[0], 42)
    assert saved.tags == ("legs", "stretching", "abs")
    assert await tove.api.list_videos() == (saved,)
    named = await tove.api.update_video(
        saved.id, title="Leg day", add_tags=["new"], remove_tags=["abs"]
    )
    assert (named.title, named.tags) == ("Leg day", ("legs", "stretching", "new"))
    assert (await tove.api.update_video(saved.id, add_tags=["a"])).title == "Leg day"
    await tove.api.delete_video(saved.id)
    assert await tove.api.list_videos() == ()
    restored = await tove.api.restore_video(saved.id)
    assert await tove.api.list_videos() == (restored,)


async def test_saving_again_is_the_same_video(tove: Device):
    first = await tove.api.save_video(link(KEYS[0]), ["a"])
    again = await tove.api.save_video(link(KEYS[0]), ["b"])
    assert (again.id, again.tags) == (first.id, ("a", "b"))


async def test_core_s_own_sentence_is_told(tove: Device):
    with pytest.raises(Refused, match="link") as refused:
        await tove.api.save_video("https://example.com")
    assert refused.value.status == 422
    for action in (tove.api.delete_video, tove.api.update_video, tove.api.restore_video):
        with pytest.raises(Refused) as refused:
            await action(5)
        assert refused.value.status == 404
    assert tove.auth.person


async def test_a_library_that_has_not_changed_costs_one_answer_without_a_body(tove: Device):
    saved = await tove.api.save_video(link(KEYS[0]))
    await tove.api.list_videos()
    tove.open()
    await tove.auth.restore()
    tove.answers.clear()
    assert await tove.api.list_videos() == (saved,)
    [answer] = tove.answers
    assert (answer.status_code, answer.num_bytes_downloaded) == (304, 0)


async def test_a_library_that_has_changed_is_sent_anew(tove: Device):
    await tove.api.list_videos()
    saved = await tove.api.save_video(link(KEYS[0]))
    assert await tove.api.list_videos() == (saved,)
    assert await tove.api.list_videos() == (saved,)
    assert tove.asked("/videos") == [200, 201, 200, 304]


async def test_without_a_network_the_library_seen_last_is_there(tove: Device):
    assert tove.api.cached_videos() is None
    saved = await tove.api.save_video(link(KEYS[0]))
    await tove.api.list_videos()
    tove.has_network = False
    tove.open()
    await tove.auth.restore()
    with pytest.raises(Offline):
        await tove.api.list_videos()
    assert tove.api.cached_videos() == (saved,)


async def test_another_person_on_the_device_sees_nothing_of_the_first(tove: Device):
    await tove.api.save_video(link(KEYS[0]))
    await tove.api.list_videos()
    store = tove.store
    tove.store = MemoryTokenStore()
    tove.open()
    await tove.sign_in(f"Tove {next(NUMBERS)}")
    assert tove.api.cached_videos() is None
    assert await tove.api.list_videos() == ()
    tove.store = store
    tove.open()
    await tove.auth.restore()
    assert len(tove.api.cached_videos() or ()) == 1


async def test_signing_out_leaves_nothing_on_the_device(tove: Device):
    await tove.api.save_video(link(KEYS[0]))
    await tove.api.list_videos()
    assert len(tove.files) == 1
    await tove.auth.sign_out()
    assert tove.files == []
    assert tove.api.cached_videos() is None
    with pytest.raises(SignedOut):
        await tove.api.list_videos()


async def test_another_server_has_another_library(tove: Device):
    await tove.api.list_videos()
    tove.open(api_url="http://127.0.0.1:1")
    await tove.auth.restore()
    assert tove.api.cached_videos() is None


async def test_the_file_is_its_owner_s_alone_and_tells_no_names(tove: Device):
    await tove.api.list_videos()
    [file] = tove.files
    assert file.stat().st_mode & 0o777 == 0o600
    assert tove.auth.person
    assert tove.auth.person.id not in file.name
    assert "etag" in json.loads(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", '{"etag": "\\"x\\"", "videos": [{}]}', "\xff", "[" * 10_000]
)
async def test_a_broken_file_is_none(tove: Device, content: str):
    await tove.api.list_videos()
    [file] = tove.files
    file.write_bytes(content.encode("latin-1"))
    assert tove.api.cached_videos() is None
    assert await tove.api.list_videos() == ()
    assert tove.api.cached_videos() == ()


async def test_a_device_without_room_works_all_the_same(tove: Device):
    tove.folder.parent.mkdir(exist_ok=True)
    tove.folder.write_text("this is no folder", encoding="utf-8")
    assert await tove.api.list_videos() == ()
    assert tove.api.cached_videos() is None
    await tove.auth.sign_out()


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path):
    cache = LibraryCache(tmp_path, "http://127.0.0.1:8000")
    cache.save("user_1", '"1"', [ROW])
    with pytest.raises(TypeError):
        cache.save("user_1", '"2"', [{"id": object()}])
    assert len(list(tmp_path.iterdir())) == 1
    kept = cache.load("user_1")
    assert kept
    assert kept.etag == '"1"'
    assert cache.load("user_2") is None


def break_token(device: Device) -> None:
    session = device.auth._session
    assert session
    device.auth._session = replace(session, access_token="broken")


async def test_a_token_that_core_does_not_take_is_renewed_once(tove: Device):
    saved = await tove.api.save_video(link(KEYS[0]))
    break_token(tove)
    tove.answers.clear()
    assert await tove.api.list_videos() == (saved,)
    assert tove.asked("/videos") == [401, 200]
    assert tove.asked("/oauth/token") == [200]


async def test_ten_requests_with_a_bad_token_renew_it_once(tove: Device):
    await tove.api.list_videos()
    break_token(tove)
    tove.answers.clear()
    await asyncio.gather(*(tove.api.list_videos() for _ in range(10)))
    assert tove.asked("/oauth/token") == [200]
    assert sorted(tove.asked("/videos"))[:10] == [304] * 10


async def test_a_second_refusal_signs_out_on_this_device(tove: Device, stand_in: StandIn):
    await tove.api.list_videos()
    stand_in.replies["/videos"] = reply({}, 401, WWW_Authenticate="Bearer")
    tove.open(api_url=stand_in.url)
    await tove.auth.restore()
    tove.answers.clear()
    with pytest.raises(SignedOut):
        await tove.api.save_video(link(KEYS[0]))
    assert len(stand_in.requests) == 2
    assert tove.asked("/oauth/token") == [200]
    assert tove.auth.person is None
    assert await tove.store.load() is None


async def test_an_answer_for_the_person_before_reaches_nobody(tove: Device):
    arrived, may_answer = asyncio.Event(), asyncio.Event()

    async def hold(response: httpx.Response) -> None:
        if response.request.url.path == "/videos":
            arrived.set()
            await may_answer.wait()

    tove.client.event_hooks["response"].append(hold)
    listing = asyncio.create_task(tove.api.list_videos())
    await arrived.wait()
    await tove.auth.sign_out()
    await tove.sign_in("Chris")
    may_answer.set()
    with pytest.raises(SignedOut):
        await listing
    assert tove.auth.person
    assert tove.files == []


def pages(stand_in: StandIn, *given: tuple[str, str | None]) -> None:
    """Answer with a page for each ETag and cursor to the next one."""
    numbered = {cursor: place + 1 for place, (_, cursor) in enumerate(given)}

    def answer(request: bytes) -> bytes:
        _, _, asked = request.split(b" ")[1].decode().partition("cursor=")
        place = numbered[asked] if asked else 0
        etag, cursor = given[place]
        rows = [ROW | {"id": len(given) - place}]
        return reply({"videos": rows, "count": 1, "next_cursor": cursor}, ETag=etag)

    stand_in.replies["/videos"] = answer


async def on_stand_in(device: Device, stand_in: StandIn) -> None:
    device.open(api_url=stand_in.url)
    await device.auth.restore()


async def test_a_library_of_several_pages_is_whole(tove: Device, stand_in: StandIn):
    await on_stand_in(tove, stand_in)
    pages(stand_in, ('"1"', "b"), ('"1"', "c"), ('"1"', None))
    assert [video.id for video in await tove.api.list_videos()] == [3, 2, 1]
    stand_in.replies["/videos"] = reply("", 304)
    assert [video.id for video in await tove.api.list_videos()] == [3, 2, 1]
    assert b'if-none-match: "1"' in stand_in.requests[-1].lower()


async def test_pages_of_two_states_are_asked_for_again(tove: Device, stand_in: StandIn):
    await on_stand_in(tove, stand_in)
    pages(stand_in, ('"1"', "b"), ('"2"', None))
    assert len(await tove.api.list_videos()) == 2
    assert len(tove.api.cached_videos() or ()) == 2
    await tove.api.list_videos()
    assert not any(b"if-none-match" in request.lower() for request in stand_in.requests)


async def test_the_token_goes_to_core_alone(tove: Device):
    await tove.api.list_videos()
    carried = {
        f"{one.request.url.scheme}://{one.request.url.netloc.decode()}"
        for one in tove.answers
        if "Authorization" in one.request.headers
    }
    assert carried == {tove.settings.api_url}


async def test_a_library_survives_ten_thousand_videos(servers: Servers, tmp_path: Path):
    """So many are one answer; the file is read as a whole each time."""
    device = Device(servers, tmp_path)
    rows = [ROW | {"id": number, "tags": "a,b"} for number in range(10_000)]
    device.cache.save("user_1", '"1"', rows)
    kept = device.cache.load("user_1")
    assert kept
    assert len(kept.videos) == 10_000
    await device.client.aclose()


async def test_nobody_has_no_library(device: Device):
    with pytest.raises(SignedOut):
        await device.api.list_videos()
    with pytest.raises(SignedOut):
        await device.api.save_video(link(KEYS[0]))
    assert device.api.cached_videos() is None
    assert device.answers == []
