"""The number of shown videos, and buttons to sort, lay out, play and select them."""

from collections.abc import Callable

import flet as ft

from app.components.language import t
from app.navigation import open_play
from app.rows import SORTS, Sort
from app.store import Store, Unwatched


def order_row(store: Store) -> ft.Control:
    """Show the number of videos and the buttons."""
    library = store.library
    n, total = len(library.shown), len(library.videos)
    count = t("n of all", n=n, all=total) if library.filtered else t("n videos", n=n)
    selecting = store.selected is not None
    return ft.Row(
        [
            ft.Text(
                count,
                size=13,
                color=ft.Colors.ON_SURFACE_VARIANT,
                expand=True,
                max_lines=1,
                overflow=ft.TextOverflow.ELLIPSIS,
            ),
            OrderButtonsMemo(
                Unwatched(store), library.sort, is_grid=store.is_grid, selecting=selecting
            ),
        ],
        height=36,
        spacing=8,
        key="order",
    )


@ft.component
def OrderButtons(unwatched: Unwatched, sort: Sort, *, is_grid: bool, selecting: bool) -> ft.Control:
    """Show the buttons; as icons they fit on a small phone."""
    store = unwatched.store
    return ft.Row(
        [
            ft.PopupMenuButton(
                _labelled(ft.Icons.SORT_ROUNDED, t(sort)),
                tooltip=t("sort"),
                items=[_sort_item(store, one, checked=one == sort) for one in SORTS],
            ),
            _icon(
                ft.Icons.VIEW_LIST_ROUNDED if is_grid else ft.Icons.GRID_VIEW_ROUNDED,
                "as list" if is_grid else "as grid",
                store.switch_layout,
            ),
            _icon(ft.Icons.PLAYLIST_PLAY_ROUNDED, "play these", open_play),
            _icon(
                ft.Icons.CLOSE_ROUNDED if selecting else ft.Icons.CHECKLIST_ROUNDED,
                "cancel" if selecting else "select",
                lambda: store.select(None if selecting else ()),
            ),
        ],
        spacing=0,
        tight=True,
    )


def _icon(icon: ft.IconData, word: str, on_click: Callable[[], object]) -> ft.Control:
    button = ft.IconButton(icon, icon_size=20, tooltip=t(word), on_click=on_click)
    return ft.MergeSemantics(button)


OrderButtonsMemo = ft.memo(OrderButtons)
"""Memoized, so that a key press does not rebuild them."""


def _labelled(icon: ft.IconData, label: str) -> ft.Control:
    color = ft.Colors.PRIMARY
    return ft.Row([ft.Icon(icon, size=18, color=color), ft.Text(label, color=color)], spacing=6)


def _sort_item(store: Store, sort: Sort, *, checked: bool) -> ft.PopupMenuItem:
    return ft.PopupMenuItem(t(sort), checked=checked, on_click=lambda: store.sort_by(sort))
