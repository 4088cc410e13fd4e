"""How the checks of routes and isolation use notes."""

from typing import TYPE_CHECKING, Any

import httpx

from core.services import notes
from core.text import fold
from tests.support.factories import save
from tests.support.nouns import NO_IDS, Noun, row

if TYPE_CHECKING:
    from tests.support.isolation.model import Model, ModelUser, Saved

TEXTS = ("Keep the back straight", "Übung", "abs & legs")
WORDS = ("back", "ubung", "legs", "nothing")
MOST = 8
"""Fewer than the colliding ids, so that free ids remain."""


async def fill(client: httpx.AsyncClient, label: str) -> dict[str, Any]:
    video = await save(client, "noted-video")
    path = f"/videos/{video['id']}/notes"
    answer = await client.post(path, json={"at_s": 7, "text": label})
    assert answer.status_code == 201, answer.text
    assert (await client.post(path, json={"text": label})).status_code == 201
    return {"note_id": answer.json()["id"], "video_id": video["id"]}


def shown(user: "ModelUser") -> dict[int, Any]:
    """Return the notes on live videos."""
    live = {video.id for video in user.live()}
    notes = user.rows["notes"]
    return {note_id: note for note_id, note in notes.items() if note["video_id"] in live}


def some_video(model: "Model", user: "ModelUser") -> "list[Saved]":
    """Choose a video of the user's own or of another user."""
    everyone = [*user.library.values(), *model.another_than(user).library.values()]
    return model.some(everyone, min(1, len(everyone)))


async def add(model: "Model", user: "ModelUser") -> None:
    live = {video.id for video in user.live()}
    for video in some_video(model, user) if len(user.rows["notes"]) < MOST else []:
        body = {"text": model.random.choice(TEXTS), "at_s": model.random.choice([None, 7])}
        answer = await user.send("POST", f"/videos/{video.id}/notes", json=body)
        assert answer.status_code == (201 if video.id in live else 404), answer.text
        if video.id in live:
            note = answer.json()
            assert note["id"] not in user.rows["notes"]
            assert {name: note[name] for name in ("video_id", *body)} == {
                "video_id": video.id,
                **body,
            }
            user.rows["notes"][note["id"]] = {"video_id": video.id, **body}


async def list_all(model: "Model", user: "ModelUser") -> None:
    word = model.random.choice([None, *WORDS])
    answer = await user.send("GET", "/notes", params={"q": word} if word else {})
    found = {
        note["id"]: {name: note[name] for name in ("video_id", "text", "at_s")}
        for note in answer.json()["notes"]
    }
    assert found == {
        note_id: note
        for note_id, note in shown(user).items()
        if word is None or fold(word) in fold(note["text"])
    }


async def list_of_video(model: "Model", user: "ModelUser") -> None:
    """List the notes on a video, also on one that only another user has."""
    for video in some_video(model, user):
        answer = await user.send("GET", "/notes", params={"video_id": video.id})
        expected = {id_ for id_, note in shown(user).items() if note["video_id"] == video.id}
        assert {note["id"] for note in answer.json()["notes"]} == expected


async def change(model: "Model", user: "ModelUser") -> None:
    """Change a note of the user's own, or find that another user's does not exist."""
    mine, theirs = shown(user), model.another_than(user).rows["notes"]
    notes_by_id = theirs | mine
    for note_id in model.some(sorted(notes_by_id), min(2, len(notes_by_id))):
        path = f"/videos/{notes_by_id[note_id]['video_id']}/notes/{note_id}"
        text = model.random.choice(TEXTS)
        answer = await user.send("PATCH", path, json={"text": text})
        assert answer.status_code == (200 if note_id in mine else 404), answer.text
        if note_id in mine:
            user.rows["notes"][note_id]["text"] = text
            changed = {name: answer.json()[name] for name in ("video_id", "text", "at_s")}
            assert changed == user.rows["notes"][note_id]


async def delete(model: "Model", user: "ModelUser") -> None:
    """Delete a note of the user's own, or find that another user's does not exist."""
    mine, theirs = shown(user), model.another_than(user).rows["notes"]
    notes_by_id = theirs | mine
    for note_id in model.some(sorted(notes_by_id), min(1, len(notes_by_id))):
        path = f"/videos/{notes_by_id[note_id]['video_id']}/notes/{note_id}"
        answer = await user.send("DELETE", path)
        assert answer.status_code == (204 if note_id in mine else 404), answer.text
        if note_id in mine:
            del user.rows["notes"][note_id]


async def retry(_: "Model", user: "ModelUser") -> None:
    """Add a note again under the id that it has: it stays as it is."""
    for note_id, note in shown(user).items():
        path = f"/videos/{note['video_id']}/notes"
        answer = await user.send("POST", path, json={"id": note_id, "text": "again"})
        assert answer.status_code == 200, answer.text
        assert {name: answer.json()[name] for name in note} == note


async def export(_: "Model", user: "ModelUser") -> None:
    """Export the notes with their videos, in the trash too."""
    exported = {
        note["id"]: {"video_id": video["id"], "text": note["text"], "at_s": note["at_s"]}
        for video in (await user.send("GET", "/exports")).json()["videos"]
        for note in video["notes"]
    }
    assert exported == user.rows["notes"]


_NOTES = "/videos/{video_id}/notes"

NOUN = Noun(
    rows={
        ("GET", "/notes"): row("anonymous cursor if_none_match", params={"limit": 1}),
        ("POST", _NOTES): row("anonymous stranger malformed", 201, json={"text": "A note"}),
        ("PATCH", f"{_NOTES}/{{note_id}}"): row(
            "anonymous stranger malformed if_match", json={"text": "Changed"}
        ),
        ("DELETE", f"{_NOTES}/{{note_id}}"): row("anonymous stranger malformed if_match", 204),
    },
    missing={"note_id": 2**53 - 1},
    malformed={"note_id": NO_IDS},
    fill=fill,
    operations={
        "add_note": add,
        "list_notes": list_all,
        "list_notes_of_video": list_of_video,
        "change_note": change,
        "delete_note": delete,
        "add_note_again": retry,
        "export_notes": export,
    },
    draws_ids=(notes,),
)
