"""Short messages at the bottom of the screen."""

import flet as ft

from app.actions import Notice
from app.components.language import t
from app.store import Store

SHOWN_S = 6
UNDO_S = 12
"""Longer, so that the user can read the message and reach Undo."""


def use_notice(store: Store) -> None:
    """Show each notice of the store for its full time; a new one replaces the previous one.

    It closes with its screen, so that the next user does not see it.
    """
    shown: ft.MutableRef[ft.SnackBar | None] = ft.use_ref(None)

    def hide() -> None:
        if shown.current and shown.current.open:
            shown.current.open = False
            shown.current.update()

    def show() -> None:
        shown.current = _bar(store.notice) if store.notice else None
        if shown.current:
            ft.context.page.show_dialog(shown.current)

    ft.use_effect(show, [store.notice], cleanup=hide)


def _bar(notice: Notice) -> ft.SnackBar:
    return ft.SnackBar(
        notice.text,
        action=ft.SnackBarAction(t("undo"), on_click=notice.undo) if notice.undo else None,
        behavior=ft.SnackBarBehavior.FLOATING,
        duration=ft.Duration(seconds=UNDO_S if notice.undo else SHOWN_S),
        persist=False,
    )
