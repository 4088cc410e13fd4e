"""Optimistic changes of the library, with an undo; `sync` sends them."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from app.filters import Filters
from app.sync import video_changes
from app.sync.changes import Change
from app.sync.sync import Sync
from app.text import tag_key
from app.video import Action, Video
from app.words import Word, say

Undo = Callable[[], object]


@dataclass(frozen=True, eq=False)
class Notice:
    """A short message, with an optional undo. Equal notices are shown separately."""

    text: str
    undo: Undo | None = None


class Actions(Filters):
    """Edits, deletes, restores and tags videos."""

    language: str
    notice: Notice | None
    _sync: Sync | None
    _tasks: set[asyncio.Task[Any]]

    async def load(self) -> None:
        """Send unsent changes, and ask Core for changes."""
        raise NotImplementedError

    def say(self, word: Word, **values: str | int) -> str:
        """Return a sentence in the user's language."""
        return say(self.language, word, **values)

    def inform(self, word: Word, *, undo: Undo | None = None, **values: str | int) -> None:
        """Show a short message."""
        self.notice = Notice(self.say(word, **values), undo)

    async def edit(self, video: Video, **body: Any) -> None:
        """Change a video's `title` or `start_s`, or `add_tags` and `remove_tags`."""
        await self._change(video_changes.change_video(video, **body))

    async def delete(self, *videos: Video) -> None:
        """Move videos to the trash, with an undo."""
        changing = self._change(video_changes.batch("delete", videos))
        undo = self._undo(video_changes.batch("restore", videos))
        self.inform("deleted", undo=undo, n=len(videos))
        await changing

    async def restore(self, *videos: Video) -> None:
        """Restore videos from the trash."""
        changing = self._change(video_changes.batch("restore", videos))
        self.inform("restored", n=len(videos))
        await changing

    async def tag_many(self, action: Action, videos: Sequence[Video], tags: Sequence[str]) -> None:
        """Add tags to videos, or remove them; the undo changes only what this changed."""
        adds = action == "tag"
        opposite: Action = "untag" if adds else "tag"
        back = [
            video_changes.batch(opposite, altered, [self.library.spelling(name)])
            for name in tags
            if (altered := [one for one in videos if (tag_key(name) in one.tag_keys) != adds])
        ]
        if not back:
            return
        ids = {video_id for change in back for video_id in change.ids}
        changed = [one for one in videos if one.id in ids]
        changing = self._change(video_changes.batch(action, changed, tags))
        word = "tagged" if adds else "stripped"
        self.inform(word, undo=self._undo(*back), n=len(changed))
        await changing

    def _undo(self, *changes: Change) -> Undo:
        """Return an action that adds changes, unless the user has signed out since then."""
        return self._while_signed_in(lambda: self._change(*changes))

    def _while_signed_in(self, act: Callable[[], Awaitable[None]]) -> Undo:
        """Return an action that does nothing if the user has signed out since then."""
        sync = self._sync

        async def undo() -> None:
            if sync and not sync.closed:
                await act()

        return undo

    def _change(self, *changes: Change) -> Awaitable[None]:
        """Show and store changes immediately; await the result to wait until they are sent."""
        if sync := self._sync:
            for change in changes:
                sync.add(change)
        return self._run(self.load())

    def _run(self, action: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run an action in the background; asyncio itself keeps only a weak reference to a task."""
        task = asyncio.ensure_future(action)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
