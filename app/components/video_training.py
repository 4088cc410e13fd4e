"""Logging a workout with one video: *Done*, then its details."""

import flet as ft

from app.components.cards import done_line
from app.components.keys import keyed
from app.components.language import t
from app.components.workout_form import WorkoutForm
from app.store import use_store
from app.training import draw_id
from app.video import Video


@ft.component
def VideoTraining(video: Video) -> ft.Control:
    """Show the last workout; one tap logs a new one, and a form takes its details."""
    store = use_store()
    logged, log = ft.use_state(0)
    open_, set_open = ft.use_state(False)  # noqa: FBT003  Flet's own signature
    entry = store.entry(logged) if logged else None

    async def done() -> None:
        set_open(True)
        if entry is None:
            log(workout_id := draw_id())
            await store.done(video, workout_id=workout_id)

    minutes = t("n min", n=entry.minutes) if entry and entry.minutes else ""
    label = " · ".join(filter(None, (t("done"), minutes)))
    kind = ft.FilledButton if entry else ft.OutlinedButton
    row = ft.Row(
        [
            ft.Text(done_line(video, store.day), expand=True),
            kind(label, icon=ft.Icons.CHECK_ROUNDED, on_click=done),
        ]
    )
    controls: list[ft.Control] = [row]
    if entry and open_:
        form = keyed(WorkoutForm, f"{logged}", entry, lambda: set_open(False))
        controls.append(form)
    return ft.Column(controls, horizontal_alignment=ft.CrossAxisAlignment.STRETCH)
