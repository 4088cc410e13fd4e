"""Keys for components: a component with another key has its own state."""

from collections.abc import Callable
from typing import Any

import flet as ft


def keyed(component: Callable[..., ft.Control], key: str, *values: Any, **named: Any) -> ft.Control:
    """Show a component with this key, a parameter that Flet's types lack."""
    return component(*values, key=key, **named)
