"""Deletes all data of the user, after a confirmation."""

import flet as ft

from app.components.language import t
from app.store import Store


def ask_to_erase(store: Store) -> None:
    """Ask for confirmation; after an error the user can try again."""
    page = ft.context.page
    fault = ft.Text("", color=ft.Colors.ERROR, visible=False)
    erase = ft.FilledButton(t("erase now"), bgcolor=ft.Colors.ERROR, color=ft.Colors.ON_ERROR)
    cancel = ft.TextButton(t("cancel"), autofocus=True, on_click=page.pop_dialog)
    content = ft.Column([ft.Text(t("erase question")), fault], tight=True)
    dialog = ft.AlertDialog(
        title=ft.Text(t("erase")), content=content, actions=[cancel, erase], modal=True
    )

    def show_state(failure: str, *, busy: bool) -> None:
        fault.value, fault.visible = failure, bool(failure)
        erase.disabled = cancel.disabled = busy
        dialog.update()

    async def act() -> None:
        show_state("", busy=True)
        failed = await store.erase()
        show_state(failed or "", busy=False)
        if failed is None or store.person is None:
            page.pop_dialog()

    erase.on_click = act
    page.show_dialog(dialog)
