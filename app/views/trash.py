"""The trash: deleted videos, which the user can restore."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import flet as ft

from app.components.language import day, t
from app.components.messages import loading, message
from app.components.screen import screen
from app.components.thumbnails import thumbnail
from app.store import Store, use_store
from app.text import is_rtl
from app.theme import COLUMN_PX
from app.video import TRASH_TTL, Trashed, Video

PAGE = 100
"""The number of rows at first, and of further rows when the user scrolls near their end."""
NEAR_END_PX = 900

ShowMore = ft.EventHandler[ft.OnScrollEvent]


@dataclass(frozen=True)
class Listed:
    """The trash once Core has sent it, or the error."""

    trash: tuple[Trashed, ...] | None = None
    fault: str | None = None


@ft.component
def TrashView() -> ft.View:
    """Show the trash, which needs a connection."""
    store = use_store()
    state, change = ft.use_state(Listed())
    rows, show_rows = ft.use_state(PAGE)

    def show_more(event: ft.OnScrollEvent) -> None:
        near_end = event.pixels > event.max_scroll_extent - NEAR_END_PX
        if near_end and rows < len(state.trash or ()):
            show_rows(rows + PAGE)

    async def read() -> None:
        change(Listed())
        fault = await store.read_trash(lambda trash: change(Listed(trash)))
        if fault:
            change(Listed(fault=fault))

    ft.use_effect(read, [store.person])
    if state.trash is None:
        body = loading(state.fault, read)
    else:
        body = _trash(store, state.trash, rows, show_more)
    return screen("/trash", t("trash"), body)


def _trash(store: Store, trash: tuple[Trashed, ...], limit: int, on_scroll: ShowMore) -> ft.Control:
    # Videos in the library, restored optimistically too, are not in the trash.
    there = [one for one in trash if not store.library.find(one.video.id)]
    if not there:
        text = t("trash stays", n=TRASH_TTL.days)
        return message(ft.Icons.DELETE_OUTLINE_ROUNDED, t("trash empty"), text)
    videos = [one.video for one in there]
    head = ft.Row(
        [
            ft.Text(t("trash stays", n=TRASH_TTL.days), expand=True),
            ft.TextButton(t("restore all", n=len(videos)), on_click=_restoring(store, *videos)),
        ]
    )
    now = datetime.now(UTC)
    rows = [_row(store, one, now) for one in there[:limit]]
    return ft.ListView([head, *rows], spacing=8, width=COLUMN_PX, expand=True, on_scroll=on_scroll)


def _row(store: Store, trashed: Trashed, now: datetime) -> ft.Control:
    video, left = trashed.video, trashed.days_left(now)
    below = t("deleted on", day=day(trashed.deleted_at))
    time = t("days left", n=left) if left else t("last hours")
    restore = ft.IconButton(
        ft.Icons.RESTORE_FROM_TRASH_OUTLINED,
        tooltip=t("restore name", name=video.name),
        on_click=_restoring(store, video),
    )
    texts: list[ft.Control] = [
        ft.Text(video.name, weight=ft.FontWeight.W_600, max_lines=2, rtl=is_rtl(video.name)),
        ft.Text(f"{below} · {time}", size=12, color=ft.Colors.ON_SURFACE_VARIANT),
    ]
    column = ft.Column(
        texts, spacing=3, expand=True, horizontal_alignment=ft.CrossAxisAlignment.STRETCH
    )
    return ft.Row(
        [thumbnail(video, width=96, radius=8), column, ft.MergeSemantics(restore)],
        key=str(video.id),
    )


def _restoring(store: Store, *videos: Video) -> Callable[[], Awaitable[None]]:
    """Return a handler without arguments: Flet would pass its event to `store.restore`."""

    async def restore() -> None:
        await store.restore(*videos)

    return restore
