"""The tags of the library: rename, merge and remove them."""

from functools import partial

import flet as ft

from app.components import dialogs
from app.components.language import t
from app.components.messages import message
from app.components.screen import screen
from app.state import Chip
from app.store import Store, use_store
from app.text import fold, is_rtl, tag_key
from app.theme import COLUMN_PX

MAX_SHOWN = 100
STRETCH = ft.CrossAxisAlignment.STRETCH


@ft.component
def TagsView() -> ft.View:
    """Show the tags by name, and a field to find one."""
    store = use_store()
    wanted, find = ft.use_state("")
    tags = store.library.tags_by_name
    found = [chip for chip in tags if fold(wanted.strip()) in fold(chip.name)]
    controls: list[ft.Control] = [
        ft.TextField(
            value=wanted,
            label=t("find tag"),
            prefix_icon=ft.Icons.SEARCH_ROUNDED,
            on_change=lambda event: find(event.control.value),
        ),
        *(_tag(store, chip) for chip in found[:MAX_SHOWN]),
    ]
    if (more := len(found) - MAX_SHOWN) > 0:
        controls.append(ft.Text(t("more tags", n=more)))
    if not found:
        controls.append(ft.Text(t("no such tag")))
    column = ft.Column(controls, width=COLUMN_PX, horizontal_alignment=STRETCH)
    empty = message(ft.Icons.SELL_OUTLINED, t("no tags"), t("no tags text"))
    return screen("/tags", t("tags"), column if tags else empty, scrolls=True)


def _tag(store: Store, chip: Chip) -> ft.Control:
    rename = ft.IconButton(
        ft.Icons.EDIT_OUTLINED,
        tooltip=t("rename tag", name=chip.name),
        on_click=partial(_ask_name, store, chip),
    )
    remove = ft.IconButton(
        ft.Icons.DELETE_OUTLINE_ROUNDED,
        tooltip=t("strip tag", name=chip.name),
        on_click=partial(_ask_removal, store, chip),
    )
    return ft.Row(
        [
            ft.Text(chip.name, size=16, expand=True, rtl=is_rtl(chip.name)),
            ft.Text(t("n videos", n=chip.videos), color=ft.Colors.ON_SURFACE_VARIANT),
            ft.MergeSemantics(rename),
            ft.MergeSemantics(remove),
        ],
        key=chip.name,
    )


def _ask_name(store: Store, chip: Chip) -> None:
    """Ask for the new name; before it merges the tag into an existing one, ask again."""
    field = ft.TextField(value=chip.name, label=t("tag name"), autofocus=True)

    async def apply() -> None:
        name = (field.value or "").strip()
        if not name or name == chip.name:
            return
        other = tag_key(name) != tag_key(chip.name) and store.library.counts.get(tag_key(name))
        if not other:
            await _rename(store, chip, name)
            return
        n = len(_videos_with(store, chip.name, name))
        question = t("tag merges", name=other[0], n=n)
        dialogs.ask(t("merge"), question, t("merge"), lambda: _rename(store, chip, name))

    dialogs.show(t("rename tag", name=chip.name), field, t("save"), apply)


def _ask_removal(store: Store, chip: Chip) -> None:
    question = t("strip question", name=chip.name, n=chip.videos)
    dialogs.ask(t("strip"), question, t("strip"), lambda: _rename(store, chip, None))


async def _rename(store: Store, chip: Chip, to: str | None) -> None:
    if fault := await store.rename_tag(chip.name, to):
        store.inform("not taken because", what=chip.name, why=fault)


def _videos_with(store: Store, *names: str) -> list[int]:
    keys = frozenset(map(tag_key, names))
    return [video.id for video in store.library.videos if keys & video.tag_keys]
