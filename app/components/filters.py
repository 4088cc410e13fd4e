"""Search and the tags to filter by."""

from collections.abc import Callable, Sequence
from functools import partial

import flet as ft

from app.components.language import t
from app.searches import Search
from app.state import Chip
from app.training import days_between, today

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
    )


@ft.component
def SearchChips(
    searches: Sequence[tuple[Search, bool]], on_choose: Callable[[Search], None]
) -> ft.Control:
    """Show the saved searches, and which of them is applied."""
    return ft.Row(
        [
            ft.Chip(
                label=search.name,
                leading=ft.Icon(ft.Icons.BOOKMARK_BORDER_ROUNDED, size=16),
                selected=applied,
                show_checkmark=False,
                on_select=partial(on_choose, search),
                padding=ft.Padding.symmetric(horizontal=6),
                key=str(search.id),
            )
            for search, applied in searches
        ],
        scroll=ft.ScrollMode.HIDDEN,
        spacing=8,
    )


SearchChipsMemo = ft.memo(SearchChips)


@ft.component
def TagChips(chips: Sequence[Chip], on_choose: Choose) -> ft.Control:
    """Show the tags to filter by; those chosen come first."""
    return ft.Row(
        [_chip(chip, on_choose) for chip in chips],
        scroll=ft.ScrollMode.HIDDEN,
        spacing=8,
    )


TagChipsMemo = ft.memo(TagChips)


def _chip(chip: Chip, on_choose: Choose) -> ft.Control:
    return ft.Chip(
        label=_label(chip),
        selected=chip.chosen,
        on_select=partial(on_choose, chip.name),
        show_checkmark=chip.chosen and not chip.excluded,
        tooltip=t("no longer without", name=chip.name) if chip.excluded else None,
        padding=ft.Padding.symmetric(horizontal=6),
        key=chip.name,
    )


def _label(chip: Chip) -> str:
    """Name a tag, and say how many videos have it, or when one of them was done."""
    if chip.excluded:
        return t("not tag", name=chip.name)
    if chip.done_on is None:
        return f"{chip.name} {chip.videos}"
    n = days_between(chip.done_on, today()) if chip.done_on else None
    ago = "–" if n is None else (t("d", n=n) if n else t("today"))  # noqa: RUF001  the page's sign
    return f"{chip.name} · {ago}"
