"""Keeps one user's library up to date, and sends their changes in order.

The shown library has three layers: the confirmed rows, then the changes that Core applied since
the last read began, then unsent changes.
"""

import asyncio
import gc
import time
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus

from app.device import DeviceStorage
from app.errors import Failed, Offline, Refused, ServerError
from app.services.api import ApiService
from app.state import LibraryState
from app.sync.changes import Change, Sent
from app.sync.confirmed import Confirmed, Read
from app.sync.waits import Waits
from app.video import Video

MAX_READS = 100
"""The device appends each read to the library file, and packs them into one at this number."""
RETRY_S = 15

Draw = Callable[[LibraryState], LibraryState]


class Sync:
    """The library and the unsent changes of one user. `close` ends it."""

    def __init__(self, api: ApiService, storage: DeviceStorage, person_id: str) -> None:
        self._api = api
        self._storage = storage
        self._person_id = person_id
        self._stored_reads = 0
        self._on_disk: set[int] = set()
        """The numbers of stored changes: another window may send or dismiss them too."""
        self._looking, self._sending = asyncio.Lock(), asyncio.Lock()
        self._sent: list[tuple[int, Draw]] = []
        self._step = 0
        """The number of reads that began and of changes that Core applied: a logical clock."""
        self._timer: asyncio.TimerHandle | None = None
        self.confirmed = Confirmed()
        self.waits = Waits()
        self.unsent: list[Change] = []
        self.refused: list[Change] = []
        self.trouble: Failed | None = None
        """The error that keeps changes unsent."""
        self.closed = False
        self.on_change: Callable[[], None] = lambda: None
        self.on_due: Callable[[], object] = lambda: None
        self.on_sent: Callable[[Change, bool], None] = lambda _change, _new: None

    def open(self) -> None:
        """Read the user's library and changes from this device."""
        reads = self._storage.reads(self._person_id)
        self.confirmed, self._stored_reads = Confirmed.from_reads(reads), len(reads)
        self.find_changes()
        if self.unsent:
            self.trouble = Offline("unreachable", server="core")
        self._keep_from_collector()

    def close(self) -> None:
        """Stop storing, sending and showing: the user has signed out or closed the window."""
        self.closed = True
        if self._timer:
            self._timer.cancel()
        self.on_change = self.on_due = lambda: None
        self.on_sent = lambda _change, _new: None

    def draw(self, library: LibraryState) -> LibraryState:
        """Return the current rows, filtered and sorted as this library is."""
        if not self.confirmed.is_read:
            return library
        drawn = self.confirmed.library
        for _, draw in self._sent:
            drawn = draw(drawn)
        for change in self.unsent:
            drawn = change.apply_to(drawn)
        return library.with_rows(drawn.rows)

    # ----------------------------------------------------------------------------- reads

    async def look(self) -> None:
        """Ask Core for changes, and apply them.

        Raises: Failed
        """
        async with self._looking:
            began = self._count()
            try:
                read = await self._ask()
            except Failed:
                self.waits = self.waits.looked(self.waits.missing)
                raise
            else:
                if not self.closed:
                    self._take(read, began)
            finally:
                self._plan()

    async def _ask(self) -> Read | None:
        try:
            return await self._api.read_changes(self.confirmed.revision, self.confirmed.etag)
        except Refused as refusal:
            if refusal.status != HTTPStatus.GONE:
                raise
        self.confirmed = self.confirmed.outdated()
        return await self._api.read_changes()

    def _take(self, read: Read | None, began: int) -> None:
        if read:
            self.confirmed = self.confirmed.with_read(read)
            self._store(read)
        self._sent = [(step, draw) for step, draw in self._sent if step > began]
        self.waits = self.waits.looked(self._missing())
        self.on_change()

    def _missing(self) -> int:
        return sum(video.awaits_title for video in self.confirmed.videos.values())

    def _store(self, read: Read) -> None:
        self._stored_reads += 1
        if read.since and self._stored_reads < MAX_READS:
            self._storage.add_read(self._person_id, read)
        else:
            self._stored_reads = 1
            self._storage.replace_reads(self._person_id, self.confirmed.packed())
            self._keep_from_collector()

    def _keep_from_collector(self) -> None:
        """Exclude the library from the cyclic garbage collector; it has no cycles.

        A collection over 10,000 videos takes 40 ms, which delays a key press.
        """
        _ = self.confirmed.library  # the values that it caches have to be excluded too
        gc.collect()
        gc.freeze()

    def _plan(self) -> None:
        """Schedule the next look; sooner while titles are missing or changes are unsent."""
        if self._timer:
            self._timer.cancel()
        if self.closed:
            return
        seconds: float = self.waits.seconds
        if self.unsent:
            asked = self.trouble.wait_s if isinstance(self.trouble, Offline) else 0
            seconds = max(min(seconds, RETRY_S), asked)
        self._timer = asyncio.get_running_loop().call_later(seconds, self._due)

    def _due(self) -> None:
        self.on_due()

    def _count(self) -> int:
        self._step += 1
        return self._step

    # --------------------------------------------------------------------------- changes

    def find_changes(self) -> None:
        """Read the stored changes, also those that another window has stored since the start."""
        stored = self._storage.changes(self._person_id)
        found = [change for change in stored if change.number not in self._on_disk]
        self._on_disk |= {change.number for change in found}
        self.unsent += [change for change in found if not change.fault]
        self.refused += [change for change in found if change.fault]

    def add(self, change: Change) -> Change:
        """Store a change and show it; `flush` sends it. Returns the change with its number."""
        last = max((one.number for one in (*self.unsent, *self.refused)), default=0)
        change = replace(change, number=max(time.time_ns(), last + 1))
        self._storage.put_change(self._person_id, change)
        if self._storage.has_change(self._person_id, change.number):  # the disk may be full
            self._on_disk.add(change.number)
        self.unsent.append(change)
        self.on_change()
        return change

    @property
    def is_stuck(self) -> bool:
        """Whether the unsent changes fail with a server error; the user may discard them."""
        return isinstance(self.trouble, ServerError)

    async def flush(self) -> None:
        """Send the unsent changes in order, up to the first failure of another kind than a 500.

        Raises: Failed
        """
        async with self._sending:
            try:
                self.trouble = await self._send_each()
            except Failed as failure:
                self.trouble = failure
            finally:
                self._plan()
            self.on_change()
            if self.trouble:
                raise self.trouble

    async def _send_each(self) -> ServerError | None:
        """After a server error, that change and later ones of its rows wait; return the error.

        Raises: Failed
        """
        trouble: ServerError | None = None
        stuck, tried = set[int](), set[int]()
        while not self.closed and (change := self._first_except(tried)):
            tried.add(change.number)
            if stuck.isdisjoint(change.rows):
                try:
                    await self._send_one(change)
                except ServerError as error:
                    trouble = error
                    stuck |= change.rows
        return trouble

    def _first_except(self, tried: set[int]) -> Change | None:
        return next((one for one in self.unsent if one.number not in tried), None)

    async def _send_one(self, change: Change) -> None:
        if self._is_settled(change):
            self._forget(change)
            return
        try:
            sent = await self._send(change)
        except Refused as refusal:
            if not self.closed:
                self._refuse(change, refusal)
            return
        if self.closed:
            return
        self._forget(change)
        self.add_sent(_drawing(sent.video) if sent.video else change.apply_to)
        self.on_sent(change, sent.is_new)

    def _is_settled(self, change: Change) -> bool:
        """Whether another window sent or dismissed it; a second send could undo newer changes."""
        stored = self._storage.has_change(self._person_id, change.number)
        return change.number in self._on_disk and not stored

    async def _send(self, change: Change) -> Sent:
        """Send a change; after a lost response it is sent again."""
        try:
            return await change.kind.send(self._api, change)
        except Refused as refusal:
            if change.kind.done_if_missing and refusal.status == HTTPStatus.NOT_FOUND:
                return Sent()
            raise

    def _refuse(self, change: Change, refusal: Refused) -> None:
        """Keep a refused change until the user dismisses it; it is no longer shown."""
        self.unsent.remove(change)
        refused = replace(change, fault=str(refusal), reason=(refusal.kind, refusal.code))
        self.refused.append(refused)
        self._storage.put_change(self._person_id, refused)
        self.on_change()

    def dismiss(self, change: Change) -> None:
        """Discard a change."""
        self._forget(change)
        self.on_change()

    def _forget(self, change: Change) -> None:
        number = change.number
        self.unsent = [one for one in self.unsent if one.number != number]
        self.refused = [one for one in self.refused if one.number != number]
        self._storage.remove_change(self._person_id, number)

    def find_refused(self, number: int) -> Change | None:
        """Return the change with this number if Core refused it."""
        return next((one for one in self.refused if one.number == number), None)

    def add_sent(self, draw: Draw) -> None:
        """Show a change that Core has applied, until a read that began later includes it."""
        self._sent.append((self._count(), draw))
        self.on_change()


def _drawing(video: Video) -> Draw:
    return lambda library: library.with_changed(video)
