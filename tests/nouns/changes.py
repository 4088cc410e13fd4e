"""How the checks of routes and isolation use the change feed.

A user's copy of the library follows the feed page by page, while other operations change it.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx

from core.services.changes import KINDS
from core.services.videos import purge_trash
from core.time_ids import utc_now
from tests.support.nouns import Noun, row

if TYPE_CHECKING:
    from tests.support.isolation.model import Model, ModelUser


@dataclass
class Copy:
    """A client's copy of its user's library, and its position in the feed."""

    rows: dict[str, dict[int, Any]] = field(default_factory=lambda: defaultdict(dict))
    """By kind and id."""
    token: int = 0
    cursor: str | None = None

    async def read_page(self, user: "ModelUser", limit: int) -> None:
        query: dict[str, Any] = {"since": self.token, "limit": limit}
        is_first = self.cursor is None
        if self.cursor:
            query["cursor"] = self.cursor
        answer = await user.send("GET", "/changes", params=query)
        assert answer.status_code == 200, answer.text
        changes = answer.json()
        notes = self.rows["notes"]
        for note_id in [*notes]:  # the notes of a deleted video are deleted too
            if notes[note_id]["video_id"] in changes["gone"]["videos"]:
                del notes[note_id]
        for kind in KINDS:
            for row_id in changes["gone"][kind]:
                self.rows[kind].pop(row_id, None)
            for changed in changes[kind]:
                revision = changed.pop("revision")
                assert self.token < revision
                assert not is_first or revision <= changes["revision"]
                self.rows[kind][changed["id"]] = changed
        self.cursor = changes["next_cursor"]
        if self.cursor is None:
            self.token = changes["revision"]


async def no_rows(_: httpx.AsyncClient, __: str) -> dict[str, Any]:
    return {}


async def follow_changes(model: "Model", user: "ModelUser") -> None:
    """Read some pages, or all; a copy that has read all equals the library."""
    copy = user.rows["changes"].setdefault(0, Copy())
    for _ in range(model.random.randint(1, 3)):
        await copy.read_page(user, model.random.randint(1, 4))
    if model.random.random() < 0.5:
        return
    while copy.cursor:
        await copy.read_page(user, model.random.randint(1, 4))
    # Changes since the first of these pages come with the next token.
    await copy.read_page(user, 500)
    for kind in KINDS:
        listed = (await user.send("GET", f"/{kind}")).json()[kind]
        kept = copy.rows[kind]
        if kind == "workouts":  # a client finds the video of a workout by its key
            for workout in [*listed, *kept.values()]:
                workout.pop("video_id", None)
        assert kept == {each["id"]: each for each in listed}


async def purge(model: "Model", user: "ModelUser") -> None:
    """Sometimes let the trash of all users expire."""
    if model.random.random() < 0.1:
        await purge_trash(user.service.app.state.database, utc_now() + timedelta(days=31))
        for each in model.users:
            each.etag = ""
            for key in [key for key, video in each.library.items() if video.deleted]:
                gone = each.library.pop(key)
                notes = each.rows["notes"]  # purging a video deletes its notes
                for note_id in [i for i, note in notes.items() if note["video_id"] == gone.id]:
                    del notes[note_id]


NOUN = Noun(
    rows={("GET", "/changes"): row("anonymous cursor if_none_match", params={"limit": 1})},
    missing={},
    malformed={},
    fill=no_rows,
    operations={"follow_changes": follow_changes, "purge": purge},
)
