"""Banners above the videos: stale data, missing titles, and unsent or refused changes."""

from collections.abc import Callable

import flet as ft

from app.components.language import t
from app.navigation import open_edit
from app.store import Store
from app.sync.changes import Change
from app.text import shorten
from app.video import Video

MAX_WAITING = 3
Action = Callable[[], object]


def banners(store: Store) -> list[ft.Control]:
    """Show the state of the user's library."""
    found = [*refusals(store), *question(store)]
    found += [_edited(video) for video in store.edited[:MAX_WAITING]]
    if store.fault:
        found.append(
            _line(
                ft.Icons.CLOUD_OFF_ROUNDED,
                f"{store.fault} {t('cached copy')}",
                t("retry"),
                store.load,
            )
        )
    if store.waiting:
        text = t("n waiting", n=len(store.waiting))
        found.append(_line(ft.Icons.SCHEDULE_ROUNDED, text, t("send now"), store.load))
        named = [one for one in store.waiting if one.kind.saves_video or store.is_stuck]
        found += [_waiting(store, change) for change in named[:MAX_WAITING]]
    if store.fetching:
        text = t("fetching titles", n=store.fetching)
        found.append(_line(ft.Icons.HOURGLASS_TOP_ROUNDED, text))
    return found


def name_of(change: Change) -> str:
    """Return a short name for a change: its tags, and its video or the number of videos."""
    about = shorten(change.label) or t("n videos", n=len(change.videos))
    return about if change.kind.saves_video else " · ".join((*change.tags, about))


def question(store: Store, video_id: int | None = None) -> list[ft.Control]:
    """Ask whether the user did the played video: this one, or any."""
    asked = store.asked
    if not asked or video_id not in (None, asked.video.id):
        return []

    async def done() -> None:
        await store.done(asked.video, asked.minutes)

    answer = f"{t('done')} · {t('n min', n=asked.minutes)}"
    text = f"{t('did it')} {shorten(asked.video.name)}"
    line = _line(ft.Icons.FITNESS_CENTER_ROUNDED, text, answer, done)
    no = ft.TextButton(t("no"), on_click=store.forget_away)
    return [ft.Row([ft.Container(line, expand=True), no], spacing=0)]


def refusals(store: Store, video: Video | None = None) -> list[ft.Control]:
    """Show the changes that Core refused: those of this video, or all."""
    return [_refused(store, one) for one in store.refused if not video or one.concerns(video)]


def _refused(store: Store, change: Change) -> ft.Control:
    text = f"{t('not taken', what=name_of(change))} {store.reason(change)}"
    line = _line(ft.Icons.ERROR_OUTLINE_ROUNDED, text, t("dismiss"), lambda: store.dismiss(change))
    written = _written(change)
    # The user can copy the text, which is nowhere else.
    return ft.Column([line, ft.Text(written, size=13, selectable=True)]) if written else line


def _written(change: Change) -> str:
    """Return the text that the user wrote for a change, unless its name shows all of it."""
    found = (change.body.get(name) for name in ("url", "title", "text", "comment", "name"))
    return "\n".join(text for text in found if text and text != shorten(change.label))


def _edited(video: Video) -> ft.Control:
    text = f"{t('unsaved edits')} {shorten(video.name)}"
    return _line(ft.Icons.EDIT_OUTLINED, text, t("edit"), lambda: open_edit(video.id))


def _waiting(store: Store, change: Change) -> ft.Control:
    text = f"{t('waiting save')}: {name_of(change)}"
    return _line(
        ft.Icons.BOOKMARK_BORDER_ROUNDED, text, t("discard"), lambda: store.dismiss(change)
    )


def _line(
    icon: ft.IconData, text: str, action: str | None = None, on_action: Action | None = None
) -> ft.Control:
    color = ft.Colors.ON_SECONDARY_CONTAINER
    controls: list[ft.Control] = [
        ft.Icon(icon, size=18, color=color),
        ft.Text(text, size=13, expand=True, color=color),
    ]
    if action:
        controls.append(ft.TextButton(action, on_click=on_action))
    return ft.Container(
        ft.Row(controls),
        padding=ft.Padding.only(
            left=14, right=4, top=0 if action else 8, bottom=0 if action else 8
        ),
        border_radius=12,
        bgcolor=ft.Colors.SECONDARY_CONTAINER,
    )
