"""What stands where there are no videos: nothing yet, nothing found, no answer."""

from collections.abc import Callable

import flet as ft

from app.theme import GAP

Action = Callable[[], object]


def message(
    icon: ft.IconData,
    title: str,
    text: str,
    action: str | None = None,
    on_action: Action | None = None,
) -> ft.Control:
    """Say what is the matter, and offer the one thing to do about it."""
    controls: list[ft.Control] = [
        ft.Container(
            ft.Icon(icon, size=40, color=ft.Colors.PRIMARY),
            width=88,
            height=88,
            border_radius=44,
            alignment=ft.Alignment.CENTER,
            bgcolor=ft.Colors.SECONDARY_CONTAINER,
        ),
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


def waiting(fault: str | None, on_retry: Action) -> ft.Control:
    """Say that the library is on its way, or why it is not."""
    if fault is None:
        return ft.Container(ft.ProgressRing(), expand=True, alignment=ft.Alignment.CENTER)
    return message(ft.Icons.CLOUD_OFF_ROUNDED, "That did not work", fault, "Try again", on_retry)


def stale_banner(fault: str, on_retry: Action) -> ft.Control:
    """Say that what is shown may be old, and why."""
    color = ft.Colors.ON_SECONDARY_CONTAINER
    return ft.Container(
        ft.Row(
            [
                ft.Icon(ft.Icons.CLOUD_OFF_ROUNDED, size=18, color=color),
                ft.Text(f"{fault} This is what you saw last.", size=13, expand=True, color=color),
                ft.TextButton("Try again", on_click=on_retry),
            ]
        ),
        padding=ft.Padding.only(left=14, right=4),
        border_radius=12,
        bgcolor=ft.Colors.SECONDARY_CONTAINER,
    )
