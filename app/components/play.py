"""Buttons that play a video on YouTube: in the phone's YouTube app, or in a browser."""

import flet as ft

from app.components.language import t
from app.navigation import open_in_list
from app.playlist import Step, step_from
from app.store import Store
from app.video import Video


def play_button(store: Store, video: Video) -> ft.Control:
    """Show a play button; a video that YouTube no longer plays has only a link to its page."""
    url = ft.Url(video.watch_url, target=ft.UrlTarget.BLANK)
    if not video.is_playable:
        return ft.TextButton(t("open youtube"), icon=ft.Icons.OPEN_IN_NEW_ROUNDED, url=url)
    return ft.FilledButton(
        t("play"),
        icon=ft.Icons.PLAY_ARROW_ROUNDED,
        url=url,
        height=48,
        on_click=lambda: store.play(video),
    )


def steps_row(store: Store, video: Video) -> ft.Control:
    """Show the position in the playlist, and buttons for the previous and the next video."""
    ids = store.playlist
    place = ids.index(video.id) + 1 if video.id in ids else 0
    return ft.Row(
        [
            _step(store, video, -1),
            ft.Text(t("n of all", n=place, all=len(ids)) if place else ""),
            _step(store, video, 1),
        ],
        alignment=ft.MainAxisAlignment.CENTER,
    )


def _step(store: Store, video: Video, step: Step) -> ft.Control:
    other = step_from(store.playlist, video.id, step, store.library.find)
    icon = ft.Icons.SKIP_NEXT_ROUNDED if step > 0 else ft.Icons.SKIP_PREVIOUS_ROUNDED
    return ft.MergeSemantics(
        ft.IconButton(
            icon,
            tooltip=t("next" if step > 0 else "previous"),
            disabled=other is None,
            on_click=lambda: open_in_list(other) if other else None,
        )
    )
