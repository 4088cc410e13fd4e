"""The list of videos. It draws only the videos near the screen, in small batches.

Flet needs about 1 ms to add a card and 0.5 ms to remove one. So thirty cards in one update would
delay a key press. The first update replaces the first cards, later ones replace the others.
"""

import asyncio
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from math import ceil

import flet as ft

from app.components.cards import Open, VideoCardMemo, VideoRowMemo
from app.theme import GAP
from app.video import Video

Scroll = ft.EventHandler[ft.OnScrollEvent]

FIRST = 2
"""The number of videos in the first update, which also filters and draws the rest of the screen."""
BATCH = 3
"""The number of videos in each later update."""
PAUSE_S = 0.02
"""A pause between two batches, in which Flet handles other input."""
PAGE = 16
"""The minimum of drawn videos, and how many more when the user scrolls near their end."""
PX_PER_VIDEO = 50
"""Window height per drawn video: less than a card, so the list overflows and can scroll."""
NEAR_END_PX = 900
BELOW_PX = 96
"""Space below the last video, so that the button does not cover it."""


@dataclass(frozen=True)
class Drawn:
    """How many of the filtered videos are drawn, and how many pages the user scrolled to."""

    filters: Hashable
    shown: tuple[Video, ...]
    before: tuple[Video, ...] = ()
    """The videos drawn with the previous filters, until batches replace them."""
    videos: int = FIRST
    pages: int = 1

    def filtered(self, filters: Hashable, shown: tuple[Video, ...]) -> "Drawn":
        """Change the filters: draw the first of their videos, and keep the other cards."""
        return Drawn(filters, shown, self.cards(self.shown)[:PAGE])

    def cards(self, shown: tuple[Video, ...]) -> tuple[Video, ...]:
        """Return the videos to draw."""
        fresh = shown[: self.videos]
        ids = {video.id for video in fresh}
        return (*fresh, *(one for one in self.before[self.videos :] if one.id not in ids))


def wanted_videos(page_px: float, pages: int) -> int:
    """Return how many videos to draw in a window of this height after scrolling to more pages."""
    return max(PAGE, ceil(page_px / PX_PER_VIDEO)) + PAGE * (pages - 1)


@ft.component
def Videos(
    shown: tuple[Video, ...],
    filters: Hashable,
    on_open: Open,
    selected: frozenset[int] | None,
    day: str,
    *,
    wide: bool,
) -> ft.Control:
    """Show the videos as rows, or as a grid on a wide screen."""
    state, set_state = ft.use_state(Drawn(filters, shown))
    if state.filters != filters and state.shown != shown:
        state = state.filtered(filters, shown)
    wanted = wanted_videos(ft.context.page.height or 0, state.pages)
    last = max(min(wanted, len(shown)), len(state.before))

    async def draw_batch() -> None:
        if state.videos < last:
            await asyncio.sleep(PAUSE_S)
            set_state(replace(state, videos=min(state.videos + BATCH, wanted)))

    def want_more(event: ft.OnScrollEvent) -> None:
        near_end = event.pixels > event.max_scroll_extent - NEAR_END_PX
        if near_end and wanted <= state.videos < len(shown):
            set_state(replace(state, pages=state.pages + 1))

    ft.use_effect(draw_batch, [state, last])
    memo = VideoCardMemo if wide else VideoRowMemo
    cards = [_card(memo, video, on_open, selected, day) for video in state.cards(shown)]
    return _grid(cards, want_more) if wide else _rows(cards, want_more)


VideosMemo = ft.memo(Videos)


def _card(
    memo: Callable[..., ft.Control],
    video: Video,
    on_open: Open,
    selected: frozenset[int] | None,
    day: str,
) -> ft.Control:
    mark = None if selected is None else video.id in selected
    return memo(video, on_open, day, selected=mark, key=str(video.id))


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
