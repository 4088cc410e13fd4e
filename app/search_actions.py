"""Changes of saved searches."""

from app.actions import Actions
from app.searches import Search
from app.sync import search_changes
from app.training import today


class SearchActions(Actions):
    """Saves the current filters under a name, changes and deletes saved searches."""

    @property
    def filters(self) -> str:
        """The current filters, as a saved search stores them."""
        return self.library.filters(today(), self.remembered)

    @property
    def applied(self) -> Search | None:
        """The saved search that equals the current filters."""
        day, library = today(), self.library
        return next(
            (
                one
                for one in library.searches
                if library.applying(one, day, self.remembered).view_key == library.view_key
            ),
            None,
        )

    async def save_search(self, name: str) -> None:
        """Save the current filters."""
        await self._change(search_changes.add_search(name, self.filters))

    async def change_search(self, search: Search, **fields: str) -> None:
        """Change `name` or `query` of a saved search."""
        await self._change(search_changes.change_search(search, **fields))

    async def delete_search(self, search: Search) -> None:
        """Delete a saved search, with an undo."""
        changing = self._change(search_changes.delete_search(search))
        self.inform("search deleted", undo=self._undo(search_changes.restore_search(search)))
        await changing
