"""The header of the library, with the account menu."""

from collections.abc import Callable
from functools import partial

import flet as ft

from app.components.dialogs import ask
from app.components.erase import ask_to_erase
from app.components.language import t
from app.navigation import open_files, open_log, open_tags, open_trash
from app.oauth import Person
from app.store import Store, Unwatched


@ft.component
def LibraryHeader(unwatched: Unwatched, person: Person | None) -> ft.Control:
    """Show the title and the account menu above the videos, with the same width."""
    return ft.Row(
        [
            ft.Text(t("library"), size=24, weight=ft.FontWeight.W_700, expand=True),
            _person_menu(unwatched.store, person),
        ],
        vertical_alignment=ft.CrossAxisAlignment.CENTER,
    )


LibraryHeaderMemo = ft.memo(LibraryHeader)
"""Memoized, so that a key press does not rebuild it."""


def _person_menu(store: Store, person: Person | None) -> ft.Control:
    name = person.name if person else ""
    return ft.PopupMenuButton(
        _initial(name),
        tooltip=t("account"),
        items=[
            ft.PopupMenuItem(_who(name, (person and person.email) or ""), disabled=True),
            ft.PopupMenuItem(),
            _item(t("log"), ft.Icons.EVENT_AVAILABLE_OUTLINED, open_log),
            _item(t("tags"), ft.Icons.SELL_OUTLINED, open_tags),
            _item(t("trash"), ft.Icons.DELETE_OUTLINE_ROUNDED, open_trash),
            _item(t("import and export"), ft.Icons.IMPORT_EXPORT_ROUNDED, open_files),
            _item(t("refresh"), ft.Icons.REFRESH_ROUNDED, store.load),
            _item(t("switch theme"), ft.Icons.BRIGHTNESS_6_OUTLINED, _switch_theme),
            _item(t("sign out"), ft.Icons.LOGOUT_ROUNDED, partial(_sign_out, store)),
            _item(t("erase"), ft.Icons.DELETE_FOREVER_OUTLINED, partial(ask_to_erase, store)),
        ],
    )


def _initial(name: str) -> ft.Control:
    return ft.CircleAvatar(
        ft.Text(name[:1].upper() or "?", weight=ft.FontWeight.W_600),
        radius=18,
        bgcolor=ft.Colors.PRIMARY,
        color=ft.Colors.ON_PRIMARY,
    )


def _item(label: str, icon: ft.IconData, on_click: Callable[[], object]) -> ft.PopupMenuItem:
    return ft.PopupMenuItem(label, icon=icon, on_click=on_click)


def _who(name: str, email: str) -> ft.Control:
    texts: list[ft.Control] = [ft.Text(name, weight=ft.FontWeight.W_600), ft.Text(email, size=12)]
    return ft.Column(texts, spacing=0)


async def _sign_out(store: Store) -> None:
    """Sign out; ask first if that discards changes."""
    left = await store.send_before_sign_out()
    if left:
        question = t("leave question", n=left)
        ask(t("sign out"), question, t("discard and sign out"), store.sign_out)
    else:
        await store.sign_out()


def _switch_theme() -> None:
    page = ft.context.page
    dark = page.theme_mode == ft.ThemeMode.DARK or (
        page.theme_mode == ft.ThemeMode.SYSTEM and page.platform_brightness == ft.Brightness.DARK
    )
    page.theme_mode = ft.ThemeMode.LIGHT if dark else ft.ThemeMode.DARK
    page.update()
