"""What is typed and not saved outlives its screen, also when the session ends in between."""

from collections.abc import Callable
from typing import TypeVar

import flet as ft

from app.store import use_store

_Draft = TypeVar("_Draft")


def use_typed(
    name: str, begun: _Draft
) -> tuple[_Draft, Callable[[Callable[[_Draft], _Draft]], None], Callable[[], None]]:
    """Return what is typed under this name, a way to change it, and a way to forget it.

    Without a name it is kept by its screen only.
    """
    typed = use_store().typed
    draft, show = ft.use_state(typed.get(name, begun))

    def change(make: Callable[[_Draft], _Draft]) -> None:
        if name:
            typed[name] = make(typed.get(name, begun))
        show(make)

    def forget() -> None:
        typed.pop(name, None)

    return draft, change, forget
