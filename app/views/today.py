"""*What today?*: suggests one of the shown videos."""

import flet as ft

from app.components.cards import done_line
from app.components.language import t
from app.components.messages import message
from app.components.play import play_button
from app.components.screen import column, screen
from app.components.thumbnails import thumbnail
from app.navigation import open_library, open_video
from app.store import Store, use_store
from app.text import is_rtl
from app.video import Video


@ft.component
def TodayView() -> ft.View:
    """Suggest the video done longest ago, then others."""
    store = use_store()
    step, go_to = ft.use_state(0)
    due = store.library.due
    video = due[step % len(due)] if due else None
    controls = _suggestion(store, video) if video else [_nothing()]
    if len(due) > 1:
        icon = ft.Icons.SHUFFLE_ROUNDED
        another = ft.OutlinedButton(
            t("another"), icon=icon, height=48, on_click=lambda: go_to(step + 1)
        )
        controls.append(another)
    return screen("/today", t("what today"), column(controls), scrolls=True)


def _suggestion(store: Store, video: Video) -> list[ft.Control]:
    texts = " · ".join(filter(None, (video.channel, done_line(video, store.day))))
    return [
        ft.Container(thumbnail(video, radius=16), ink=True, on_click=lambda: open_video(video.id)),
        ft.Text(video.name, size=20, weight=ft.FontWeight.W_700, rtl=is_rtl(video.name)),
        ft.Text(texts, color=ft.Colors.ON_SURFACE_VARIANT),
        play_button(store, video),
    ]


def _nothing() -> ft.Control:
    icon = ft.Icons.SEARCH_OFF_ROUNDED
    return message(icon, t("none title"), t("none today"), t("to library"), open_library)
