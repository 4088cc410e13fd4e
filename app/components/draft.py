"""Unsaved input outlives its screen, and the end of the session."""

from collections.abc import Callable
from typing import TypeVar

import flet as ft

from app.store import use_store

_Draft = TypeVar("_Draft")


def use_draft(
    name: str, initial: _Draft
) -> tuple[_Draft, Callable[[Callable[[_Draft], _Draft]], None], Callable[[], None]]:
    """Return the draft with this name, a function to change it, and one to discard it.

    A draft without a name does not outlive its screen.
    """
    drafts = use_store().drafts
    draft, show = ft.use_state(drafts.get(name, initial))

    def change(make: Callable[[_Draft], _Draft]) -> None:
        if name:
            drafts[name] = make(drafts.get(name, initial))
        show(make)

    def forget() -> None:
        drafts.pop(name, None)

    return draft, change, forget
