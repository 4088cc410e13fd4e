"""A video's picture, and what stands in for one that can't be shown."""

import zlib

import flet as ft

from app.state import Video
from app.theme import PICTURE_HUES

WIDE_PX = 210


def picture(video: Video, *, width: int | None = None, radius: int = 0) -> ft.Control:
    """Show YouTube's picture in 16:9, as wide as told or as there is room.

    Nobody needs to hear of it: the title says what it is.
    """
    return ft.Container(
        ft.Image(
            src=video.thumbnail_url,
            fit=ft.BoxFit.COVER,
            error_content=_stand_in(video, (width or WIDE_PX) // 3),
            exclude_from_semantics=True,
        ),
        width=width,
        height=width and width * 9 / 16,
        aspect_ratio=None if width else 16 / 9,
        border_radius=radius,
        clip_behavior=ft.ClipBehavior.ANTI_ALIAS,
        bgcolor=ft.Colors.SURFACE_CONTAINER_HIGH,
    )


def _stand_in(video: Video, icon_px: int) -> ft.Control:
    """Draw the same colours for the same video each time."""
    number = zlib.crc32(video.video_key.encode())
    hues = len(PICTURE_HUES)
    first, apart = number % hues, 1 + number // hues % (hues - 1)
    colors = [PICTURE_HUES[first], PICTURE_HUES[(first + apart) % hues]]
    return ft.Container(
        ft.Icon(ft.Icons.PLAY_ARROW_ROUNDED, size=icon_px, color=ft.Colors.WHITE_70),
        alignment=ft.Alignment.CENTER,
        gradient=ft.LinearGradient(
            begin=ft.Alignment.TOP_LEFT, end=ft.Alignment.BOTTOM_RIGHT, colors=colors
        ),
    )
