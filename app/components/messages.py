"""Messages instead of videos: an empty library, no matches, loading, an error."""

from collections.abc import Callable

import flet as ft

from app.components.language import t
from app.theme import GAP

Action = Callable[[], object]


def message(
    icon: ft.IconData,
    title: str,
    text: str,
    action: str | None = None,
    on_action: Action | None = None,
) -> ft.Control:
    """Show a message with one action."""
    controls: list[ft.Control] = [
        _round(icon),
        ft.Text(title, size=20, weight=ft.FontWeight.W_600, text_align=ft.TextAlign.CENTER),
        ft.Text(text, color=ft.Colors.ON_SURFACE_VARIANT, text_align=ft.TextAlign.CENTER),
    ]
    if action:
        controls.append(ft.FilledButton(action, on_click=on_action))
    return ft.Container(
        ft.Column(
            controls,
            spacing=GAP,
            alignment=ft.MainAxisAlignment.CENTER,
            horizontal_alignment=ft.CrossAxisAlignment.CENTER,
        ),
        expand=True,
        alignment=ft.Alignment.CENTER,
        padding=ft.Padding.symmetric(horizontal=32),
    )


def _round(icon: ft.IconData) -> ft.Control:
    return ft.Container(
        ft.Icon(icon, size=40, color=ft.Colors.PRIMARY),
        width=88,
        height=88,
        border_radius=44,
        alignment=ft.Alignment.CENTER,
        bgcolor=ft.Colors.SECONDARY_CONTAINER,
    )


def loading(fault: str | None, on_retry: Action) -> ft.Control:
    """Show that the library is loading, or the error."""
    if fault is None:
        return ft.Container(ft.ProgressRing(), expand=True, alignment=ft.Alignment.CENTER)
    return message(ft.Icons.CLOUD_OFF_ROUNDED, t("fault title"), fault, t("retry"), on_retry)
