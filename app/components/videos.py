"""The list of videos. It draws what is near, however long the library is, and a few at a time.

A card takes Flet about two milliseconds to compare and pack, so that thirty at once would hold up
a key press; the first few fill a phone's screen, and the next key stops the rest.
"""

import asyncio
from collections.abc import Hashable
from dataclasses import dataclass, replace

import flet as ft

from app.components.cards import VideoCardMemo, VideoRowMemo
from app.navigation import open_video
from app.state import Video
from app.theme import GAP

FEW = 6
"""How many videos are drawn at a time."""
PAUSE_S = 0.02
"""Between them, for whatever else the person does."""
STEP = 30
"""How many videos are drawn without scrolling, and how many more near the end of them.

More than fill a tall screen, which could not be scrolled to ask for the others.
"""
NEAR_END_PX = 900
BELOW_PX = 96
"""Room below the last video, so that no button covers it."""


@dataclass(frozen=True)
class Reach:
    """How much is drawn of what a filter left, and how much has been scrolled to."""

    filters: Hashable
    shown: tuple[Video, ...]
    drawn: int = FEW
    wanted: int = STEP


@ft.component
def Videos(shown: tuple[Video, ...], filters: Hashable, *, wide: bool) -> ft.Control:
    """Show the videos as rows, or as a grid where there is room."""
    reach, set_reach = ft.use_state(Reach(filters, shown))
    if reach.filters != filters and reach.shown != shown:
        reach = Reach(filters, shown)
    wanted = min(reach.wanted, len(shown))

    async def draw_a_few_more() -> None:
        if reach.drawn < wanted:
            await asyncio.sleep(PAUSE_S)
            set_reach(replace(reach, drawn=reach.drawn + FEW))

    def want_more(event: ft.OnScrollEvent) -> None:
        near_end = event.pixels > event.max_scroll_extent - NEAR_END_PX
        if near_end and wanted <= reach.drawn < len(shown):
            set_reach(replace(reach, wanted=reach.wanted + STEP))

    ft.use_effect(draw_a_few_more, [reach, wanted])
    near = shown[: min(reach.drawn, wanted)]
    return _grid(near, want_more) if wide else _rows(near, want_more)


VideosMemo = ft.memo(Videos)


def _rows(videos: tuple[Video, ...], on_scroll: ft.EventHandler[ft.OnScrollEvent]) -> ft.Control:
    return ft.ListView(
        [VideoRowMemo(video, open_video, key=str(video.id)) for video in videos],
        spacing=8,
        padding=ft.Padding.only(bottom=BELOW_PX),
        on_scroll=on_scroll,
    )


def _grid(videos: tuple[Video, ...], on_scroll: ft.EventHandler[ft.OnScrollEvent]) -> ft.Control:
    return ft.GridView(
        [VideoCardMemo(video, open_video, key=str(video.id)) for video in videos],
        max_extent=360,
        child_aspect_ratio=1.08,
        spacing=GAP,
        run_spacing=GAP,
        padding=ft.Padding.only(bottom=BELOW_PX),
        on_scroll=on_scroll,
    )
