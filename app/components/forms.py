"""The layout of the forms for notes and workouts."""

from collections.abc import Callable

import flet as ft

from app.components.language import t
from app.theme import GAP

Act = Callable[[], object]


def training_form(controls: list[ft.Control], on_finish: Act, on_delete: Act | None) -> ft.Control:
    """Show the fields of a row, a button that saves them, and one that deletes the row."""
    actions: list[ft.Control] = [
        ft.FilledButton(t("finish"), icon=ft.Icons.CHECK_ROUNDED, on_click=on_finish)
    ]
    if on_delete:
        icon = ft.Icons.DELETE_OUTLINE_ROUNDED
        actions.append(ft.TextButton(t("delete"), icon=icon, on_click=on_delete))
    return ft.Container(
        ft.Column(
            [*controls, ft.Row(actions, wrap=True)],
            spacing=GAP,
            horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
        ),
        padding=GAP,
        border_radius=12,
        bgcolor=ft.Colors.SURFACE_CONTAINER,
    )
