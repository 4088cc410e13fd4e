"""One video: play it, change its tags, delete it."""

from dataclasses import replace

import flet as ft

from app.components.cards import UNAVAILABLE
from app.components.messages import message, waiting
from app.components.pictures import picture
from app.components.tags import chosen_tags, tag_field
from app.navigation import open_library
from app.state import Draft, Video
from app.store import Store, use_store
from app.theme import COLUMN_PX, GAP, SIDE


@ft.component
def VideoView() -> ft.View:
    """Show the video that the address names."""
    store = use_store()
    video_id = ft.use_route_params().get("video_id", "")
    video = store.library.find(int(video_id)) if video_id.isdecimal() else None
    return ft.View(
        route=f"/videos/{video_id}",
        bgcolor=ft.Colors.SURFACE,
        padding=ft.Padding.symmetric(horizontal=SIDE),
        scroll=ft.ScrollMode.AUTO,
        horizontal_alignment=ft.CrossAxisAlignment.CENTER,
        appbar=ft.AppBar(
            bgcolor=ft.Colors.SURFACE, actions=[_delete_button(store, video)] if video else []
        ),
        controls=[_video(store, video) if video else _missing(store)],
    )


def _missing(store: Store) -> ft.Control:
    if not store.library.loaded:
        return waiting(store.fault, store.load)
    return message(
        ft.Icons.SEARCH_OFF_ROUNDED,
        "There is no such video",
        "It may have been deleted on another device.",
        "Back to the library",
        open_library,
    )


def _delete_button(store: Store, video: Video) -> ft.Control:
    async def delete() -> None:
        open_library()
        await store.delete(video)

    button = ft.IconButton(ft.Icons.DELETE_OUTLINE_ROUNDED, tooltip="Delete", on_click=delete)
    return ft.MergeSemantics(button)


def _video(store: Store, video: Video) -> ft.Control:
    below = " · ".join(filter(None, (video.channel, f"saved {video.created_at[:10]}")))
    controls: list[ft.Control] = [
        picture(video, radius=16),
        # A text that can be selected would be a field to screen readers, and an empty one.
        ft.Semantics(content=ft.Text(video.name, size=22, weight=ft.FontWeight.W_700), header=True),
        ft.Text(below, color=ft.Colors.ON_SURFACE_VARIANT),
    ]
    if unavailable := UNAVAILABLE.get(video.availability):
        controls.append(ft.Text(unavailable, color=ft.Colors.ERROR))
    controls += [
        ft.FilledButton(
            "Play",
            icon=ft.Icons.PLAY_ARROW_ROUNDED,
            url=ft.Url(video.watch_url, target=ft.UrlTarget.BLANK),
            height=48,
        ),
        TagEditor(store, video),
    ]
    return ft.Column(
        controls,
        width=COLUMN_PX,
        spacing=GAP,
        horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
    )


@ft.component
def TagEditor(store: Store, video: Video) -> ft.Control:
    """Show the video's tags, each with a way to take it off, and a field for more."""
    draft, change = ft.use_state(Draft())

    async def add() -> None:
        if names := draft.all_tags:
            fault = await store.tag(video, add=names)
            typed = draft.typed if fault else ""
            change(lambda draft: replace(draft, typed=typed, fault=fault))

    async def remove(name: str) -> None:
        fault = await store.tag(video, remove=(name,))
        change(lambda draft: replace(draft, fault=fault))

    return ft.Column(
        [
            chosen_tags(video.tags, remove),
            tag_field(
                draft.typed,
                on_change=lambda typed: change(lambda draft: replace(draft, typed=typed)),
                on_enter=add,
                fault=draft.fault,
            ),
        ],
        spacing=GAP,
        horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
    )
