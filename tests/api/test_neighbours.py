"""Long requests of one user don't block other users: turns, threads, timeouts, sizes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from random import Random
from typing import Any

import pytest
from sqlalchemy import text as sql

from core import text
from core.database import postgresql, sqlite
from core.database.session import Database, ask
from core.errors import Busy, LibraryFull, TooManyRequests, TooSlow
from core.queries import video_lists
from core.schemas.videos import VideoCreate
from core.services import exports, tags, videos
from core.services.library_size import LibrarySize
from core.turns import Turns
from tests.support.factories import Service, import_file, link, list_keys, run_service, save
from tests.support.tokens import SigningKey

pytestmark = pytest.mark.anyio

ENDLESS = sql(
    "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 1000000000000)"
    " SELECT count(*) AS x FROM n"
)
ONE = sql("SELECT 1 AS x")


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short timeouts, so that a test reaches them quickly."""
    for module in (sqlite, postgresql):
        monkeypatch.setattr(module, "SCAN_S", 0.3)


@asynccontextmanager
async def ticking() -> AsyncIterator[list[int]]:
    """Count the turns of the event loop."""
    ticks = [0]

    async def tick() -> None:
        while True:
            await asyncio.sleep(0.001)
            ticks[0] += 1

    task = asyncio.create_task(tick())
    yield ticks
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


# -------------------------------------------------------------------------- reading


@pytest.mark.usefixtures("short")
async def test_an_endless_read_runs_in_a_thread_and_times_out(database: Database):
    async with ticking() as ticks:
        with pytest.raises(TooSlow):
            await ask(database, 1, lambda session: session.fetch_one(ENDLESS, {}))
    assert ticks[0] > 10
    async with database.read(1) as session:
        assert (await session.fetch_all(ONE, {}))[0]["x"] == 1


async def test_a_long_read_ends_when_its_request_is_cancelled(database: Database):
    async def read() -> None:
        async with database.scan(1) as session:
            await session.fetch_one(ENDLESS, {})

    reading = asyncio.create_task(read())
    await asyncio.sleep(0.1)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(reading, 10)
    async with database.scan(1) as session:
        row = await session.fetch_one(ONE, {})
    assert row
    assert row["x"] == 1


