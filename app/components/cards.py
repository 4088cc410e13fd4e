"""A video in the library: a row on a phone, a card where there is room."""

from collections.abc import Callable
from functools import partial

import flet as ft

from app.components.pictures import picture
from app.state import Video

MAX_TAGS = 4
UNAVAILABLE = {
    "private": "Private on YouTube",
    "gone": "No longer on YouTube",
    "embedding_disabled": "Plays on YouTube only",
}

Open = Callable[[int], None]


@ft.component
def VideoRow(video: Video, on_open: Open) -> ft.Control:
    """Show a video on one line of a phone."""
    content = ft.Row(
        [picture(video, width=128, radius=12), ft.Column(_texts(video), spacing=3, expand=True)],
        spacing=12,
        vertical_alignment=ft.CrossAxisAlignment.START,
    )
    return _tappable(video, on_open, content, padding=8)


@ft.component
def VideoCard(video: Video, on_open: Open) -> ft.Control:
    """Show a video as a card with its picture on top."""
    texts = ft.Container(ft.Column(_texts(video), spacing=4), padding=ft.Padding.all(12))
    content = ft.Column([picture(video), texts], spacing=0)
    return _tappable(video, on_open, content, padding=0)


VideoRowMemo = ft.memo(VideoRow)
VideoCardMemo = ft.memo(VideoCard)


def _tappable(video: Video, on_open: Open, content: ft.Control, padding: int) -> ft.Control:
    return ft.Container(
        content,
        padding=padding,
        border_radius=16,
        bgcolor=ft.Colors.SURFACE_CONTAINER_LOW,
        border=ft.Border.all(1, ft.Colors.OUTLINE_VARIANT),
        clip_behavior=ft.ClipBehavior.ANTI_ALIAS,
        ink=True,
        on_click=partial(on_open, video.id),
    )


def _texts(video: Video) -> list[ft.Control]:
    unavailable = UNAVAILABLE.get(video.availability)
    below = unavailable or video.channel
    texts: list[ft.Control] = [
        ft.Text(
            video.name,
            size=15,
            weight=ft.FontWeight.W_600,
            max_lines=2,
            overflow=ft.TextOverflow.ELLIPSIS,
        )
    ]
    if below:
        color = ft.Colors.ERROR if unavailable else ft.Colors.ON_SURFACE_VARIANT
        texts.append(ft.Text(below, size=12, color=color, max_lines=1))
    if video.tags:
        texts.append(_tags(video))
    return texts


def _tags(video: Video) -> ft.Control:
    """Show the first tags, and how many more there are."""
    more = len(video.tags) - MAX_TAGS
    names = [*video.tags[:MAX_TAGS], *([f"+{more}"] if more > 0 else [])]
    return ft.Row([_pill(name) for name in names], wrap=True, spacing=4, run_spacing=4)


def _pill(name: str) -> ft.Control:
    return ft.Container(
        ft.Text(
            name,
            size=11,
            weight=ft.FontWeight.W_500,
            color=ft.Colors.ON_SECONDARY_CONTAINER,
            max_lines=1,
            overflow=ft.TextOverflow.ELLIPSIS,
        ),
        padding=ft.Padding.symmetric(horizontal=8, vertical=2),
        border_radius=999,
        bgcolor=ft.Colors.SECONDARY_CONTAINER,
    )
