"""The library: search, tags to filter by, and the videos."""

import flet as ft

from app.components.bar import library_bar
from app.components.filters import TagChipsMemo, search_field
from app.components.messages import message, stale_banner, waiting
from app.components.notices import use_notice
from app.components.videos import VideosMemo
from app.navigation import open_save
from app.store import Store, use_store
from app.theme import CONTENT_PX, GAP, SIDE

LABEL_PX = 8
"""Room for the upper half of the search field's label, which rises when something is typed."""


@ft.component
def LibraryView() -> ft.View:
    """Show the library, or why there is none to show."""
    store = use_store()
    use_notice(store)
    ft.use_effect(store.load, [])
    return ft.View(
        route="/",
        padding=0,
        bgcolor=ft.Colors.SURFACE,
        appbar=library_bar(store),
        floating_action_button=ft.FloatingActionButton(
            "Save a video", icon=ft.Icons.ADD_ROUNDED, on_click=open_save
        ),
        controls=[
            ft.SafeArea(
                ft.Container(_body(store), alignment=ft.Alignment.TOP_CENTER, expand=True),
                expand=True,
            )
        ],
    )


def _body(store: Store) -> ft.Control:
    library = store.library
    if not library.loaded:
        return waiting(store.fault, store.load)
    controls = [stale_banner(store.fault, store.load)] if store.fault else []
    if library.videos:
        controls += [
            search_field(library.query, store.search),
            TagChipsMemo(library.chips, store.toggle),
            _found(store),
        ]
    else:
        controls.append(_nothing_yet())
    return ft.Container(
        ft.Column(
            controls,
            spacing=GAP,
            expand=True,
            horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
        ),
        width=CONTENT_PX,
        padding=ft.Padding.only(left=SIDE, top=LABEL_PX, right=SIDE),
    )


def _nothing_yet() -> ft.Control:
    return message(
        ft.Icons.VIDEO_LIBRARY_OUTLINED,
        "Nothing here yet",
        "Save a YouTube link and give it tags. You will find it here by any of them.",
        "Save your first video",
        open_save,
    )


def _found(store: Store) -> ft.Control:
    library = store.library
    if library.shown:
        filters = (library.query, library.chosen)
        # A component takes no part in the column's layout by itself.
        return ft.Container(VideosMemo(library.shown, filters, wide=store.wide), expand=True)
    return message(
        ft.Icons.SEARCH_OFF_ROUNDED,
        "No video fits",
        "Nothing has all of these words and tags.",
        "Show all videos",
        store.show_all,
    )