async def test_a_read_in_a_thread_returns_the_same_rows(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    lily = service.person("lily")
    for number in range(60):
        await save(lily, f"video-no-{number:02}", "abs", f"tag{number}")
    paths = [
        "/videos",
        "/videos?q=video&sort=title&limit=7",
        "/videos?tags=abs,tag3",
        "/tags",
        "/me",
    ]
    before = [(await lily.get(path)).content for path in paths]
    monkeypatch.setattr(sqlite, "_BRIEF_S", -1)
    monkeypatch.setattr(sqlite, "_BRIEF_STEPS", 1)
    assert [(await lily.get(path)).content for path in paths] == before


@pytest.mark.usefixtures("short")
async def test_a_search_that_times_out_is_answered_with_a_problem(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    lily, lars = service.person("lily"), service.person("lars")
    monkeypatch.setattr(video_lists, "_page_statement", lambda _: ENDLESS)
    answer = await lily.get("/videos", params={"q": "abs", "limit": 50})
    assert answer.status_code == 503
    assert answer.json()["type"].endswith("#too-slow")
    assert answer.headers["Retry-After"] == "2"
    monkeypatch.undo()
    assert await list_keys(lily) == await list_keys(lars) == []


async def test_a_search_has_at_most_eight_words(service: Service):
    lily = service.person("lily")
    await save(lily, "video-no-01", title="a b c d e f g h i")
    assert await list_keys(lily, q="a b c d e f g h") == ["video-no-01"]
    assert await list_keys(lily, q="a b c d e f g h H a b") == ["video-no-01"]
    answer = await lily.get("/videos", params={"q": "a b c d e f g h i"})
    assert answer.status_code == 422
    assert answer.json()["detail"] == "?q: a search has at most 8 words"


# ---------------------------------------------------------------------------- turns


async def test_each_user_has_one_turn_at_a_time():
    turns = Turns(2, 0.05)
    async with turns.take(1):
        with pytest.raises(TooManyRequests):
            await turns.take(1).__aenter__()
        async with turns.take(2):
            with pytest.raises(Busy):
                await turns.take(3).__aenter__()
        async with turns.take(3):
            pass
    async with turns.take(1):
        pass


async def test_a_waiting_read_starts_when_the_running_one_ends():
    turns, order = Turns(1, 10), list[int]()

    async def work(owner_id: int) -> None:
        async with turns.take(owner_id):
            order.append(owner_id)
            await asyncio.sleep(0)

    await asyncio.gather(*map(work, [1, 1, 2, 1]))
    assert sorted(order) == [1, 1, 1, 2]


# -------------------------------------------------------------------------- changing


async def test_others_read_while_a_tag_of_many_videos_is_renamed(service: Service):
    lily, lars = service.person("lily"), service.person("lars")
    lines = [link(f"video-{number:05}") for number in range(1_500)]
    await import_file(lily, "\n".join(lines).encode())
    ids = [video["id"] for video in (await lily.get("/videos")).json()["videos"]]
    for part in (ids[:1000], ids[1000:]):
        body = {"ids": part, "action": "tag", "tags": ["abs"]}
        assert (await lily.post("/videos/batch", json=body)).status_code == 200
    await list_keys(lars)  # a first request inserts the user, which waits for other changes
    renaming = asyncio.create_task(lily.patch("/tags/abs", json={"name": "Core"}))
    lists = 0
    while not renaming.done():
        assert await list_keys(lars) == []
        lists += 1
        await asyncio.sleep(0)  # a list on SQLite never yields to the renaming
    assert (await renaming).json() == {"name": "Core", "videos": 1_500, "done_on": None}
    assert lists > 3
    assert len(await list_keys(lily, q="core")) == 1_500


async def test_a_change_of_too_many_videos_is_refused_and_rolled_back(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    lily = service.person("lily")
    for number in range(3):
        await save(lily, f"video-no-{number:02}", "abs")
    for name, most in (("MAX_VIDEOS", 2), ("MAX_CHARACTERS", 100)):
        monkeypatch.setattr(tags, name, most)
        for answer in (
            await lily.patch("/tags/abs", json={"name": "core"}),
            await lily.delete("/tags/abs"),
        ):
            assert answer.status_code == 422
            assert answer.json()["type"].endswith("#too-much-at-once")
        monkeypatch.undo()
    assert len(await list_keys(lily, tags="abs")) == 3
    assert (await lily.get("/tags")).json()["tags"] == [
        {"name": "abs", "videos": 3, "done_on": None}
    ]
    assert (await lily.patch("/tags/abs", json={"name": "core"})).status_code == 200


def test_folding_a_part_equals_folding_the_whole():
    """A rename replaces only the tags at the end of `search_text`."""
    random = Random(1)
    letters = "aZß\u0130\u03a3\u03c3\u0301\u0345\u3099\u30ab\u1100\u1161\ufe50\uff0c\u2028\u00c4"
    letters += "\u0338 \u05d1"
    for _ in range(5_000):
        parts = ["".join(random.choices(letters, k=random.randrange(5))) for _ in range(3)]
        for between in (",", "\n"):
            assert text.fold(between.join(parts)) == between.join(map(text.fold, parts))


# ------------------------------------------------------------------------ the library


@pytest.fixture
async def small(database_url: str, signing_key: SigningKey) -> AsyncIterator[Service]:
    async with run_service(database_url, signing_key, CORE_MAX_VIDEOS="3") as service:
        yield service


async def test_a_full_library_takes_no_new_video_and_still_merges(small: Service):
    lily, lars = small.person("lily"), small.person("lars")
    videos = [await save(lily, f"video-no-{number:02}") for number in range(3)]
    etag = (await lily.get("/videos")).headers["ETag"]
    answer = await lily.post("/videos", json={"url": link("video-no-04"), "tags": ["new"]})
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("#library-full")
    assert "has 3 videos" in answer.json()["detail"]
    assert (await lily.get("/videos")).headers["ETag"] == etag
    assert (await lily.get("/tags")).json()["count"] == 0
    merged = await lily.post("/videos", json={"url": link("video-no-01"), "tags": ["abs"]})
    assert merged.status_code == 200
    await lily.delete(f"/videos/{videos[0]['id']}")
    answer = await lily.post("/videos", json={"url": link("video-no-04")})
    assert answer.status_code == 409
    assert (await lily.post(f"/videos/{videos[0]['id']}/restore")).status_code == 200
    await save(lars, "video-no-04")


async def test_several_processes_together_never_exceed_the_library_limit(small: Service):
    lily = small.person("lily")
    await save(lily, "video-no-00")
    owner_id = (await lily.get("/me")).json()["id"]
    sizes = [LibrarySize(101) for _ in range(5)]
    saved = 1

    async def save_in(size: LibrarySize) -> None:
        nonlocal saved
        async with small.app.state.database.write(owner_id) as session:
            await videos_save(session, owner_id, saved, size)
        saved += 1

    for turn in range(100):
        await save_in(sizes[turn % 5])
    for size in sizes:
        with pytest.raises(LibraryFull):
            await save_in(size)
    assert (await lily.get("/me")).json()["videos"] == 101


async def videos_save(session: Any, owner_id: int, number: int, size: LibrarySize) -> None:

    new = VideoCreate(url=link(f"number-{number:04}"))
    await videos.save(session, owner_id, new, size=size)


# ------------------------------------------------------------------------------ exports


async def test_a_user_has_one_export_at_a_time(service: Service, monkeypatch: pytest.MonkeyPatch):
    lily, lars = service.person("lily"), service.person("lars")
    for person in (lily, lars):
        await save(person, "video-no-01")
    owner_id = (await lily.get("/me")).json()["id"]
    monkeypatch.setattr(service.app.state.exports._turns, "_patience_s", 0.05)
    unread = service.app.state.exports.write(owner_id, "json")
    await anext(unread)
    answer = await lily.get("/exports")
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "2"
    assert (await lars.get("/exports")).status_code == 200
    await unread.aclose()
    assert (await lily.get("/exports")).status_code == 200


async def test_an_export_ends_when_its_client_disconnects(service: Service):
    lily = service.person("lily")
    await save(lily, "video-no-01")
    owner_id = (await lily.get("/me")).json()["id"]

    turns, statuses, had_turn = service.app.state.exports._turns, list[int](), list[bool]()

    async def fail_to_send(message: Any) -> None:
        if message["type"] == "http.response.body":
            had_turn.append(owner_id in turns._owners)
            raise OSError
        statuses.append(message["status"])

    headers = [(name.lower().encode(), value.encode()) for name, value in lily.headers.items()]
    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1",
        "method": "GET", "path": "/exports", "raw_path": b"/exports", "query_string": b"",
        "headers": headers, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8000),
        "scheme": "http", "root_path": "",
    }  # fmt: skip

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    with suppress(Exception):
        await service.app(scope, receive, fail_to_send)
    assert (statuses, had_turn) == ([200], [True])
    assert owner_id not in turns._owners


async def test_an_export_with_empty_pages_is_a_whole_document(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(exports, "PAGE", 2)
    lily = service.person("lily")
    videos = [await save(lily, f"video-no-{number:02}") for number in range(9)]
    for number in (0, 1, 2, 4, 5, 7, 8):
        await lily.delete(f"/videos/{videos[number]['id']}")
    for kind, found in (("json", 9), ("csv", 9), ("html", 2 * 2)):
        answer = await lily.get("/exports", params={"format": kind})
        assert answer.text.count("watch?v=video-no-") == found
        if kind == "json":
            exported = [video["id"] for video in answer.json()["videos"]]
            assert exported == sorted(video["id"] for video in videos)
