"""Filters, order, layout and selection: the part of the store that needs no service."""

from collections.abc import Iterable

from app.device import DeviceStorage
from app.rows import SORTS, Sort
from app.searches import Search
from app.state import Kinds, LibraryState
from app.training import days_before, days_between, today
from app.video import Video

EVERYTHING = Search(0, "", "")
"""A search without filters."""


class Filters:
    """Changes which videos are shown, in which order, and which of them are selected."""

    library: LibraryState
    selected: frozenset[int] | None
    wide: bool
    grid: bool | None
    """The layout that the user chose; None: by the width of the window."""
    remembered: Sort
    """The order that the user chose last."""
    day: str
    """The user's day that the screens show; a phone keeps the app open for days."""
    _storage: DeviceStorage

    def turn_day(self) -> None:
        """Show the current day, and count the days without a workout back from it."""
        if (day := today()) != self.day:
            if since := self.library.not_done_since:
                moved = days_before(since, -days_between(self.day, day))
                self.library = self.library.not_since(moved)
            self.day = day

    def search(self, query: str) -> None:
        """Show only videos that contain every word."""
        self.library = self.library.searching(query)

    def toggle(self, tag: str) -> None:
        """Add a tag to the filter, or remove it."""
        self.library = self.library.toggling(tag)

    def sort_by(self, sort: Sort) -> None:
        """Show the videos in another order, and remember it on this device."""
        self.remembered = sort
        self.library = self.library.sorted_by(sort)
        self._store_display()

    def switch_layout(self) -> None:
        """Switch between a grid and rows, and remember it on this device."""
        self.grid = not self.is_grid
        self._store_display()

    @property
    def is_grid(self) -> bool:
        """Whether videos are shown as a grid: by the user's choice, else by the width."""
        return self.wide if self.grid is None else self.grid

    def _read_display(self) -> None:
        display = self._storage.display()
        if display.get("sort") in SORTS:
            self.remembered = display["sort"]
            self.library = self.library.sorted_by(self.remembered)
        self.grid = display.get("grid") if isinstance(display.get("grid"), bool) else None

    def _store_display(self) -> None:
        self._storage.store_display({"sort": self.remembered, "grid": self.grid})

    def filter_minutes(self, minutes: int | None) -> None:
        """Show only videos of at most this many minutes."""
        self.library = self.library.within(minutes)

    def filter_days(self, days: int | None) -> None:
        """Show only videos that the user has not done for this many days."""
        self.library = self.library.not_since(days_before(today(), days - 1) if days else None)

    def show_kind(self, kinds: Kinds) -> None:
        """Show only videos without tags, or only those that don't play here."""
        self.library = self.library.of_kind(kinds)

    def match_any(self, *, enabled: bool) -> None:
        """Show videos with any of the chosen tags, or only those with all of them."""
        self.library = self.library.with_any(enabled=enabled)

    def exclude(self, tag: str) -> None:
        """Show no video with this tag."""
        self.library = self.library.excluding(tag)

    def apply_search(self, search: Search) -> None:
        """Apply a saved search; if it is applied already, remove all filters."""
        applied = self.library.applying(search, today(), self.remembered)
        if applied.view_key == self.library.view_key:
            applied = self.library.applying(EVERYTHING, today(), self.remembered)
        self.library = applied

    def show_all(self) -> None:
        """Remove the search and the tags of the filter."""
        self.library = self.library.unfiltered()

    def select(self, ids: Iterable[int] | None) -> None:
        """Select exactly these videos; None ends the selection."""
        self.selected = None if ids is None else frozenset(ids)

    def toggle_selected(self, video_id: int) -> None:
        """Select a video, or deselect it."""
        self.select({one.id for one in self.selection} ^ {video_id})

    @property
    def selection(self) -> tuple[Video, ...]:
        """The selected videos among the shown ones: no action changes a hidden video."""
        ids = self.selected or frozenset()
        return tuple(one for one in self.library.shown if one.id in ids)
