"""A video in the library: a row on a phone, a card on a wide screen."""

from collections.abc import Callable
from functools import partial

import flet as ft

from app.components.language import t
from app.components.thumbnails import thumbnail
from app.text import format_time, is_rtl
from app.video import UNAVAILABLE, Video, done_words

MAX_TAGS = 4
TOP = ft.CrossAxisAlignment.START

Open = Callable[[int], None]


@ft.component
def VideoRow(video: Video, on_open: Open, day: str, *, selected: bool | None) -> ft.Control:
    """Show a video as a row. `selected` is None outside of a selection."""
    content = ft.Row(
        [thumbnail(video, width=128, radius=12), _texts(video, day, 3), *_mark(selected)],
        spacing=12,
        vertical_alignment=ft.CrossAxisAlignment.START,
    )
    return _tappable(video, on_open, content, padding=8, selected=selected)


@ft.component
def VideoCard(video: Video, on_open: Open, day: str, *, selected: bool | None) -> ft.Control:
    """Show a video as a card with its thumbnail on top."""
    texts = ft.Row([_texts(video, day, 4), *_mark(selected)], vertical_alignment=TOP)
    content = ft.Column(
        [thumbnail(video), ft.Container(texts, padding=ft.Padding.all(12))], spacing=0
    )
    return _tappable(video, on_open, content, padding=0, selected=selected)


VideoRowMemo = ft.memo(VideoRow)
VideoCardMemo = ft.memo(VideoCard)


def _mark(selected: bool | None) -> list[ft.Control]:  # noqa: FBT001  three states
    if selected is None:
        return []
    icon = ft.Icons.CHECK_CIRCLE_ROUNDED if selected else ft.Icons.RADIO_BUTTON_UNCHECKED_ROUNDED
    return [ft.Icon(icon, color=ft.Colors.PRIMARY)]


def _tappable(
    video: Video, on_open: Open, content: ft.Control, *, padding: int, selected: bool | None
) -> ft.Control:
    return ft.Container(
        content,
        padding=padding,
        border_radius=16,
        bgcolor=ft.Colors.SECONDARY_CONTAINER if selected else ft.Colors.SURFACE_CONTAINER_LOW,
        border=ft.Border.all(1, ft.Colors.PRIMARY if selected else ft.Colors.OUTLINE_VARIANT),
        clip_behavior=ft.ClipBehavior.ANTI_ALIAS,
        ink=True,
        on_click=partial(on_open, video.id),
    )


def _texts(video: Video, day: str, spacing: int) -> ft.Control:
    controls: list[ft.Control] = [
        ft.Text(
            video.name,
            size=15,
            weight=ft.FontWeight.W_600,
            max_lines=2,
            overflow=ft.TextOverflow.ELLIPSIS,
            rtl=is_rtl(video.name),
        )
    ]
    unavailable = t(video.availability) if video.availability in UNAVAILABLE else ""
    start = t("from moment", at=format_time(video.start_s)) if video.start_s else ""
    if below := " · ".join(filter(None, (unavailable or video.channel, start))):
        color = ft.Colors.ERROR if unavailable else ft.Colors.ON_SURFACE_VARIANT
        controls.append(ft.Text(below, size=12, color=color, max_lines=1, rtl=is_rtl(below)))
    controls.append(ft.Text(done_line(video, day), size=12, color=ft.Colors.ON_SURFACE_VARIANT))
    if video.tags:
        controls.append(_tags(video))
    return ft.Column(
        controls, spacing=spacing, expand=True, horizontal_alignment=ft.CrossAxisAlignment.STRETCH
    )


def done_line(video: Video, day: str) -> str:
    """Return the length, the last workout and the number of workouts."""
    minutes = [t("n min", n=video.minutes)] if video.minutes else []
    return " · ".join((*minutes, *(t(word, n=n) for word, n in done_words(video, day))))


def _tags(video: Video) -> ft.Control:
    """Show the first tags, and the number of the others."""
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
