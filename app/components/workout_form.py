"""The form for a row of the log: effort, day, minutes and comment."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import flet as ft

from app.components.forms import Act, training_form, use_keep
from app.components.language import t
from app.drafts import WorkoutDraft
from app.store import use_store
from app.text import is_rtl
from app.training import EFFORTS, MAX_COMMENT, Effort, Workout, today

Change = Callable[[Callable[[WorkoutDraft], WorkoutDraft]], None]


@ft.component
def WorkoutForm(workout: Workout, on_finish: Act, on_delete: Act | None = None) -> ft.Control:
    """Show the fields; they are saved together, also if the user leaves the form."""
    store = use_store()
    draft, change = ft.use_state(WorkoutDraft.of(workout))

    async def keep() -> None:
        changes = draft.corrected(today()).changes
        if changes and store.entry(workout.id):
            await store.change_entry(workout, **changes)

    settle = use_keep(keep)

    async def finish() -> None:
        checked = draft.checked(today())
        change(lambda _: checked)
        if checked.fault:
            return
        settle()
        on_finish()
        if checked.changes:
            await store.change_entry(workout, **checked.changes)

    return training_form(_fields(draft, change), finish, on_delete)


def _fields(draft: WorkoutDraft, change: Change) -> list[ft.Control]:
    return [
        ft.Text(t("effort")),
        ft.Row([_effort(draft, effort, change) for effort in EFFORTS], wrap=True, spacing=8),
        _day(draft, change),
        ft.TextField(
            value=draft.minutes,
            label=t("minutes"),
            keyboard_type=ft.KeyboardType.NUMBER,
            error=t(draft.fault) if draft.fault == "no minutes" else None,
            on_change=lambda event: _write(change, minutes=event.control.value),
        ),
        ft.TextField(
            value=draft.comment,
            label=t("comment"),
            max_length=MAX_COMMENT,
            rtl=is_rtl(draft.comment),
            on_change=lambda event: _write(change, comment=event.control.value),
        ),
    ]


def _write(change: Change, **typed: Any) -> None:
    change(lambda draft: replace(draft, fault="", **typed))


def _effort(draft: WorkoutDraft, effort: Effort, change: Change) -> ft.Control:
    return ft.Chip(
        label=t(effort),
        selected=draft.effort == effort,
        on_select=lambda: change(lambda draft: draft.toggling(effort)),
        key=effort,
    )


def _day(draft: WorkoutDraft, change: Change) -> ft.Control:
    """Show the date, with buttons that move it by a day: most workouts are of this week."""

    def move(days: int) -> None:
        change(lambda draft: draft.moved(days))

    def button(icon: ft.IconData, word: str, days: int) -> ft.Control:
        return ft.MergeSemantics(ft.IconButton(icon, tooltip=t(word), on_click=partial(move, days)))

    return ft.Row(
        [
            button(ft.Icons.CHEVRON_LEFT_ROUNDED, "a day earlier", -1),
            _date(draft, change),
            button(ft.Icons.CHEVRON_RIGHT_ROUNDED, "a day later", 1),
        ],
        vertical_alignment=ft.CrossAxisAlignment.START,
    )


def _date(draft: WorkoutDraft, change: Change) -> ft.Control:
    return ft.TextField(
        value=draft.day,
        label=t("date"),
        hint_text=today(),
        keyboard_type=ft.KeyboardType.DATETIME,
        error=t(draft.fault) if draft.fault == "no day" else None,
        expand=True,
        on_change=lambda event: _write(change, day=event.control.value),
    )
