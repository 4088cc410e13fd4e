"""Suggested tags, entered tags, and the field for tags."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

import flet as ft

from app.components.language import t
from app.drafts import Draft
from app.state import LibraryState

Choose = Callable[[str], object]
ChangeDraft = Callable[[Callable[[Draft], Draft]], None]
MAX_OFFERS = 12


def tag_editor(library: LibraryState, draft: Draft, change: ChangeDraft) -> list[ft.Control]:
    """Show the entered tags, a field for more, and completions of the typed text."""
    offered = library.offers(draft.typed, draft.tags)[:MAX_OFFERS]
    return [
        tag_field(
            draft.typed,
            on_change=lambda typed: change(lambda draft: replace(draft, typed=typed)),
            on_enter=lambda: change(lambda draft: draft.with_tags(draft.typed)),
        ),
        chosen_tags(draft.tags, lambda name: change(lambda draft: draft.without_tag(name))),
        suggestions(offered, lambda name: change(lambda draft: draft.with_tags(name))),
    ]


def suggestions(names: Iterable[str], on_choose: Choose) -> ft.Control:
    """Show suggested tags; a tap adds one."""
    return _wrapped(
        [
            ft.Chip(
                label=name,
                leading=ft.Icon(ft.Icons.ADD_ROUNDED, size=16),
                on_click=partial(on_choose, name),
                key=name,
            )
            for name in names
        ]
    )


def chosen_tags(names: Iterable[str], on_remove: Choose) -> ft.Control:
    """Show the tags, each with a button that removes it."""
    return _wrapped(
        [
            ft.Chip(
                label=name,
                bgcolor=ft.Colors.SECONDARY_CONTAINER,
                delete_icon=ft.Icon(ft.Icons.CLOSE_ROUNDED, size=16),
                delete_icon_tooltip=t("remove tag", name=name),
                on_delete=partial(on_remove, name),
                key=name,
            )
            for name in names
        ]
    )


def _wrapped(chips: list[ft.Control]) -> ft.Control:
    return ft.Row(chips, wrap=True, spacing=8, run_spacing=8)


def tag_field(
    typed: str,
    *,
    on_change: Choose = lambda _: None,
    on_enter: Callable[[], object] = lambda: None,
    fault: str | None = None,
) -> ft.TextField:
    """Show a field for comma-separated tags."""
    return ft.TextField(
        value=typed,
        label=t("tags"),
        hint_text=t("add tag"),
        helper=t("tags hint"),
        error=fault,
        error_max_lines=4,
        on_change=lambda event: on_change(event.control.value),
        on_submit=on_enter,
    )
