"""The form for a note: its text and its times."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import flet as ft

from app.components.draft import use_draft
from app.components.forms import Act, training_form, use_keep
from app.components.language import t
from app.drafts import NoteDraft
from app.notes import MAX_NOTES, MAX_TEXT
from app.text import is_rtl


@ft.component
def NoteForm(
    initial: NoteDraft,
    save: Callable[..., Any],
    on_finish: Act,
    on_delete: Act | None = None,
    name: str = "",
    *,
    has_room: Callable[[], bool] = lambda: True,
) -> ft.Control:
    """Show the text and the times of a note; an empty note is not saved.

    With a name, the draft outlives the screen. Otherwise the note is saved if the user leaves it.
    `has_room`: whether the video may have one more.
    """
    draft, change, forget = use_draft(name, initial)

    async def store(written: NoteDraft) -> None:
        if not written.is_empty:
            await save(**written.written)

    async def keep() -> None:
        if not name:
            await store(draft.corrected(initial))

    settle = use_keep(keep)

    def write(**typed: str) -> None:
        change(lambda draft: replace(draft, fault="", **typed))

    async def finish() -> None:
        checked = draft.checked(has_room=has_room())
        change(lambda _: checked)
        if checked.fault:
            return
        forget()
        settle()
        on_finish()
        await store(checked)

    return training_form(_fields(draft, write), finish, on_delete)


def _fields(draft: NoteDraft, write: Callable[..., None]) -> list[ft.Control]:
    """Return the fields; `write` takes a new value by the field's name."""
    controls: list[ft.Control] = [
        ft.TextField(
            value=draft.text,
            label=t("note"),
            hint_text=t("note hint"),
            multiline=True,
            max_length=MAX_TEXT,
            autofocus=True,
            rtl=is_rtl(draft.text),
            on_change=lambda event: write(text=event.control.value),
        ),
        ft.Row(
            [
                _time(t("at"), draft.at, lambda typed: write(at=typed)),
                _time(t("until"), draft.end, lambda typed: write(end=typed)),
            ]
        ),
    ]
    if draft.fault:
        controls.append(ft.Text(t(draft.fault, n=MAX_NOTES), color=ft.Colors.ERROR))
    return controls


def _time(label: str, value: str, write: Callable[[str], None]) -> ft.Control:
    return ft.TextField(
        value=value,
        label=label,
        hint_text="0:00",
        expand=True,
        keyboard_type=ft.KeyboardType.DATETIME,
        on_change=lambda event: write(event.control.value),
    )
