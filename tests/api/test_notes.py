"""Notes: on a video, a moment of it or a segment."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from core.services import notes
from core.services.videos import purge_trash
from core.time_ids import utc_now
from tests.support.factories import VIDEO_KEYS, Service, import_file, link, save

pytestmark = pytest.mark.anyio


async def add(person: httpx.AsyncClient, video: Any, **note: Any) -> Any:
    answer = await person.post(f"/videos/{video['id']}/notes", json=note)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def texts_of(person: httpx.AsyncClient, **query: Any) -> list[str]:
    answer = await person.get("/notes", params=query)
    assert answer.status_code == 200, answer.text
    return [note["text"] for note in answer.json()["notes"]]


async def test_a_note_holds_what_was_sent(service: Service):
    lily = service.person("lily")
    video = await save(lily, VIDEO_KEYS[0])
    path = f"/videos/{video['id']}/notes"
    text = " Back straight\n</script> =1+1 \u05d0 🦵 "
    answer = await lily.post(path, json={"at_s": 7, "end_s": 9, "text": text})
    note = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"{path}/{note['id']}"
    assert note == {
        "id": note["id"],
        "video_id": video["id"],
        "at_s": 7,
        "end_s": 9,
        "text": text.strip(),
        "created_at": note["created_at"],
        "updated_at": note["created_at"],
    }
    mark = await add(lily, video, at_s=0)
    assert (mark["at_s"], mark["text"]) == (0, "")
    assert (await lily.get("/notes")).json() == {
        "notes": sorted([note, mark], key=lambda one: one["id"]),
        "count": 2,
        "next_cursor": None,
    }


async def test_adding_a_note_with_an_existing_id_returns_that_note(service: Service):
    lily, lars = service.person("lily"), service.person("lars")
    video = await save(lily, VIDEO_KEYS[0])
    first = await add(lily, video, id=77, text="first")
    path = f"/videos/{video['id']}/notes"
    again = await lily.post(path, json={"id": 77, "text": "again"})
    assert (again.status_code, again.json()) == (200, first)
    await add(lars, await save(lars, VIDEO_KEYS[0]), id=77, text="of lars")
    assert await texts_of(lily) == ["first"]


@pytest.mark.parametrize(
    ("note", "code"),
    [
        ({}, "note-is-empty"),
        ({"text": "  "}, "note-is-empty"),
        ({"text": "x", "end_s": 5}, "segment-without-length"),
        ({"at_s": 5, "end_s": 5}, "segment-without-length"),
        ({"at_s": 5, "end_s": 4}, "segment-without-length"),
        ({"at_s": -1}, "too-small"),
        ({"at_s": 1_000_001}, "too-large"),
        ({"at_s": 1.5}, "not-a-number"),
        ({"at_s": "7"}, "not-a-number"),
        ({"text": "x" * 1_001}, "too-long"),
        ({"text": "\0"}, "control-characters"),
        ({"text": None}, "not-text"),
        ({"id": 2**53, "text": "x"}, "too-large"),
        ({"unknown": 1}, "unknown-field"),
    ],
)
async def test_an_invalid_note_is_refused_and_not_stored(
    service: Service, note: dict[str, Any], code: str
):
    lily = service.person("lily")
    video = await save(lily, VIDEO_KEYS[0])
    answer = await lily.post(f"/videos/{video['id']}/notes", json=note)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == code
    assert await texts_of(lily) == []


async def test_a_patch_keeps_omitted_fields_and_refuses_an_empty_note(service: Service):
    lily = service.person("lily")
    video = await save(lily, VIDEO_KEYS[0])
    note = await add(lily, video, at_s=7, text="before")
    path = f"/videos/{video['id']}/notes/{note['id']}"
    changed = (await lily.patch(path, json={"text": "after", "end_s": 10})).json()
    assert (changed["at_s"], changed["end_s"], changed["text"]) == (7, 10, "after")
    refused = await lily.patch(path, json={"at_s": None})
    assert refused.json()["errors"][0]["code"] == "segment-without-length"
    refused = await lily.patch(path, json={"at_s": None, "end_s": None, "text": ""})
    assert refused.json()["errors"][0]["code"] == "note-is-empty"
    etag = (await lily.get("/notes")).headers["etag"]
    same = await lily.patch(path, json={"text": "after"})
    assert same.headers["etag"] == etag
    assert (await lily.delete(path, headers={"If-Match": '"other"'})).status_code == 412
    assert (await lily.delete(path)).status_code == 204
    assert (await lily.delete(path)).status_code == 404


async def test_a_note_over_the_limit_of_its_video_is_refused(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(notes, "MAX_NOTES", 2)
    lily = service.person("lily")
    video, other = await save(lily, VIDEO_KEYS[0]), await save(lily, VIDEO_KEYS[1])
    for number in range(2):
        await add(lily, video, id=number, text="note")
    path = f"/videos/{video['id']}/notes"
    refused = await lily.post(path, json={"text": "one more"})
    assert refused.json()["errors"][0]["code"] == "too-many-notes"
    assert (await lily.post(path, json={"id": 1, "text": "again"})).status_code == 200
    await add(lily, other, text="on another video")


async def test_a_note_is_found_only_under_its_own_video(service: Service):
    lily = service.person("lily")
    video, other = await save(lily, VIDEO_KEYS[0]), await save(lily, VIDEO_KEYS[1])
    note = await add(lily, video, text="note")
    path = f"/videos/{other['id']}/notes/{note['id']}"
    assert (await lily.patch(path, json={"text": "x"})).status_code == 404
    assert (await lily.delete(path)).status_code == 404


async def test_notes_are_trashed_and_restored_with_their_video(service: Service):
    lily = service.person("lily")
    video = await save(lily, VIDEO_KEYS[0])
    note = await add(lily, video, text="note")
    token = (await lily.get("/changes")).json()["revision"]
    path = f"/videos/{video['id']}"
    restores = (
        lambda: lily.post(f"{path}/restore"),
        lambda: lily.post("/videos", json={"url": link(VIDEO_KEYS[0])}),
        lambda: lily.post("/videos/batch", json={"ids": [video["id"]], "action": "restore"}),
        lambda: import_file(lily, link(VIDEO_KEYS[0]).encode()),
    )
    for restore in restores:
        await lily.delete(path)
        assert await texts_of(lily) == []
        assert (await lily.post(f"{path}/notes", json={"text": "x"})).status_code == 404
        assert (await lily.patch(f"{path}/notes/{note['id']}", json={})).status_code == 404
        trashed = (await lily.get("/changes", params={"since": token})).json()
        assert (trashed["gone"]["videos"], trashed["notes"]) == ([video["id"]], [])
        await restore()
        back = (await lily.get("/changes", params={"since": trashed["revision"]})).json()
        assert [one["id"] for one in back["notes"]] == [note["id"]]
        assert await texts_of(lily) == ["note"]
        token = back["revision"]


async def test_purging_a_video_deletes_its_notes(service: Service):
    lily = service.person("lily")
    video = await save(lily, VIDEO_KEYS[0])
    await add(lily, video, text="note")
    await lily.delete(f"/videos/{video['id']}")
    await purge_trash(service.app.state.database, utc_now() + timedelta(days=31))
    await save(lily, VIDEO_KEYS[0])
    assert await texts_of(lily) == []


async def test_notes_are_found_by_their_words_and_their_video(service: Service):
    lily = service.person("lily")
    video, other = await save(lily, VIDEO_KEYS[0]), await save(lily, VIDEO_KEYS[1])
    await add(lily, video, text="Rücken gerade")
    await add(lily, other, text="Knees and back")
    assert await texts_of(lily, q="RUCKEN") == ["Rücken gerade"]
    assert await texts_of(lily, q="back knees") == ["Knees and back"]
    assert await texts_of(lily, q="rucken knees") == []
    assert await texts_of(lily, video_id=other["id"]) == ["Knees and back"]
    assert await texts_of(lily, video_id=2**53 - 1) == []


async def test_notes_are_listed_in_pages(service: Service):
    lily = service.person("lily")
    video = await save(lily, VIDEO_KEYS[0])
    for number in range(5):
        await add(lily, video, id=number, text=str(number))
    paged: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = (await lily.get("/notes", params=query)).json()
        paged += [note["text"] for note in page["notes"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert paged == ["0", "1", "2", "3", "4"]
