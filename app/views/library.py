"""The library: search, tags to filter by, and the videos."""

import flet as ft

from app.components.banners import banners
from app.components.bar import LibraryHeaderMemo
from app.components.filters import TagChipsMemo, search_field
from app.components.keys import keyed
from app.components.language import t
from app.components.messages import loading, message
from app.components.notices import use_notice
from app.components.order import order_row
from app.components.search_chips import search_chips
from app.components.selection import selection_bar
from app.components.training import TrainingRowMemo
from app.components.videos import VideosMemo
from app.navigation import open_files, open_save, open_video
from app.store import Store, Unwatched, use_store
from app.theme import CONTENT_PX, GAP, SIDE

TOP_PX = 8


@ft.component
def LibraryView() -> ft.View:
    """Show the library, or the error that prevents loading it."""
    store = use_store()
    use_notice(store)
    ft.use_effect(store.load, [])
    button = ft.FloatingActionButton(t("save video"), icon=ft.Icons.ADD_ROUNDED, on_click=open_save)
    body = ft.Container(
        ft.Column(
            [LibraryHeaderMemo(Unwatched(store), store.person), *_body(store)],
            spacing=GAP,
            expand=True,
            horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
        ),
        width=CONTENT_PX,
        padding=ft.Padding.only(left=SIDE, top=TOP_PX, right=SIDE),
    )
    return ft.View(
        route="/",
        padding=0,
        bgcolor=ft.Colors.SURFACE,
        floating_action_button=button if store.selected is None else None,
        controls=[
            ft.SafeArea(
                ft.Container(body, alignment=ft.Alignment.TOP_CENTER, expand=True), expand=True
            )
        ],
    )


def _body(store: Store) -> list[ft.Control]:
    library = store.library
    if not library.loaded:
        return [loading(store.fault, store.load)]
    if not library.videos:
        return [*banners(store), _empty_library()]
    selecting = store.selected is not None
    # With a key, Flet keeps a row when rows above it appear or disappear.
    return [
        *banners(store),
        search_field(library.query, store.search),
        *search_chips(store),
        keyed(TagChipsMemo, "tags", library, store.toggle, store.day),
        keyed(TrainingRowMemo, "training", Unwatched(store), library.limits),
        order_row(store),
        *([selection_bar(store)] if selecting else []),
        *_matches(store),
    ]


def _empty_library() -> ft.Control:
    return ft.Column(
        [
            message(
                ft.Icons.VIDEO_LIBRARY_OUTLINED,
                t("empty title"),
                t("empty text"),
                t("save first"),
                open_save,
            ),
            ft.TextButton(t("import"), on_click=open_files),
            ft.Container(height=4 * GAP),
        ],
        expand=True,
        horizontal_alignment=ft.CrossAxisAlignment.CENTER,
    )


def _matches(store: Store) -> list[ft.Control]:
    """Show the videos, or a message without matches.

    The list stays hidden behind the message, because it removes its cards in batches.
    """
    library = store.library
    on_open = open_video if store.selected is None else store.toggle_selected
    videos = VideosMemo(
        library.shown, library.view_key, on_open, store.selected, store.day, wide=store.is_grid
    )
    # Without a container a component does not take part in the column's layout.
    found = ft.Container(videos, expand=True, visible=bool(library.shown), key="videos")
    return [found] if library.shown else [found, _no_matches(store)]


def _no_matches(store: Store) -> ft.Control:
    return message(
        ft.Icons.SEARCH_OFF_ROUNDED,
        t("none title"),
        t("none text"),
        t("show all"),
        store.show_all,
    )
