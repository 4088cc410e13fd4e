"""Tags to choose from, and those that are chosen."""

from collections.abc import Callable, Iterable
from functools import partial

import flet as ft

Choose = Callable[[str], object]


def suggestions(names: Iterable[str], on_choose: Choose) -> ft.Control:
    """Offer tags; one tap takes one."""
    return _wrapped(
        [
            ft.Chip(
                label=name,
                leading=ft.Icon(ft.Icons.ADD_ROUNDED, size=16),
                on_click=partial(on_choose, name),
                key=name,
            )
            for name in names
        ]
    )


def chosen_tags(names: Iterable[str], on_remove: Choose) -> ft.Control:
    """Show the tags that it has, each with a way to take it off."""
    return _wrapped(
        [
            ft.Chip(
                label=name,
                bgcolor=ft.Colors.SECONDARY_CONTAINER,
                delete_icon=ft.Icon(ft.Icons.CLOSE_ROUNDED, size=16),
                delete_icon_tooltip=f"Remove {name}",
                on_delete=partial(on_remove, name),
                key=name,
            )
            for name in names
        ]
    )


def _wrapped(chips: list[ft.Control]) -> ft.Control:
    return ft.Row(chips, wrap=True, spacing=8, run_spacing=8)


def tag_field(
    typed: str, *, on_change: Choose, on_enter: Callable[[], object], fault: str | None = None
) -> ft.Control:
    """Take tags as people type them."""
    return ft.TextField(
        value=typed,
        label="Tags",
        hint_text="legs, 20 minutes",
        helper="Separate tags by commas",
        error=fault,
        error_max_lines=4,
        on_change=lambda event: on_change(event.control.value),
        on_submit=on_enter,
    )
