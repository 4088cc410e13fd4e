"""A key for a component: another key is another component, with a state of its own."""

from collections.abc import Callable
from typing import Any

import flet as ft


def keyed(component: Callable[..., ft.Control], key: str, *values: Any) -> ft.Control:
    """Show a component under this key, which Flet's own types leave out."""
    return component(*values, key=key)
