"""What the forms for notes and workouts share: their layout, and what closes them."""

from collections.abc import Awaitable, Callable

import flet as ft

from app.components.language import t
from app.theme import GAP

Act = Callable[[], object]


def use_keep(keep: Callable[[], Awaitable[None]]) -> Act:
    """Call `keep` if the user leaves the form without *Finish*; return what *Finish* calls."""
    finished: ft.MutableRef[bool] = ft.use_ref(False)  # noqa: FBT003  Flet's own signature

    def finish() -> None:
        finished.current = True

    async def leave() -> None:
        if not finished.current:
            await keep()

    ft.use_effect(lambda: None, [], cleanup=leave)
    return finish


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
