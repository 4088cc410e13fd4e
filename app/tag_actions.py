"""Changes of a tag on every video: Core makes them first, so they need a connection."""

from collections.abc import Awaitable
from functools import partial

from app.actions import Actions
from app.errors import Failed, SignedOut
from app.searches import Search
from app.services import ApiService
from app.state import LibraryState
from app.sync import search_changes, video_changes
from app.sync.changes import Change
from app.sync.sync import Sync
from app.text import tag_key


class TagActions(Actions):
    """Renames, merges and removes tags."""

    _api: ApiService

    async def _try(self, action: Awaitable[None]) -> str | None:
        """Run an action; return its error, or None."""
        raise NotImplementedError

    async def rename_tag(self, name: str, to: str | None) -> str | None:
        """Rename or merge a tag, or remove it if `to` is None, with an undo; return the error."""
        before = self.library
        fault = await self._try(self._rename(name, to))
        if fault is None:
            self._offer_undo(before, name, to)
        return fault

    async def _rename(self, name: str, to: str | None) -> None:
        if not (sync := self._sync):
            raise SignedOut
        await _send_changes_of(sync, name)
        if to is None:
            await self._api.remove_tag(name)
        else:
            to = await self._api.rename_tag(name, to)
        if not sync.closed:
            self.library = self.library.with_tag_renamed(name, to)
            sync.add_sent(lambda library: library.with_tag_renamed(name, to))
            await sync.look()

    def _offer_undo(self, before: LibraryState, name: str, to: str | None) -> None:
        merges = to is not None and tag_key(to) != tag_key(name) and tag_key(to) in before.counts
        if to is not None and not merges:
            undo = self._while_signed_in(partial(self._rename_back, to, name))
            self.inform("renamed", undo=undo)
            return
        having = [one for one in before.videos if tag_key(name) in one.tag_keys]
        back = [video_changes.batch("tag", having, [name])]
        if to is not None and (new := [one for one in having if tag_key(to) not in one.tag_keys]):
            back.append(video_changes.batch("untag", new, [to]))
        used = [one for one in before.searches if one.uses(name)]
        undo = self._while_signed_in(partial(self._restore, back, used))
        self.inform("stripped" if to is None else "merged", undo=undo, n=len(having))

    async def _rename_back(self, name: str, to: str) -> None:
        if fault := await self._try(self._rename(name, to)):
            self.inform("not taken because", what=name, why=fault)
        else:
            self.inform("renamed")

    async def _restore(self, back: list[Change], used: list[Search]) -> None:
        """Restore the tags, and the saved searches that used the tag."""
        now = {one.id: one for one in self.library.searches}
        again = [change for one in used for change in _restore_search(one, now.get(one.id))]
        await self._change(*back, *again)


async def _send_changes_of(sync: Sync, name: str) -> None:
    """Send unsent changes first: they may use the tag. Others may wait.

    Raises: Failed
    """
    try:
        await sync.flush()
    except Failed:
        if any(tag_key(name) in map(tag_key, change.tags) for change in sync.unsent):
            raise


def _restore_search(search: Search, now: Search | None) -> list[Change]:
    """Return the change that gives a saved search its earlier filters again, if it needs one."""
    if now is None:
        return [search_changes.restore_search(search)]
    same = now.query == search.query
    return [] if same else [search_changes.change_search(now, query=search.query)]
