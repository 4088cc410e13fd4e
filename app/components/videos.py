"""The list of videos. It draws only the videos near the screen, in small batches.

Flet needs about two milliseconds to compare and pack a card, so thirty in one update would delay
a key press. The first batch fills a phone's screen, and the next key press stops the others.
"""

import asyncio
from collections.abc import Hashable
from dataclasses import dataclass, replace

import flet as ft

from app.components.cards import Open, VideoCardMemo, VideoRowMemo
from app.theme import GAP
from app.video import Video

Scroll = ft.EventHandler[ft.OnScrollEvent]

BATCH = 6
"""How many videos one update draws."""
PAUSE_S = 0.02
"""Between two batches, for the user's other input."""
PAGE = 30
"""How many videos are drawn without scrolling, and how many more near the end of them.

They overfill a tall screen, so that the user can scroll for more.
"""
NEAR_END_PX = 900
BELOW_PX = 96
"""Room below the last video, so that no button covers it."""


@dataclass(frozen=True)
class Drawn:
    """How many of the filtered videos are drawn, and how many the scroll position needs."""

    filters: Hashable
    shown: tuple[Video, ...]
    videos: int = BATCH
    wanted: int = PAGE


@ft.component
def Videos(
    shown: tuple[Video, ...],
    filters: Hashable,
    on_open: Open,
    selected: frozenset[int] | None,
    *,
    wide: bool,
) -> ft.Control:
    """Show the videos as rows, or as a grid on a wide screen."""
    state, set_state = ft.use_state(Drawn(filters, shown))
    if state.filters != filters and state.shown != shown:
        state = Drawn(filters, shown)
    wanted = min(state.wanted, len(shown))

    async def draw_batch() -> None:
        if state.videos < wanted:
            await asyncio.sleep(PAUSE_S)
            set_state(replace(state, videos=state.videos + BATCH))

    def want_more(event: ft.OnScrollEvent) -> None:
        near_end = event.pixels > event.max_scroll_extent - NEAR_END_PX
        if near_end and wanted <= state.videos < len(shown):
            set_state(replace(state, wanted=state.wanted + PAGE))

    ft.use_effect(draw_batch, [state, wanted])
    memo = VideoCardMemo if wide else VideoRowMemo
    cards = [
        memo(
            video,
            on_open,
            selected=None if selected is None else video.id in selected,
            key=str(video.id),
        )
        for video in shown[: min(state.videos, wanted)]
    ]
    return _grid(cards, want_more) if wide else _rows(cards, want_more)


VideosMemo = ft.memo(Videos)


def _rows(cards: list[ft.Control], on_scroll: Scroll) -> ft.Control:
    return ft.ListView(
        cards,
        spacing=8,
        padding=ft.Padding.only(bottom=BELOW_PX),
        on_scroll=on_scroll,
    )


def _grid(cards: list[ft.Control], on_scroll: Scroll) -> ft.Control:
    return ft.GridView(
        cards,
        max_extent=360,
        child_aspect_ratio=1.08,
        spacing=GAP,
        run_spacing=GAP,
        padding=ft.Padding.only(bottom=BELOW_PX),
        on_scroll=on_scroll,
    )
