"""What a user does to their library: drawn now, sent by `sync`, with an undo."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from app.filters import Filters
from app.sync.changes import Action, Change, batch, editing
from app.sync.sync import Sync
from app.text import tag_key
from app.video import Video
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
        """Send what waits, and ask Core for changes."""
        raise NotImplementedError

    def say(self, word: Word, **values: str | int) -> str:
        """Return a sentence in the user's language."""
        return say(self.language, word, **values)

    def inform(self, word: Word, *, undo: Undo | None = None, **values: str | int) -> None:
        """Show a short message."""
        self.notice = Notice(self.say(word, **values), undo)

    async def edit(self, video: Video, **body: Any) -> None:
        """Change a video's `title` or `start_s`, or `add_tags` and `remove_tags`."""
        await self._change(editing(video, **body))

    async def delete(self, *videos: Video) -> None:
        """Move videos to the trash, with an undo."""
        changing = self._change(batch("delete", videos))
        self.inform("deleted", undo=self._undo(batch("restore", videos)), n=len(videos))
        await changing

    async def restore(self, *videos: Video) -> None:
        """Bring videos back from the trash."""
        changing = self._change(batch("restore", videos))
        self.inform("restored", n=len(videos))
        await changing

    async def tag_many(self, action: Action, videos: Sequence[Video], tags: Iterable[str]) -> None:
        """Add tags to videos, or remove them; an undo takes back what changed."""
        keys = frozenset(map(tag_key, names := tuple(tags)))
        adds = action == "tag"
        changed = [
            one
            for one in videos
            if (not keys <= one.tag_keys if adds else bool(keys & one.tag_keys))
        ]
        if not changed:
            return
        changing = self._change(batch(action, changed, names))
        undo = self._undo(batch("untag" if adds else "tag", changed, names))
        self.inform("tagged" if adds else "stripped", undo=undo, n=len(changed))
        await changing

    def _undo(self, change: Change) -> Undo:
        """Return an action that adds a change for the same user; requests keep their order."""
        sync = self._sync

        async def undo() -> None:
            if sync and not sync.closed:
                await self._change(change)

        return undo

    def _change(self, change: Change) -> Awaitable[None]:
        """Draw and store a change now; awaiting the result waits until it is sent."""
        if self._sync:
            self._sync.add(change)
        return self._run(self.load())

    def _run(self, action: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run an action in the background; the loop itself would forget it."""
        task = asyncio.ensure_future(action)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
