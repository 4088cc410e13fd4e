"""Actions on the selected videos: tag, untag, delete."""

from collections.abc import Callable

import flet as ft

from app.components import dialogs
from app.components.language import t
from app.components.tags import MAX_OFFERS, suggestions, tag_field
from app.store import Store
from app.text import split_typed_tags
from app.video import Action


def selection_bar(store: Store) -> ft.Control:
    """Show the number of selected videos, and the actions."""
    selected = store.selection
    shown = [video.id for video in store.library.shown]
    every = bool(shown) and len(selected) == len(shown)

    async def delete() -> None:
        store.select(None)
        await store.delete(*selected)

    def button(label: str, icon: ft.IconData, on_click: Callable[[], object]) -> ft.Control:
        return ft.TextButton(label, icon=icon, disabled=not selected, on_click=on_click)

    return ft.Row(
        [
            ft.Text(t("n selected", n=len(selected)), weight=ft.FontWeight.W_600),
            ft.TextButton(
                t("select none" if every else "select all"),
                on_click=lambda: store.select(() if every else shown),
            ),
            button(t("add tag"), ft.Icons.NEW_LABEL_OUTLINED, lambda: _ask_tags(store, "tag")),
            button(t("strip"), ft.Icons.LABEL_OFF_OUTLINED, lambda: _ask_tags(store, "untag")),
            button(t("delete"), ft.Icons.DELETE_OUTLINE_ROUNDED, delete),
        ],
        wrap=True,
        run_spacing=0,
    )


def _ask_tags(store: Store, action: Action) -> None:
    videos = store.selection
    field = tag_field("")

    def use(name: str) -> None:
        field.value = ", ".join((*split_typed_tags(field.value or ""), name))
        field.update()

    async def apply() -> None:
        if tags := split_typed_tags(field.value or ""):
            store.select(None)
            await store.tag_many(action, videos, tags)

    on_them = dict.fromkeys(name for video in videos for name in video.tags)
    names = [*on_them] if action == "untag" else store.library.tag_names
    content = ft.Column([field, suggestions(names[:MAX_OFFERS], use)], tight=True)
    title = t("tags of n", n=len(videos))
    dialogs.show(title, content, t("add tag" if action == "tag" else "strip"), apply)
