"""Plays the selected videos, or else the shown ones: in order, or shuffled."""

from collections.abc import Sequence

import flet as ft

from app.components.language import t
from app.components.messages import message
from app.components.screen import column, screen
from app.navigation import open_in_list, open_library
from app.playlist import shuffled
from app.store import Store, use_store


@ft.component
def PlayView() -> ft.View:
    """Show the number of videos, and a button for each order."""
    store = use_store()
    videos = store.selection or store.library.shown
    ids = tuple(video.id for video in videos if video.is_playable)
    body = _ways(store, ids) if ids else _nothing()
    return screen("/play", t("play these"), body)


def _ways(store: Store, ids: tuple[int, ...]) -> ft.Control:
    def begin(chosen: Sequence[int]) -> None:
        store.playlist = tuple(chosen)
        open_in_list(chosen[0])

    return column(
        [
            ft.Text(t("n videos", n=len(ids)), color=ft.Colors.ON_SURFACE_VARIANT),
            ft.FilledButton(
                t("play order"),
                icon=ft.Icons.PLAYLIST_PLAY_ROUNDED,
                height=48,
                on_click=lambda: begin(ids),
            ),
            ft.OutlinedButton(
                t("shuffle"),
                icon=ft.Icons.SHUFFLE_ROUNDED,
                height=48,
                on_click=lambda: begin(shuffled(ids)),
            ),
        ]
    )


def _nothing() -> ft.Control:
    return message(
        ft.Icons.PLAY_DISABLED_ROUNDED,
        t("nothing to play"),
        t("nothing to play more"),
        t("to library"),
        open_library,
    )
