"""Search and the tags to filter by."""

from collections.abc import Callable, Sequence
from functools import partial

import flet as ft

from app.state import Chip

Choose = Callable[[str], None]


def search_field(query: str, on_search: Choose) -> ft.Control:
    """Search while one types."""
    return ft.TextField(
        value=query,
        label="Search",
        hint_text="Titles, channels and tags",
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
        label=f"{chip.name} {chip.videos}",
        selected=chip.chosen,
        on_select=partial(on_choose, chip.name),
        show_checkmark=chip.chosen,
        padding=ft.Padding.symmetric(horizontal=6),
        key=chip.name,
    )
