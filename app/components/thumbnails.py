"""A video's thumbnail, and a placeholder for a missing one."""

import zlib

import flet as ft

from app.theme import PLACEHOLDER_HUES
from app.video import Video

WIDE_PX = 210


def thumbnail(video: Video, *, width: int | None = None, radius: int = 0) -> ft.Control:
    """Show YouTube's thumbnail in 16:9, with this width or the full width.

    Its background is the placeholder. Screen readers skip it: the title describes the video.
    """
    icon_px = (width or WIDE_PX) // 3
    return ft.Container(
        ft.Image(
            src=video.thumbnail_url,
            fit=ft.BoxFit.COVER,
            error_content=ft.Icon(
                ft.Icons.PLAY_ARROW_ROUNDED, size=icon_px, color=ft.Colors.WHITE_70
            ),
            exclude_from_semantics=True,
        ),
        width=width,
        height=width and width * 9 / 16,
        aspect_ratio=None if width else 16 / 9,
        border_radius=radius,
        clip_behavior=ft.ClipBehavior.ANTI_ALIAS,
        gradient=_colors(video),
    )


def _colors(video: Video) -> ft.LinearGradient:
    """Return a gradient that depends only on the video's key."""
    number = zlib.crc32(video.video_key.encode())
    hues = len(PLACEHOLDER_HUES)
    first, apart = number % hues, 1 + number // hues % (hues - 1)
    colors = [PLACEHOLDER_HUES[first], PLACEHOLDER_HUES[(first + apart) % hues]]
    return ft.LinearGradient(
        begin=ft.Alignment.TOP_LEFT, end=ft.Alignment.BOTTOM_RIGHT, colors=colors
    )
