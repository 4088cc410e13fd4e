"""The screen that edits a video: its title, its times and its tags."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self

import flet as ft

from app.components.language import t
from app.components.tags import tag_editor
from app.drafts import Draft
from app.navigation import open_video
from app.store import use_store
from app.text import format_time, is_rtl, parse_time, tag_key
from app.theme import COLUMN_PX, GAP, SIDE
from app.video import Video
from app.words import Word

MAX_TITLE = 300


@dataclass(frozen=True)
class Fields:
    """The text of the fields for title, start and end, as typed."""

    title: str
    start: str
    end: str

    @classmethod
    def of(cls, video: Video) -> Self:
        """Return what the video has."""
        start, end = (
            "" if one is None else format_time(one) for one in (video.start_s, video.end_s)
        )
        return cls(video.title or "", start, end)

    def fault(self) -> Word:
        """Return the word for what is wrong with the times; "" if nothing is."""
        try:
            start_s, end_s = parse_time(self.start), parse_time(self.end)
        except ValueError:
            return "no time"
        return "end too early" if end_s is not None and end_s <= (start_s or 0) else ""


@ft.component
def EditView() -> ft.View:
    """Show the fields of the video of the route; they are sent together."""
    store = use_store()
    video_id = ft.use_route_params().get("video_id", "")
    video = store.library.find(int(video_id)) if video_id.isdecimal() else None
    return ft.View(
        route=f"/videos/{video_id}/edit",
        bgcolor=ft.Colors.SURFACE,
        padding=ft.Padding.symmetric(horizontal=SIDE, vertical=GAP),
        scroll=ft.ScrollMode.AUTO,
        horizontal_alignment=ft.CrossAxisAlignment.CENTER,
        appbar=ft.AppBar(title=ft.Text(t("edit")), bgcolor=ft.Colors.SURFACE),
        controls=[Editor(video)] if video else [ft.Text(t("missing video"))],
    )


@ft.component
def Editor(video: Video) -> ft.Control:
    """Show the fields with the video's values."""
    store = use_store()
    fields, change_fields = ft.use_state(Fields.of(video))
    draft, change_draft = ft.use_state(Draft(tags=video.tags))

    async def save() -> None:
        if fault := fields.fault():
            change_draft(lambda draft: replace(draft, fault=t(fault)))
            return
        body = changes(video, fields, draft)
        open_video(video.id)
        if body:
            await store.edit(video, **body)

    def write(name: str, typed: str) -> None:
        change_fields(replace(fields, **{name: typed}))
        change_draft(lambda draft: replace(draft, fault=None))

    return ft.Column(
        [
            ft.TextField(
                value=fields.title,
                label=t("video title"),
                helper=t("title hint"),
                max_length=MAX_TITLE,
                rtl=is_rtl(fields.title),
                on_change=lambda event: change_fields(replace(fields, title=event.control.value)),
            ),
            _time("start", fields.start, write, draft.fault),
            _time("end", fields.end, write),
            *tag_editor(store.library, draft, change_draft),
            ft.FilledButton(t("save"), icon=ft.Icons.CHECK_ROUNDED, on_click=save, height=48),
        ],
        width=COLUMN_PX,
        spacing=GAP,
        horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
    )


def _time(
    name: str, value: str, write: Callable[[str, str], None], fault: str | None = None
) -> ft.Control:
    return ft.TextField(
        value=value,
        label=t(name),
        hint_text="1:30",
        error=fault,
        keyboard_type=ft.KeyboardType.DATETIME,
        on_change=lambda event: write(name, event.control.value),
    )


def changes(video: Video, fields: Fields, draft: Draft) -> dict[str, Any]:
    """Return only what the user changed, so that other devices' changes stay."""
    title, tags = fields.title.strip(), draft.all_tags
    keys = frozenset(map(tag_key, tags))
    body: dict[str, Any] = {}
    if title != (video.title or ""):
        body["title"] = title or None
    if (start_s := parse_time(fields.start)) != video.start_s:
        body["start_s"] = start_s
    if (end_s := parse_time(fields.end)) != video.end_s:
        body["end_s"] = end_s
    if added := [name for name in tags if tag_key(name) not in video.tag_keys]:
        body["add_tags"] = added
    if removed := [name for name in video.tags if tag_key(name) not in keys]:
        body["remove_tags"] = removed
    return body
