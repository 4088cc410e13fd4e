"""Filters for a workout, and a suggestion for today."""

from collections.abc import Callable
from functools import partial

import flet as ft

from app.components.keys import keyed
from app.components.language import t
from app.navigation import open_today
from app.state import KINDS, Kinds
from app.store import Store, Unwatched
from app.training import days_between, today

MINUTES = (10, 20, 30, 45, 60)
DAYS = (1, 3, 7, 14, 30)
MAX_TAGS = 40
"""The number of tags in the dialog; the field finds the others."""

Limits = tuple[int | None, str | None, Kinds, bool | None]
Choose = Callable[[int | None], None]


@ft.component
def TrainingRow(unwatched: Unwatched, limits: Limits) -> ft.Control:
    """Show *What today?* and the filters."""
    store = unwatched.store
    minutes_max, since, kinds, any_ = limits
    days = t("not for", n=days_between(since, today()) + 1) if since else t("last done")
    minutes = t("at most", n=minutes_max) if minutes_max else t("length")
    return ft.Row(
        [
            ft.TextButton(t("what today"), icon=ft.Icons.CASINO_OUTLINED, on_click=open_today),
            *([] if any_ is None else [_any_chip(store, chosen=any_)]),
            keyed(MenuMemo, "length", minutes, "at most", MINUTES, store.filter_minutes),
            keyed(MenuMemo, "last done", days, "not for", DAYS, store.filter_days),
            keyed(KindsMemo, "kind", store.show_kind, kinds),
            ft.TextButton(t("without"), on_click=lambda: _ask_tag(store)),
        ],
        scroll=ft.ScrollMode.HIDDEN,
        spacing=4,
        height=36,
    )


TrainingRowMemo = ft.memo(TrainingRow)


def _any_chip(store: Store, *, chosen: bool) -> ft.Control:
    return ft.Chip(
        label=t("any"),
        tooltip=t("any more"),
        selected=chosen,
        padding=ft.Padding.symmetric(horizontal=6),
        on_select=lambda: store.match_any(enabled=not chosen),
    )


def _labelled(label: str) -> ft.Control:
    return ft.Row([ft.Text(label), ft.Icon(ft.Icons.ARROW_DROP_DOWN_ROUNDED, size=18)], tight=True)


@ft.component
def Menu(label: str, word: str, numbers: tuple[int, ...], on_choose: Choose) -> ft.Control:
    """Offer a few numbers, and no limit."""
    return ft.PopupMenuButton(
        _labelled(label),
        items=[
            ft.PopupMenuItem(t("any length"), on_click=lambda: on_choose(None)),
            *(_item(t(word, n=n), n, on_choose) for n in numbers),
        ],
    )


MenuMemo = ft.memo(Menu)
"""Memoized, so that other filters do not rebuild its items."""


def _item(label: str, number: int, on_choose: Choose) -> ft.PopupMenuItem:
    return ft.PopupMenuItem(label, on_click=lambda: on_choose(number))


@ft.component
def KindsMenu(on_choose: Callable[[Kinds], None], chosen: Kinds) -> ft.Control:
    """Offer the kinds of videos."""
    names = {"all": "all kinds", "untagged": "untagged", "unavailable": "unavailable"}
    items = [
        ft.PopupMenuItem(
            t(names[kinds]), checked=kinds == chosen, on_click=partial(on_choose, kinds)
        )
        for kinds in KINDS
    ]
    label = t("kind") if chosen == "all" else t(names[chosen])
    return ft.PopupMenuButton(_labelled(label), items=items)


KindsMemo = ft.memo(KindsMenu)


def _ask_tag(store: Store) -> None:
    """Show the tags; a tap excludes one. The chips are slow to build, so build them only here."""
    page, library = ft.context.page, store.library

    def choose(name: str) -> None:
        page.pop_dialog()
        store.exclude(name)

    def chips(typed: str) -> list[ft.Control]:
        names = library.offers(typed, library.excluded)[:MAX_TAGS]
        return [ft.Chip(label=one, on_click=partial(choose, one), key=one) for one in names]

    def find(event: ft.Event[ft.TextField]) -> None:
        rows.controls = chips(event.control.value)
        rows.update()

    rows = ft.Row(chips(""), wrap=True, spacing=8, run_spacing=8)
    field = ft.TextField(label=t("find tag"), prefix_icon=ft.Icons.SEARCH_ROUNDED, on_change=find)
    page.show_dialog(
        ft.AlertDialog(
            title=ft.Text(t("without")),
            content=ft.Column([field, rows], tight=True, scroll=ft.ScrollMode.AUTO),
            actions=[ft.TextButton(t("cancel"), on_click=page.pop_dialog)],
        )
    )
