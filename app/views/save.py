"""The screen that saves a video: a link, or any text with a link, and tags."""

from collections.abc import Callable
from dataclasses import replace

import flet as ft

from app.components.draft import use_draft
from app.components.language import t
from app.components.screen import column, screen
from app.components.tags import ChangeDraft, tag_editor
from app.drafts import Draft
from app.navigation import open_library
from app.store import use_store
from app.text import shorten


@ft.component
def SaveView() -> ft.View:
    """Show fields for a link and tags; after a failed save the input stays."""
    store = use_store()
    draft, change, forget = use_draft("save", Draft())
    left: ft.MutableRef[bool] = ft.use_ref(False)  # noqa: FBT003  Flet's own signature

    def leave() -> None:
        left.current = True

    ft.use_effect(lambda: None, [], cleanup=leave)

    async def save() -> None:
        if not draft.ready:
            return
        change(lambda draft: replace(draft, saving=True))
        fault = await store.save(draft.text, draft.all_tags)
        change(lambda draft: replace(draft, saving=False, fault=fault))
        if fault is None:
            forget()
            if not left.current:  # a slow save must not close another screen
                open_library()
        elif left.current:
            store.inform("not taken because", what=shorten(draft.text), why=fault)

    controls = [
        _link_field(draft, change, save),
        *tag_editor(store.library, draft, change),
        _save_button(draft, save),
    ]
    return screen("/save", t("save video"), column(controls), scrolls=True, dialog=True)


def _link_field(draft: Draft, change: ChangeDraft, on_submit: Callable[[], object]) -> ft.Control:
    async def paste() -> None:
        pasted = await ft.Clipboard().get() or ""
        change(lambda draft: replace(draft, text=pasted, fault=None))

    def write(event: ft.Event[ft.TextField]) -> None:
        text = event.control.value
        change(lambda draft: replace(draft, text=text, fault=None))

    return ft.TextField(
        value=draft.text,
        label=t("link"),
        hint_text=t("link hint"),
        error=draft.fault,
        error_max_lines=4,
        autofocus=True,
        suffix_icon=None
        if draft.text
        else ft.MergeSemantics(
            ft.IconButton(ft.Icons.CONTENT_PASTE_ROUNDED, tooltip=t("paste"), on_click=paste)
        ),
        on_change=write,
        on_submit=on_submit,
    )


def _save_button(draft: Draft, on_click: Callable[[], object]) -> ft.Control:
    return ft.FilledButton(
        t("saving" if draft.saving else "save"),
        icon=ft.Icons.BOOKMARK_ADD_OUTLINED,
        disabled=not draft.ready,
        on_click=on_click,
        height=48,
    )
