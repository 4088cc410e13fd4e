"""The kinds of change, and an outbox that a version with other names of kinds stored."""

import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.device import DeviceStorage
from app.errors import Offline
from app.searches import Search
from app.state import LibraryState
from app.sync.changes import Change
from app.sync.kinds import KINDS, OLD_NAMES
from app.sync.note_changes import add_note
from app.sync.search_changes import restore_search
from app.sync.sync import Sync
from app.sync.video_changes import save_video
from app.sync.workout_changes import add_workout
from tests.support.app.devices import Device
from tests.support.app.libraries import KEYS, link, open_sync, reread, send, videos

pytestmark = pytest.mark.anyio
DAY = "2026-01-03"
CHANGED = {
    "videos": [(None, ("both",)), ("Edited", ("new", "both"))],
    "notes": ["changed", "added"],
    "log": [("2026-01-04", 30, None), (DAY, 2, "hard")],
    "searches": ["added", "changed"],
}
"""The rows of `fill` after the changes of `old_outbox`."""


@pytest.fixture
async def astrid(device: Device) -> Device:
    """A device with a new user, who has an empty library."""
    await device.sign_in(f"Astrid {time.time_ns()}")
    return device


async def fill(device: Device) -> Sync:
    """Save two videos; each has a note and a workout, and there are two searches."""
    sync = open_sync(device)
    await send(sync, save_video(link(KEYS[0]), ["old"]), save_video(link(KEYS[1]), []))
    for number, one in enumerate(videos(sync), 1):
        sync.add(add_note(one, at_s=number, end_s=None, text=f"note {number}"))
        sync.add(add_workout(one, DAY, number))
        sync.add(restore_search(Search(number, f"search {number}", "tags=legs")))
    await send(sync)
    assert sync.refused == []
    return sync


def old_outbox(library: LibraryState) -> list[tuple[str, dict[str, Any], list[int]]]:
    """Return the kind, the body and the indexes of the videos, as an older version stored them."""
    second, first = library.videos
    note, other_note = library.notes
    other_workout, workout = sorted(library.workouts, key=lambda one: one.minutes or 0)
    search, other_search = library.searches
    row = {"at_s": 5, "end_s": None, "text": "added"}
    return [
        ("save", {"url": link(KEYS[2]), "tags": ["saved"]}, []),
        ("edit", {"title": "Edited", "add_tags": ["new"]}, [1]),
        ("batch", {"action": "untag", "tags": ["old"]}, [1]),
        ("batch", {"action": "delete"}, [0]),
        ("batch", {"action": "restore"}, [0]),
        ("batch", {"action": "tag", "tags": ["both"]}, [0, 1]),
        ("workout", {"id": 71, "video_id": first.id, "day": "2026-01-04", "minutes": 30}, [1]),
        ("relog", {"id": workout.id, "effort": "hard"}, []),
        ("unlog", {"id": other_workout.id}, []),
        ("note", {"id": 72, "video_id": second.id} | row, []),
        ("renote", {"id": note.id, "video_id": note.video_id, "text": "changed"}, []),
        ("unnote", {"id": other_note.id, "video_id": other_note.video_id}, []),
        ("search", {"id": 73, "name": "added", "query": "q=legs"}, []),
        ("research", {"id": search.id, "name": "changed"}, []),
        ("unsearch", {"id": other_search.id}, []),
    ]


def store_outbox(device: Device, library: LibraryState) -> int:
    """Write the files of an older version; return how many."""
    [kept] = [file for file in device.files if file.name.startswith("library-")]
    name = kept.stem.replace("library-", "change-")
    changes = old_outbox(library)
    for number, (kind, body, places) in enumerate(changes, 1):
        rows = [library.videos[at].to_json() for at in places]
        refusal = {"fault": "", "reason": ["", ""]}
        change = {"kind": kind, "body": body, "number": number, "label": "", "videos": rows}
        file = kept.with_name(f"{name}-{number}.json")
        file.write_text(json.dumps(change | refusal), encoding="utf-8")
    return len(changes)


def rows_of(library: LibraryState) -> dict[str, list[Any]]:
    return {
        "videos": [(one.title, one.tags) for one in library.videos if one.video_key != KEYS[2]],
        "notes": [one.text for one in library.notes],
        "log": [(one.day, one.minutes, one.effort) for one in library.workouts],
        "searches": sorted(one.name for one in library.searches),
    }


async def test_an_outbox_of_an_older_version_is_shown_and_sent(astrid: Device):
    before = (await fill(astrid)).draw(LibraryState())
    assert {kind for kind, *_ in old_outbox(before)} == {*OLD_NAMES, "batch"}
    number = store_outbox(astrid, before)
    again = open_sync(astrid)
    assert len(again.unsent) == number
    assert rows_of(again.draw(LibraryState())) == CHANGED
    await again.flush()
    assert (again.unsent, again.refused) == ([], [])
    sent = (await reread(astrid)).draw(LibraryState())
    assert rows_of(sent) == CHANGED
    assert [one.tags for one in sent.videos if one.video_key == KEYS[2]] == [("saved",)]


async def test_a_change_of_any_kind_is_applied_once_although_each_response_is_lost(astrid: Device):
    before = (await fill(astrid)).draw(LibraryState())
    number = store_outbox(astrid, before)
    sent = list[bytes]()

    async def lose(response: httpx.Response) -> None:
        request = response.request
        if request.method != "GET" and (row := request.url.raw_path + request.content) not in sent:
            sent.append(row)
            raise httpx.ReadError("The app ended before the response.")

    astrid.client.event_hooks["response"].append(lose)
    for _ in range(number):
        with pytest.raises(Offline):
            await open_sync(astrid).flush()
    await (last := open_sync(astrid)).flush()
    assert len(sent) == number
    assert (last.unsent, last.refused) == ([], [])
    assert rows_of((await reread(astrid)).draw(LibraryState())) == CHANGED


def test_a_change_of_each_kind_is_stored_and_read(tmp_path: Path):
    storage = DeviceStorage(tmp_path, "")
    for number, kind in enumerate(KINDS.values()):
        storage.put_change("user_1", Change(kind, {"id": number}, number=number))
    stored = storage.changes("user_1")
    assert [change.kind for change in stored] == [*KINDS.values()]
    assert [change.body["id"] for change in stored] == [*range(len(KINDS))]
