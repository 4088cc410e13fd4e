"""Changes of videos: a save, an edit of one video, or an action on several."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Any

from app.errors import Refused
from app.state import LibraryState
from app.sync.changes import Api, Change, Kind, Sent
from app.video import Action, Video

MAX_IDS = 1_000
"""The most ids in one request."""


async def _send_save(api: Api, change: Change) -> Sent:
    return Sent(*await api.save_video(change.body["url"], change.body["tags"]))


def _apply_save(library: LibraryState, _change: Change) -> LibraryState:
    """Show nothing yet: only Core's response has the video."""
    return library


async def _send_edit(api: Api, change: Change) -> Sent:
    return Sent(await api.update_video(change.ids[0], **change.body))


def _apply_edit(library: LibraryState, change: Change) -> LibraryState:
    body = change.body
    fields = {name: body[name] for name in ("title", "start_s", "end_s") if name in body}
    changed = (replace(one, **fields) for one in library.present(change.ids))
    added, removed = body.get("add_tags", ()), body.get("remove_tags", ())
    return library.with_changed(*_retagged(library, changed, added, removed))


async def _send_batch(action: Action, api: Api, change: Change) -> Sent:
    ids = change.ids
    for at in range(0, len(ids), MAX_IDS):
        missing = await api.change_videos(action, ids[at : at + MAX_IDS], change.tags)
        if missing and action == "restore":
            raise Refused("It no longer exists.", HTTPStatus.NOT_FOUND, "not-found")
    return Sent()


def _apply_tag(library: LibraryState, change: Change) -> LibraryState:
    present = library.present(change.ids)
    return library.with_changed(*_retagged(library, present, add=change.tags))


def _apply_untag(library: LibraryState, change: Change) -> LibraryState:
    present = library.present(change.ids)
    return library.with_changed(*_retagged(library, present, remove=change.tags))


def _apply_delete(library: LibraryState, change: Change) -> LibraryState:
    return library.without(*change.ids)


def _apply_restore(library: LibraryState, change: Change) -> LibraryState:
    return library.with_changed(*change.videos)


def _retagged(
    library: LibraryState,
    videos: Iterable[Video],
    add: Iterable[str] = (),
    remove: Iterable[str] = (),
) -> Iterable[Video]:
    """Add and remove tags; a tag keeps the spelling that the library has for it."""
    added = [library.spelling(name) for name in add]
    return (one.with_tags(added, remove) for one in videos)


SAVE = Kind("video.save", _send_save, _apply_save, saves_video=True)
CHANGE = Kind("video.change", _send_edit, _apply_edit)
BATCHES: dict[Action, Kind] = {
    "tag": Kind("video.tag", partial(_send_batch, "tag"), _apply_tag),
    "untag": Kind("video.untag", partial(_send_batch, "untag"), _apply_untag),
    "delete": Kind("video.delete", partial(_send_batch, "delete"), _apply_delete),
    "restore": Kind("video.restore", partial(_send_batch, "restore"), _apply_restore),
}
KINDS = (SAVE, CHANGE, *BATCHES.values())


def save_video(text: str, tags: Iterable[str]) -> Change:
    """Save the video whose link is in the text."""
    return Change(SAVE, {"url": text, "tags": [*tags]}, label=text)


def change_video(video: Video, **body: Any) -> Change:
    """Change the fields of one video: `title`, `start_s`, `end_s`, `add_tags`, `remove_tags`."""
    return Change(CHANGE, body, (video,), label=video.name)


def batch(action: Action, videos: Sequence[Video], tags: Iterable[str] = ()) -> Change:
    """Tag, untag, delete or restore videos."""
    body = {"tags": named} if (named := [*tags]) else {}
    label = videos[0].name if len(videos) == 1 else ""
    return Change(BATCHES[action], body, tuple(videos), label=label)
