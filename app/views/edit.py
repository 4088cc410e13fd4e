"""The screen that edits a video: its title, its times and its tags."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import flet as ft

from app.components.draft import use_draft
from app.components.keys import keyed
from app.components.language import t
from app.components.messages import loading
from app.components.screen import column, screen
from app.components.tags import tag_editor
from app.drafts import Draft, EditDraft
from app.navigation import open_video
from app.state import LibraryState
from app.store import use_store
from app.text import is_rtl
from app.video import Video

MAX_TITLE = 300

Change = Callable[[Callable[[EditDraft], EditDraft]], None]


@ft.component
def EditView() -> ft.View:
    """Show the fields of the video of the route; they are sent together."""
    store = use_store()
    video_id = ft.use_route_params().get("video_id", "")
    video = store.library.find(int(video_id)) if video_id.isdecimal() else None
    if video:
        body = keyed(Editor, f"edit {video.id}", video)
    elif store.library.loaded:
        body = ft.Text(t("missing video"))
    else:
        body = loading(store.fault, store.load)
    return screen(f"/videos/{video_id}/edit", t("edit"), body, scrolls=True)


@ft.component
def Editor(video: Video) -> ft.Control:
    """Show the fields with the video's values, or with unsaved edits."""
    store = use_store()
    name = f"edit {video.id}"
    draft, change, forget = use_draft(name, EditDraft.of(video))
    # Read once: the line is about edits from before this screen opened.
    kept, keep = ft.use_state(draft.is_changed)

    async def save() -> None:
        checked = draft.checked()
        change(lambda _: checked)
        if checked.fault:
            return
        forget()
        open_video(video.id)
        if checked.changes:
            await store.edit(video, **checked.changes)

    def discard() -> None:
        keep(False)  # noqa: FBT003  Flet's own signature
        change(lambda _: EditDraft.of(video))
        forget()

    return column(
        [
            *([_kept(discard)] if kept else []),
            *_fields(store.library, draft, change),
            ft.FilledButton(t("save"), icon=ft.Icons.CHECK_ROUNDED, on_click=save, height=48),
        ]
    )


def _kept(on_discard: Callable[[], None]) -> ft.Control:
    """Show that the fields contain unsaved edits."""
    return ft.Row(
        [ft.Text(t("kept edits"), expand=True), ft.TextButton(t("discard"), on_click=on_discard)]
    )


def _fields(library: LibraryState, draft: EditDraft, change: Change) -> list[ft.Control]:
    return [
        _title(draft, change),
        _time("start", draft.start, change, draft.fault and t(draft.fault)),
        _time("end", draft.end, change),
        *tag_editor(library, draft.tags, _of_tags(change)),
    ]


def _of_tags(change: Change) -> Callable[[Callable[[Draft], Draft]], None]:
    """Return a function that changes only the tags."""

    def change_tags(make: Callable[[Draft], Draft]) -> None:
        change(lambda draft: replace(draft, tags=make(draft.tags)))

    return change_tags


def _title(draft: EditDraft, change: Change) -> ft.Control:
    def write(event: ft.Event[ft.TextField]) -> None:
        title = event.control.value
        change(lambda draft: replace(draft, title=title))

    return ft.TextField(
        value=draft.title,
        label=t("video title"),
        helper=t("title hint"),
        helper_max_lines=2,
        max_length=MAX_TITLE,
        rtl=is_rtl(draft.title),
        on_change=write,
    )


def _time(name: str, value: str, change: Change, fault: str | None = None) -> ft.Control:
    def write(event: ft.Event[ft.TextField]) -> None:
        typed: dict[str, Any] = {name: event.control.value}
        change(lambda draft: replace(draft, fault="", **typed))

    return ft.TextField(
        value=value,
        label=t(name),
        hint_text="1:30",
        error=fault or None,
        keyboard_type=ft.KeyboardType.DATETIME,
        on_change=write,
    )
