"""The layout of the screens above the library."""

import flet as ft

from app.theme import COLUMN_PX, GAP, SIDE


def screen(
    route: str, title: str, body: ft.Control, *, scrolls: bool = False, dialog: bool = False
) -> ft.View:
    """Show a title with a back button, and the body; `scrolls` is False for a list."""
    return ft.View(
        route=route,
        fullscreen_dialog=dialog,
        bgcolor=ft.Colors.SURFACE,
        padding=ft.Padding.symmetric(horizontal=SIDE, vertical=GAP),
        scroll=ft.ScrollMode.AUTO if scrolls else None,
        horizontal_alignment=ft.CrossAxisAlignment.CENTER,
        appbar=ft.AppBar(title=ft.Text(title), bgcolor=ft.Colors.SURFACE),
        controls=[body],
    )


def column(controls: list[ft.Control]) -> ft.Control:
    """Show controls below each other, all with the width of a form."""
    return ft.Column(
        controls,
        width=COLUMN_PX,
        spacing=GAP,
        horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
    )
