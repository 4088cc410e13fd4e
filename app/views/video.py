"""One video: play it, log it, write notes, filter by its tags, share, edit or delete it."""

import flet as ft

from app.components.banners import question, refusals
from app.components.keys import keyed
from app.components.language import day, t
from app.components.messages import loading, message
from app.components.notes_list import NotesList
from app.components.play import play_button, steps_row
from app.components.screen import column
from app.components.share import share_video
from app.components.thumbnails import thumbnail
from app.components.video_training import VideoTraining
from app.navigation import PLAY, open_edit, open_library
from app.store import Store, use_store
from app.text import format_time, is_rtl
from app.theme import GAP, SIDE
from app.video import UNAVAILABLE, Video


@ft.component
def VideoView() -> ft.View:
    """Show the video of the route."""
    store = use_store()
    path = ft.use_view_path()
    leaving: ft.MutableRef[bool] = ft.use_ref(False)  # noqa: FBT003  Flet's own signature
    video_id = ft.use_route_params().get("video_id", "")
    video = store.library.find(int(video_id)) if video_id.isdecimal() else None

    async def delete() -> None:
        leaving.current = True
        open_library()
        if video:
            await store.delete(video)

    body = ft.Container() if leaving.current else _missing(store)
    return ft.View(
        route=path,
        bgcolor=ft.Colors.SURFACE,
        padding=ft.Padding.symmetric(horizontal=SIDE),
        scroll=ft.ScrollMode.AUTO,
        horizontal_alignment=ft.CrossAxisAlignment.CENTER,
        appbar=ft.AppBar(
            bgcolor=ft.Colors.SURFACE, actions=_actions(store, video, delete) if video else []
        ),
        controls=[_video(store, video, listed=path.startswith(PLAY)) if video else body],
    )


def _missing(store: Store) -> ft.Control:
    if not store.library.loaded:
        return loading(store.fault, store.load)
    return message(
        ft.Icons.SEARCH_OFF_ROUNDED,
        t("missing video"),
        t("missing video more"),
        t("to library"),
        open_library,
    )


def _actions(
    store: Store, video: Video, on_delete: ft.ControlEventHandler[ft.IconButton]
) -> list[ft.Control]:
    async def share() -> None:
        await share_video(store, video)

    buttons = [
        ft.IconButton(ft.Icons.SHARE_OUTLINED, tooltip=t("share"), on_click=share),
        ft.IconButton(
            ft.Icons.EDIT_OUTLINED, tooltip=t("edit"), on_click=lambda: open_edit(video.id)
        ),
        ft.IconButton(ft.Icons.DELETE_OUTLINE_ROUNDED, tooltip=t("delete"), on_click=on_delete),
    ]
    return [ft.MergeSemantics(button) for button in buttons]


def _video(store: Store, video: Video, *, listed: bool) -> ft.Control:
    name = ft.Text(video.name, size=22, weight=ft.FontWeight.W_700, rtl=is_rtl(video.name))
    controls: list[ft.Control] = [
        *refusals(store, video),
        *question(store, video.id),
        thumbnail(video, radius=16),
        *([steps_row(store, video)] if listed else []),
        # Screen readers announce selectable text as an empty field, so the title is not selectable.
        ft.Semantics(content=name, header=True),
        ft.Text(_about(video), color=ft.Colors.ON_SURFACE_VARIANT, rtl=is_rtl(video.channel or "")),
    ]
    if video.availability in UNAVAILABLE:
        controls.append(ft.Text(t(f"unavailable {video.availability}"), color=ft.Colors.ERROR))
    controls += [
        play_button(store, video),
        keyed(VideoTraining, f"training {video.id}", video),
        _tags(store, video),
        keyed(NotesList, f"notes {video.id}", video),
        ft.Container(height=GAP),
    ]
    return column(controls)


def _about(video: Video) -> str:
    """Return the channel, the day of the save, and the start and end times."""
    saved = t("saved on", day=day(video.created_at))
    start = t("from moment", at=format_time(video.start_s)) if video.start_s else ""
    end = f"{t('until')} {format_time(video.end_s)}" if video.end_s else ""
    return " · ".join(filter(None, (video.channel, saved, start, end)))


def _tags(store: Store, video: Video) -> ft.Control:
    """Show the tags; a tap filters the library by the tag."""

    def show(name: str) -> None:
        store.show_all()
        store.toggle(name)
        open_library()

    def chip(name: str) -> ft.Control:
        tooltip = t("filter by", name=name)
        return ft.Chip(label=name, tooltip=tooltip, on_click=lambda: show(name), key=name)

    return ft.Row([chip(name) for name in video.tags], wrap=True, spacing=8, run_spacing=8)
