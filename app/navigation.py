"""The routes of the screens, and functions to open them."""

import flet as ft

LIBRARY = "/"
SAVE = "/save"
TAGS = "/tags"
TRASH = "/trash"
FILES = "/files"
LOG = "/log"
TODAY = "/today"
PLAY = "/play"


def open_library() -> None:
    """Go to the library."""
    ft.context.page.navigate(LIBRARY)


def open_save() -> None:
    """Go to the screen that saves a video."""
    ft.context.page.navigate(SAVE)


def open_video(video_id: int) -> None:
    """Go to one video."""
    ft.context.page.navigate(f"/videos/{video_id}")


def open_edit(video_id: int) -> None:
    """Go to the screen that edits a video."""
    ft.context.page.navigate(f"/videos/{video_id}/edit")


def open_tags() -> None:
    """Go to the list of tags."""
    ft.context.page.navigate(TAGS)


def open_trash() -> None:
    """Go to the trash."""
    ft.context.page.navigate(TRASH)


def open_log() -> None:
    """Go to the log of workouts."""
    ft.context.page.navigate(LOG)


def open_files() -> None:
    """Go to import and export."""
    ft.context.page.navigate(FILES)


def open_today() -> None:
    """Go to the suggestion for today."""
    ft.context.page.navigate(TODAY)


def open_play() -> None:
    """Go to the screen that plays several videos."""
    ft.context.page.navigate(PLAY)


def open_in_list(video_id: int) -> None:
    """Go to a video of the playlist."""
    ft.context.page.navigate(f"{PLAY}/{video_id}")
