"""The log: this week, then each day with its workouts, which can be edited."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import groupby, islice

import flet as ft

from app.components.keys import keyed
from app.components.language import day_head, day_name, t, weekday
from app.components.messages import loading, message
from app.components.screen import screen
from app.components.workout_form import WorkoutForm
from app.store import Store, use_store
from app.text import is_rtl
from app.theme import COLUMN_PX
from app.training import EFFORTS, Workout, today, week_of

PAGE = 30
"""The number of days at first, and of further days for each tap."""
DOT_PX = 16

Edit = Callable[[int], None]


@ft.component
def LogView() -> ft.View:
    """Show the log, also offline."""
    store = use_store()
    edited, edit = ft.use_state(0)
    days, show_days = ft.use_state(PAGE)
    log = store.library.workouts
    if not store.library.loaded:
        body = loading(store.fault, store.load)
    elif not log:
        icon = ft.Icons.EVENT_AVAILABLE_OUTLINED
        body = message(icon, t("log empty"), t("log empty text"))
    else:
        more = ft.TextButton(t("more days"), on_click=lambda: show_days(days + PAGE))
        rows = _days(store, log, days, edited, edit)
        has_more = len({one.day for one in log}) > days
        controls = [_week(log), *rows, *([more] if has_more else [])]
        body = ft.ListView(controls, spacing=8, width=COLUMN_PX, expand=True)
    return screen("/log", t("log"), body)


def _week(log: Sequence[Workout]) -> ft.Control:
    """Show the days of this week as dots, filled if the user trained."""
    week = week_of(today())
    entries = [one for one in log if week[0] <= one.day <= week[-1]]
    parts = [t("n workouts", n=len(entries))]
    if minutes := sum(one.minutes or 0 for one in entries):
        parts.append(t("n min", n=minutes))
    dots = [_dot(one, sum(entry.day == one for entry in entries)) for one in week]
    return ft.Column(
        [
            ft.Text(f"{t('this week')}: {' · '.join(parts)}"),
            ft.Row(dots, alignment=ft.MainAxisAlignment.SPACE_BETWEEN),
        ]
    )


def _dot(day: str, workouts: int) -> ft.Control:
    is_today = day == today()
    dot = ft.Container(
        width=DOT_PX,
        height=DOT_PX,
        border_radius=DOT_PX,
        bgcolor=ft.Colors.PRIMARY if workouts else ft.Colors.SURFACE_CONTAINER_HIGH,
        border=ft.Border.all(2, ft.Colors.PRIMARY if is_today else ft.Colors.OUTLINE_VARIANT),
    )
    name = ft.Text(weekday(day), size=12, weight=ft.FontWeight.W_700 if is_today else None)
    column = ft.Column([dot, name], horizontal_alignment=ft.CrossAxisAlignment.CENTER, spacing=4)
    return ft.Semantics(
        content=column,
        label=f"{day_name(day)}: {t('n workouts', n=workouts)}",
        exclude_semantics=True,
        container=True,
    )


def _days(
    store: Store, log: Sequence[Workout], days: int, edited: int, edit: Edit
) -> list[ft.Control]:
    controls: list[ft.Control] = []
    for day, workouts in islice(groupby(log, key=lambda one: one.day), days):
        controls.append(ft.Text(day_head(day, today()), size=16, weight=ft.FontWeight.W_600))
        controls += [
            _form(store, one, edit) if one.id == edited else _row(one, edit) for one in workouts
        ]
    return controls


def _row(workout: Workout, edit: Edit) -> ft.Control:
    parts = [
        t("n min", n=workout.minutes) if workout.minutes else "",
        t(workout.effort) if workout.effort in EFFORTS else "",
        workout.comment or "",
    ]
    controls: list[ft.Control] = [ft.Text(workout.name, max_lines=2, rtl=is_rtl(workout.name))]
    if line := " · ".join(filter(None, parts)):
        variant = ft.Colors.ON_SURFACE_VARIANT
        controls.append(ft.Text(line, size=13, color=variant, rtl=is_rtl(workout.comment or "")))
    return ft.Container(
        ft.Column(controls, spacing=2, horizontal_alignment=ft.CrossAxisAlignment.STRETCH),
        padding=ft.Padding.symmetric(horizontal=12, vertical=10),
        border_radius=12,
        bgcolor=ft.Colors.SURFACE_CONTAINER_LOW,
        tooltip=t("edit"),
        ink=True,
        on_click=partial(edit, workout.id),
        key=str(workout.id),
    )


def _form(store: Store, workout: Workout, edit: Edit) -> ft.Control:
    def close() -> None:
        edit(0)

    async def delete() -> None:
        close()
        await store.delete_entry(workout)

    name = ft.Text(workout.name, weight=ft.FontWeight.W_600, rtl=is_rtl(workout.name))
    form = keyed(WorkoutForm, f"edit {workout.id}", workout, close, delete)
    return ft.Column([name, form], horizontal_alignment=ft.CrossAxisAlignment.STRETCH)
