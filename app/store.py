"""What the screens look at and what they can do: the library, the person, and what went wrong.

Each action calls a service and then changes what is looked at. A failure becomes a sentence.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

import flet as ft

from app.errors import Failed, SignedOut
from app.oauth import Person
from app.services import ApiService, AuthService
from app.state import LibraryState, Video

TITLE_WAITS_S = (2, 5)


@dataclass(frozen=True, eq=False)
class Notice:
    """A sentence that passes by, perhaps with a way back; the same one may come twice."""

    text: str
    undo: Callable[[], Awaitable[None]] | None = None


@ft.observable
class Store:
    """One person at one device. Setting a public attribute draws what depends on it anew."""

    _auth: AuthService
    _api: ApiService

    def __init__(self) -> None:
        self.library = LibraryState()
        self.person: Person | None = None
        self.sign_in_url: str | None = None
        self.sign_in_fault: str | None = None
        self.fault: str | None = None
        self.notice: Notice | None = None
        self.wide = False
        self._changes = 0

    def open(self, auth: AuthService, api: ApiService) -> None:
        """Take the services, and whoever they know to be signed in."""
        self._auth, self._api = auth, api
        self.person = auth.person

    def tell(self, sentence: str) -> None:
        """Say something in passing."""
        self.notice = Notice(sentence)

    # -------------------------------------------------------------------------- person

    async def sign_in(self) -> None:
        """Begin a sign-in, put its address on the button, and wait until it has come back."""
        self.sign_in_url = None
        try:
            await self._auth.sign_in(self._offer)
        except Failed as failure:
            self.sign_in_fault = str(failure)
        else:
            self.sign_in_fault = None
            self.person = self._auth.person
        finally:
            self.sign_in_url = None

    def _offer(self, url: str) -> None:
        self.sign_in_url = url

    def receive(self, url: str) -> None:
        """Take what a phone's browser came back with."""
        self._auth.receive(url)

    async def sign_out(self) -> None:
        """Forget the person and everything of theirs on this device."""
        self._forget()
        await self._auth.sign_out()

    def _forget(self, fault: str | None = None) -> None:
        self.person = None
        self.library = LibraryState()
        self.notice = None
        self.fault = None
        self.sign_in_fault = fault

    # ------------------------------------------------------------------------- library

    async def load(self) -> None:
        """Show what was seen last at once, then what Core has now."""
        person = self.person
        if person is None:
            return
        if not self.library.loaded and (seen := self._api.cached_videos()) is not None:
            self.library = self.library.with_videos(seen)
        fault = await self._try(self._load())
        if self.person == person:
            self.fault = fault

    async def _load(self) -> None:
        """A list that was asked for before a change may lack it: it is asked for again."""
        person, changes = self.person, -1
        while changes != self._changes:
            changes = self._changes
            videos = await self._api.list_videos()
        self._show(person, lambda library: library.with_videos(videos))

    async def catch_up(self) -> None:
        """Look again a few times: Core finds a new video's title by itself, soon."""
        for wait_s in TITLE_WAITS_S:
            if self.person is None or all(video.title for video in self.library.videos[:1]):
                return
            await asyncio.sleep(wait_s)
            await self.load()

    def _show(self, person: Person | None, change: Callable[[LibraryState], LibraryState]) -> None:
        """Change what is shown, unless it is somebody else who looks by now."""
        if self.person == person:
            self.library = change(self.library)
            self._changes += 1

    async def save(self, text: str, tags: Sequence[str]) -> str | None:
        """Save the video that the text holds; return why that was not possible."""
        return await self._try(self._save(text, tags))

    async def _save(self, text: str, tags: Sequence[str]) -> None:
        person, video = self.person, await self._api.save_video(text, tags)
        self._show(person, lambda library: library.unfiltered().with_video(video))
        self.notice = Notice("Saved")

    async def tag(
        self, video: Video, *, add: Sequence[str] = (), remove: Sequence[str] = ()
    ) -> str | None:
        """Change a video's tags; return why that was not possible."""
        return await self._try(self._tag(video, add, remove))

    async def _tag(self, video: Video, add: Sequence[str], remove: Sequence[str]) -> None:
        person = self.person
        changed = await self._api.update_video(video.id, add_tags=add, remove_tags=remove)
        self._show(person, lambda library: library.with_video(changed))

    async def delete(self, video: Video) -> None:
        """Take a video out of the library, with a way back."""
        person = self.person
        deleting = asyncio.ensure_future(self._try(self._api.delete_video(video.id)))
        self.library = self.library.without(video.id)
        self.notice = Notice("Deleted", undo=partial(self._undo, person, video, deleting))
        fault = await deleting
        if self.person != person:
            return
        if fault:
            self._show(person, lambda library: library.with_video(video))
            self.notice = Notice(fault)
        else:
            self._show(person, lambda library: library.without(video.id))

    async def _undo(
        self, person: Person | None, video: Video, deleting: asyncio.Future[str | None]
    ) -> None:
        """Bring a video back once it is deleted: the two must not overtake each other.

        Nobody else than who deleted it can: it is not asked for in the next person's name.
        """
        if await deleting or self.person != person:
            return
        if (fault := await self._try(self._restore(video.id))) and self.person == person:
            self.notice = Notice(fault)

    async def _restore(self, video_id: int) -> None:
        person, video = self.person, await self._api.restore_video(video_id)
        self._show(person, lambda library: library.with_video(video))

    async def _try(self, action: Awaitable[None]) -> str | None:
        """Return why it failed; whose session ended with it has to sign in anew."""
        try:
            await action
        except Failed as failure:
            # A late answer to the last person ends nothing for the one who is here now.
            if isinstance(failure, SignedOut) and self.person and self._auth.person is None:
                self._forget(str(failure))
            return str(failure)
        return None

    # ------------------------------------------------------------------------- looking

    def search(self, query: str) -> None:
        """Show the videos in which every word occurs."""
        self.library = self.library.searching(query)

    def toggle(self, tag: str) -> None:
        """Show only videos with this tag, or no longer."""
        self.library = self.library.toggling(tag)

    def show_all(self) -> None:
        """Drop search and tags."""
        self.library = self.library.unfiltered()


StoreContext: ft.ContextProvider[Store | None] = ft.create_context(None)


def use_store() -> Store:
    """Return the store of this session, and draw the caller anew when it changes."""
    store = ft.use_context(StoreContext)
    assert store is not None  # noqa: S101  main.py provides it around every view
    return store
