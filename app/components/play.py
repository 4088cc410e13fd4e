"""How a video is played: on YouTube, in the phone's app for it or in a browser."""

import flet as ft

from app.components.language import t
from app.navigation import open_in_list
from app.playlist import Step, step_from
from app.store import Store
from app.video import Video


def play_button(store: Store, video: Video) -> ft.Control:
    """Offer to play it; a video that YouTube does not show has a link to its page only."""
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
    """Show the place in the list of what plays, and the ways to the previous and the next."""
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
