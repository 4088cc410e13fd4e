"""The sentence that passes by at the bottom: saved, deleted, what went wrong."""

import flet as ft

from app.store import Notice, Store

SHOWN_S = 6
UNDO_S = 12
"""Whoever can still take something back needs the time to read that, and to reach it."""


def use_notice(store: Store) -> None:
    """Show each notice of the store in the place of the one before, for its full time.

    It goes when its screen does: the next person has no use for it.
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
        action=ft.SnackBarAction("Undo", on_click=notice.undo) if notice.undo else None,
        behavior=ft.SnackBarBehavior.FLOATING,
        duration=ft.Duration(seconds=UNDO_S if notice.undo else SHOWN_S),
        persist=False,
    )
