"""The observable state of the screens, and the user's actions.

Each action changes the library on this device first; `sync` sends it. Errors become sentences.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import flet as ft

from app.actions import Notice  # noqa: TC001  consistent with the imports below
from app.device import DeviceStorage
from app.drafts import EditDraft
from app.errors import Failed, Refused, SignedOut
from app.oauth import Person
from app.search_actions import SearchActions
from app.services import ApiService, AuthService
from app.state import LibraryState
from app.sync.changes import Change
from app.sync.sync import Sync
from app.sync.video_changes import save_video
from app.tag_actions import TagActions
from app.training import today
from app.training_actions import Asked, TrainingActions
from app.transfer import Import
from app.video import Trashed, Video

SEND_WAIT_S = 5
"""How long a save waits for Core before the app reports it as not synced."""
IMPORT_WAIT_S = 0.5


@ft.observable
class Store(TrainingActions, SearchActions, TagActions):
    """One user on one device. Setting a public attribute redraws the components that read it."""

    _auth: AuthService
    _api: ApiService
    _storage: DeviceStorage

    def __init__(self) -> None:
        self.language = "en"
        self.locale = ""
        self.library = LibraryState()
        self.person: Person | None = None
        self.sign_in_url: str | None = None
        self.sign_in_fault: str | None = None
        self.fault: str | None = None
        self.notice: Notice | None = None
        self.wide = False
        self.grid: bool | None = None
        self.remembered = "newest"
        self.day = today()
        self.visible = True
        self.waiting: tuple[Change, ...] = ()
        """Changes that the app could not send yet."""
        self.is_stuck = False
        """Whether they fail with a server error."""
        self.refused: tuple[Change, ...] = ()
        self.fetching = 0
        """The number of titles that Core is fetching."""
        self.selected: frozenset[int] | None = None
        """The selected videos; None outside of a selection."""
        self.playlist: tuple[int, ...] = ()
        self.asked: Asked | None = None
        self._drafts: dict[str, Any] = {}
        self._drafts_of = ""
        self._sync: Sync | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    def open(self, auth: AuthService, api: ApiService, storage: DeviceStorage) -> None:
        """Set the services, and show the library of the signed-in user, if any."""
        self._auth, self._api, self._storage = auth, api, storage
        self._read_display()
        self._begin(auth.person)

    # -------------------------------------------------------------------------- person

    async def sign_in(self) -> None:
        """Begin a sign-in, give its URL to the button, and wait for the callback."""
        self.sign_in_url = None
        try:
            await self._auth.sign_in(self._show_sign_in_url)
        except Failed as failure:
            self.sign_in_fault = failure.sentence(self.language)
        else:
            self.sign_in_fault = None
            self._begin(self._auth.person)
        finally:
            self.sign_in_url = None

    def _show_sign_in_url(self, url: str) -> None:
        self.sign_in_url = url

    def receive(self, url: str) -> None:
        """Pass on the callback URL from a phone's browser."""
        self._auth.receive(url)

    @property
    def drafts(self) -> dict[str, Any]:
        """Unsaved input by the form's name. It survives the end of the session."""
        return self._drafts

    @property
    def edited(self) -> tuple[Video, ...]:
        """The videos with unsaved edits."""
        drafts = (one for one in self._drafts.values() if isinstance(one, EditDraft))
        return self.library.present(one.before.id for one in drafts if one.is_changed)

    def _begin(self, person: Person | None) -> None:
        """Show the user's library from this device."""
        self._end()
        if person:
            if person.id != self._drafts_of:
                self._drafts, self._drafts_of = {}, person.id
            self._sync = Sync(self._api, self._storage, person.id)
            self._sync.on_change = self._draw
            self._sync.on_due = self._look_when_due
            self._sync.on_sent = self._notify_sent
            self._sync.open()
            self._draw()
        self.person = person
        self.ask()

    def close(self) -> None:
        """Stop all requests when the window closes. Unsent changes stay on this device."""
        if self._sync:
            self._sync.close()
        for task in self._tasks:
            task.cancel()

    def _end(self) -> None:
        if self._sync:
            self._sync.close()
        self._sync = None
        self.library = LibraryState(sort=self.remembered)
        self.waiting = self.refused = ()
        self.is_stuck = False
        self.fetching = 0
        self.notice = self.fault = self.selected = self.asked = None
        self.playlist = ()

    async def sign_out(self) -> None:
        """Sign out, and remove the user's data from this device, including unsent changes."""
        self._clear()
        self._drafts = {}
        await self._auth.sign_out()

    async def send_before_sign_out(self) -> int:
        """Try to send unsent changes; return how many changes a sign-out would discard."""
        if not (sync := self._sync):
            return 0
        sync.find_changes()
        if sync.unsent:
            await asyncio.wait([self._run(self._try(sync.flush()))], timeout=SEND_WAIT_S)
        return len(sync.unsent) + len(sync.refused)

    def _clear(self, fault: str | None = None) -> None:
        self._end()
        self.person = None
        self.sign_in_fault = fault

    # ------------------------------------------------------------------------- library

    async def load(self) -> None:
        """Send unsent changes, and ask Core for changes."""
        self.turn_day()
        if not (sync := self._sync):
            return
        await self._try(sync.flush())
        fault = await self._try(sync.look())
        if not sync.closed:
            self.fault = fault
            self.ask()

    async def show(self, *, visible: bool) -> None:
        """Note that the app came to the foreground or left it: only there it asks for changes."""
        self.visible = visible
        self.ask()
        if visible:
            await self.load()

    def _look_when_due(self) -> None:
        if self.visible:
            self._run(self.load())

    def _draw(self) -> None:
        """Show the library with the unsent changes applied."""
        if sync := self._sync:
            self.library = sync.draw(self.library)
            self.waiting = tuple(sync.unsent) if sync.trouble else ()
            self.is_stuck = sync.is_stuck
            self.refused = tuple(sync.refused)
            self.fetching = sync.waits.fetching

    def _notify_sent(self, change: Change, is_new: bool) -> None:  # noqa: FBT001  a callback of Sync
        if change.kind.saves_video:
            again = "saved with tags" if change.tags else "saved before"
            self.inform("saved" if is_new else again)

    # ------------------------------------------------------------------------- changes

    async def save(self, text: str, tags: Sequence[str]) -> str | None:
        """Save the video whose link is in the text; return why Core refused it, or None.

        Without a connection the change stays on this device until it can be sent.
        """
        if not (sync := self._sync):
            return self.say("error signed-out")
        self.library = self.library.unfiltered()
        number = sync.add(save_video(text, tags)).number
        await asyncio.wait([self._run(self.load())], timeout=SEND_WAIT_S)
        if sync.closed:
            return self.sign_in_fault
        if refused := sync.find_refused(number):
            sync.dismiss(refused)
            return self.reason(refused)
        if any(one.number == number for one in sync.unsent):
            self.inform("saved later")
        return None

    def dismiss(self, change: Change) -> None:
        """Discard a refused or an unsent change."""
        if self._sync:
            self._sync.dismiss(change)

    def reason(self, change: Change) -> str:
        """Return why Core refused a change."""
        return Refused(change.fault, 0, *change.reason).sentence(self.language)

    # --------------------------------------------------------------------- only online

    async def read_trash(self, show: Callable[[tuple[Trashed, ...]], None]) -> str | None:
        """Pass the trash to `show`; return the error, or None.

        Deletions are sent first. A change that can't be sent does not hide the trash.
        """

        async def read() -> None:
            if self._sync:
                with suppress(Failed):
                    await self._sync.flush()
            show(await self._api.list_trash())

        return await self._try(read())

    async def import_file(
        self, name: str, content: bytes, show: Callable[[Import], None]
    ) -> str | None:
        """Import a file, and pass its progress to `show`; return the error, or None."""

        async def run() -> None:
            found = await self._api.start_import(name, content)
            while found.is_running:
                show(found)
                await asyncio.sleep(IMPORT_WAIT_S)
                found = await self._api.find_import(found.id)
            show(found)
            await self.load()

        return await self._try(run())

    async def export(self, keep: Callable[[bytes], Awaitable[object]]) -> str | None:
        """Pass the whole library as JSON to `keep`; return the error, or None."""

        async def run() -> None:
            await keep(await self._api.export())

        return await self._try(run())

    async def erase(self) -> str | None:
        """Delete all data of the user, at Core and on this device, and sign out.

        Return the error, or None. After an error Core may have deleted the data or not.
        """

        async def run() -> None:
            await self._api.erase()
            await self.sign_out()

        return await self._try(run())

    async def _try(self, action: Awaitable[None]) -> str | None:
        """Run an action; return its error, or None. If the session has ended, clear the state."""
        try:
            await action
        except Failed as failure:
            said = failure.sentence(self.language)
            # A late response to the previous user must not end the current user's session.
            if isinstance(failure, SignedOut) and self.person and self._auth.person is None:
                left = len(self._sync.unsent) if self._sync else 0
                kept = f" {self.say('left waiting', n=left)}" if left else ""
                self._clear(said + kept)
            return said
        return None


@dataclass(frozen=True)
class Unwatched:
    """Passes the store to a component without a redraw at every change of the store.

    Flet redraws even a memoized component when an observable among its arguments changes.
    """

    store: Store


StoreContext: ft.ContextProvider[Store | None] = ft.create_context(None)


def use_store() -> Store:
    """Return the store of this session, and redraw the caller when it changes."""
    store = ft.use_context(StoreContext)
    assert store is not None  # noqa: S101  main.py provides it around every view
    return store
