"""The notes of a video: a tap on the time opens YouTube there, a tap on the text edits the note."""

from collections.abc import Callable
from functools import partial
from typing import Any

import flet as ft

from app.components.forms import Act
from app.components.keys import keyed
from app.components.language import t
from app.components.note_form import NoteForm
from app.drafts import NoteDraft
from app.notes import Note
from app.store import Store, use_store
from app.text import is_rtl
from app.video import Video

NEW = -1
"""Stands for the id of a new note in the editor."""


@ft.component
def NotesList(video: Video) -> ft.Control:
    """Show the notes by their times, and a button to add one."""
    store = use_store()
    new = f"note {video.id}"
    edited, edit = ft.use_state(NEW if new in store.drafts else 0)

    def close() -> None:
        edit(0)

    rows = [
        _editor(store, note, close) if note.id == edited else _row(store, video, note, edit)
        for note in store.library.notes_of(video.id)
    ]
    if edited == NEW:
        save, has_room = partial(store.note, video), partial(store.has_room, video)
        form = keyed(NoteForm, new, NoteDraft(), save, close, None, new, has_room=has_room)
        rows.append(form)
    else:
        icon = ft.Icons.ADD_COMMENT_OUTLINED
        button = ft.OutlinedButton(t("add note"), icon=icon, on_click=lambda: edit(NEW))
        rows.append(ft.Row([button]))
    head = ft.Text(t("notes"), size=16, weight=ft.FontWeight.W_600)
    return ft.Column([head, *rows], spacing=8, horizontal_alignment=ft.CrossAxisAlignment.STRETCH)


def _row(store: Store, video: Video, note: Note, edit: Callable[[int], object]) -> ft.Control:
    text = ft.Text(
        note.text or t("mark"),
        rtl=is_rtl(note.text),
        color=None if note.text else ft.Colors.ON_SURFACE_VARIANT,
    )
    words = ft.Container(
        text,
        padding=ft.Padding.symmetric(vertical=12),
        expand=True,
        tooltip=t("edit note"),
        ink=True,
        on_click=lambda: edit(note.id),
    )
    moment = [] if note.at_s is None else [_moment(store, video, note)]
    return ft.Row([*moment, words], key=str(note.id))


def _moment(store: Store, video: Video, note: Note) -> ft.Control:
    if not video.is_playable:
        return ft.Text(note.span, color=ft.Colors.ON_SURFACE_VARIANT)
    return ft.TextButton(
        note.span,
        icon=ft.Icons.PLAY_ARROW_ROUNDED,
        tooltip=t("play from", at=note.span),
        url=ft.Url(video.url_at(note.at_s), target=ft.UrlTarget.BLANK),
        on_click=lambda: store.play(video),
    )


def _editor(store: Store, note: Note, close: Act) -> ft.Control:
    async def save(**fields: Any) -> None:
        changed = {name: new for name, new in fields.items() if new != getattr(note, name)}
        if changed and store.has_note(note):  # the user may have deleted it or its video
            await store.change_note(note, **changed)

    async def delete() -> None:
        close()
        await store.delete_note(note)

    return keyed(NoteForm, f"edit {note.id}", NoteDraft.of(note), save, close, delete)
