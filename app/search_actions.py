"""What a user does to their saved searches."""

from app.actions import Actions
from app.searches import Search
from app.sync.changes import researching, searching, searching_again, unsearching
from app.training import today


class SearchActions(Actions):
    """Saves what filters the videos under a name, and changes it."""

    @property
    def filters(self) -> str:
        """What filters the videos now."""
        return self.library.filters(today(), self.remembered)

    @property
    def applied(self) -> Search | None:
        """The saved search that the user looks at."""
        day, library = today(), self.library
        return next(
            (
                one
                for one in library.searches
                if library.applying(one, day, self.remembered).look == library.look
            ),
            None,
        )

    async def save_search(self, name: str) -> None:
        """Save what filters the videos."""
        await self._change(searching(name, self.filters))

    async def change_search(self, search: Search, **fields: str) -> None:
        """Change `name` or `query` of a saved search."""
        await self._change(researching(search, **fields))

    async def delete_search(self, search: Search) -> None:
        """Delete a saved search, with an undo."""
        changing = self._change(unsearching(search))
        self.inform("search deleted", undo=self._undo(searching_again(search)))
        await changing
