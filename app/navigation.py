"""The addresses of the screens, and the ways to them."""

import flet as ft

LIBRARY = "/"
SAVE = "/save"


def open_library() -> None:
    """Go to the library."""
    ft.context.page.navigate(LIBRARY)


def open_save() -> None:
    """Go to where a video is saved."""
    ft.context.page.navigate(SAVE)


def open_video(video_id: int) -> None:
    """Go to one video."""
    ft.context.page.navigate(f"/videos/{video_id}")
