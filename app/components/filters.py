"""The search field and the tags to filter by."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from math import ceil
from typing import Self

import flet as ft

from app.components.language import t
from app.state import Chip, LibraryState
from app.training import days_between

GROUP = 6
"""The number of chips in one update; they fill the width of a phone."""
PAUSE_S = 0.02
"""A pause between two groups, in which Flet handles other input."""

Choose = Callable[[str], None]


def search_field(query: str, on_search: Choose) -> ft.Control:
    """Search while the user types."""
    return ft.TextField(
        value=query,
        label=t("search"),
        hint_text=t("search hint"),
        prefix_icon=ft.Icons.SEARCH_ROUNDED,
        filled=True,
        fill_color=ft.Colors.SURFACE_CONTAINER,
        border=ft.OutlineInputBorder(
            border_radius=24, side=ft.BorderSide(0, ft.Colors.TRANSPARENT)
        ),
        content_padding=ft.Padding.symmetric(horizontal=16, vertical=12),
        on_change=lambda event: on_search(event.control.value),
        key="search",
    )


@dataclass(frozen=True)
class DrawnChips:
    """The tags of a library, the tags drawn before, and how many groups are already replaced."""

    library: LibraryState
    before: tuple[Chip, ...] = ()
    groups: int = 1

    @property
    def group_count(self) -> int:
        return ceil(max(len(self.library.chips), len(self.before)) / GROUP)

    @property
    def drawn(self) -> list[tuple[Chip, ...]]:
        """The groups to draw."""
        chips = self.library.chips
        return [
            (chips if number < self.groups else self.before)[number * GROUP :][:GROUP]
            for number in range(self.group_count)
        ]

    def next_step(self, library: LibraryState) -> Self:
        """Replace one more group with the tags of this library."""
        if library is self.library:
            return replace(self, groups=self.groups + 1)
        return type(self)(library, tuple(chain.from_iterable(self.drawn)))


@ft.component
def TagChips(library: LibraryState, on_choose: Choose, day: str) -> ft.Control:
    """Show the tags to filter by, the chosen ones first.

    A key press changes all counts, so the chips are redrawn after the videos, group by group.
    """
    state, set_state = ft.use_state(DrawnChips(library))

    async def draw_group() -> None:
        if state.library is not library or state.groups < state.group_count:
            await asyncio.sleep(PAUSE_S)
            set_state(state.next_step(library))

    ft.use_effect(draw_group, [state, library])
    groups = [ChipGroupMemo(group, on_choose, day) for group in state.drawn if group]
    return ft.Row([*groups], scroll=ft.ScrollMode.HIDDEN, spacing=8)


TagChipsMemo = ft.memo(TagChips)


@ft.component
def ChipGroup(chips: tuple[Chip, ...], on_choose: Choose, day: str) -> ft.Control:
    """Show one group of tags."""
    return ft.Row([_chip(chip, on_choose, day) for chip in chips], tight=True, spacing=8)


ChipGroupMemo = ft.memo(ChipGroup)


def _chip(chip: Chip, on_choose: Choose, day: str) -> ft.Control:
    return ft.Chip(
        label=_label(chip, day),
        selected=chip.chosen,
        on_select=partial(on_choose, chip.name),
        show_checkmark=chip.chosen and not chip.excluded,
        tooltip=t("no longer without", name=chip.name) if chip.excluded else None,
        padding=ft.Padding.symmetric(horizontal=6),
        key=chip.name,
    )


def _label(chip: Chip, day: str) -> str:
    """Return the tag's name with its number of videos, or with its last workout."""
    if chip.excluded:
        return t("not tag", name=chip.name)
    if chip.done_on is None:
        return f"{chip.name} {chip.videos}"
    n = days_between(chip.done_on, day) if chip.done_on else None
    ago = "–" if n is None else (t("d", n=n) if n else t("today"))  # noqa: RUF001  the page's sign
    return f"{chip.name} · {ago}"
