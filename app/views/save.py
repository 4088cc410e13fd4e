"""Where a video is saved: a link, or any text that holds one, and tags."""

from collections.abc import Callable
from dataclasses import replace

import flet as ft

from app.components.tags import chosen_tags, suggestions, tag_field
from app.navigation import open_library
from app.state import Draft
from app.store import use_store
from app.theme import COLUMN_PX, GAP, SIDE

OFFERED_TAGS = 12

Change = Callable[[Callable[[Draft], Draft]], None]


@ft.component
def SaveView() -> ft.View:
    """Take a link and tags; it stays open, with all that was typed, when saving fails."""
    store = use_store()
    draft, change = ft.use_state(Draft())

    async def save() -> None:
        if not draft.ready:
            return
        change(lambda draft: replace(draft, saving=True))
        fault = await store.save(draft.text, draft.all_tags)
        change(lambda draft: replace(draft, saving=False, fault=fault))
        if fault is None:
            open_library()
            await store.catch_up()

    offered = draft.offered(store.library.tag_names)[:OFFERED_TAGS]
    controls = [
        _link_field(draft, change, save),
        tag_field(
            draft.typed,
            on_change=lambda typed: change(lambda draft: replace(draft, typed=typed)),
            on_enter=lambda: change(lambda draft: draft.with_tags(draft.typed)),
        ),
        chosen_tags(draft.tags, lambda name: change(lambda draft: draft.without_tag(name))),
        suggestions(offered, lambda name: change(lambda draft: draft.with_tags(name))),
        _save_button(draft, save),
    ]
    return _screen(controls)


def _screen(controls: list[ft.Control]) -> ft.View:
    return ft.View(
        route="/save",
        fullscreen_dialog=True,
        bgcolor=ft.Colors.SURFACE,
        padding=ft.Padding.symmetric(horizontal=SIDE, vertical=GAP),
        scroll=ft.ScrollMode.AUTO,
        horizontal_alignment=ft.CrossAxisAlignment.CENTER,
        appbar=ft.AppBar(title=ft.Text("Save a video"), bgcolor=ft.Colors.SURFACE),
        controls=[
            ft.Column(
                controls,
                width=COLUMN_PX,
                spacing=GAP,
                horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
            )
        ],
    )


def _link_field(draft: Draft, change: Change, on_submit: Callable[[], object]) -> ft.Control:
    async def paste() -> None:
        pasted = await ft.Clipboard().get() or ""
        change(lambda draft: replace(draft, text=pasted, fault=None))

    def write(event: ft.Event[ft.TextField]) -> None:
        text = event.control.value
        change(lambda draft: replace(draft, text=text, fault=None))

    return ft.TextField(
        value=draft.text,
        label="YouTube link",
        hint_text="Paste a link, or text with one in it",
        error=draft.fault,
        error_max_lines=4,
        autofocus=True,
        suffix_icon=ft.MergeSemantics(
            ft.IconButton(ft.Icons.CONTENT_PASTE_ROUNDED, tooltip="Paste", on_click=paste)
        ),
        on_change=write,
        on_submit=on_submit,
    )


def _save_button(draft: Draft, on_click: Callable[[], object]) -> ft.Control:
    return ft.FilledButton(
        "Saving…" if draft.saving else "Save",
        icon=ft.Icons.BOOKMARK_ADD_OUTLINED,
        disabled=not draft.ready,
        on_click=on_click,
        height=48,
    )
