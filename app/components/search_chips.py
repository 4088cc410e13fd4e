"""The saved searches as chips, and a button that saves the current filters."""

from collections.abc import Sequence
from functools import partial

import flet as ft

from app.components.keys import keyed
from app.components.language import t
from app.components.search_dialog import ask_name
from app.searches import Search
from app.store import Store, Unwatched


def search_chips(store: Store) -> list[ft.Control]:
    """Show the chips, unless there are no saved searches and no filters to save."""
    library, applied = store.library, store.applied
    can_save = library.filtered and applied is None
    if not (library.searches or can_save):
        return []
    return [
        keyed(SearchChipsMemo, "searches", Unwatched(store), library.searches, applied, can_save)
    ]


@ft.component
def SearchChips(
    unwatched: Unwatched,
    searches: Sequence[Search],
    applied: Search | None,
    can_save: bool,  # noqa: FBT001  `keyed` passes positional arguments
) -> ft.Control:
    """Show the saved searches, and which of them is applied."""
    store = unwatched.store
    chips: list[ft.Control] = [
        ft.Chip(
            label=search.name,
            leading=ft.Icon(ft.Icons.BOOKMARK_BORDER_ROUNDED, size=16),
            selected=search == applied,
            show_checkmark=False,
            on_select=partial(store.apply_search, search),
            delete_icon=ft.Icon(ft.Icons.MORE_VERT_ROUNDED, size=16),
            delete_icon_tooltip=t("more for", name=search.name),
            on_delete=partial(ask_name, store, search),
            padding=ft.Padding.symmetric(horizontal=6),
            key=str(search.id),
        )
        for search in searches
    ]
    if can_save:
        icon = ft.Icons.BOOKMARK_ADD_OUTLINED
        save = ft.TextButton(t("save search"), icon=icon, on_click=partial(ask_name, store, None))
        chips.append(save)
    return ft.Row(chips, scroll=ft.ScrollMode.HIDDEN, spacing=8, height=36)


SearchChipsMemo = ft.memo(SearchChips)
