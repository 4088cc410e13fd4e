"""Dialogs with one action."""

import inspect
from collections.abc import Callable

import flet as ft

from app.components.language import t

Action = Callable[[], object]


def ask(title: str, question: str, action: str, on_action: Action) -> None:
    """Ask a question with one action, or cancel."""
    show(title, ft.Text(question), action, on_action)


def show(title: str, content: ft.Control, action: str, on_action: Action) -> None:
    """Show controls with one action, or cancel."""
    page = ft.context.page

    async def act() -> None:
        page.pop_dialog()
        done = on_action()
        if inspect.isawaitable(done):
            await done

    page.show_dialog(
        ft.AlertDialog(
            title=ft.Text(title),
            content=content,
            actions=[
                ft.TextButton(t("cancel"), on_click=page.pop_dialog),
                ft.FilledButton(action, on_click=act),
            ],
        )
    )
