"""The sign-in screen. The sign-in itself is Clerk's page, in the browser."""

import flet as ft

from app.components.language import t
from app.navigation import open_library
from app.store import Store, use_store
from app.theme import COLUMN_PX, GAP


@ft.component
def SignInView() -> ft.View:
    """Show the sign-in button once it has the URL that a tap opens."""
    store = use_store()
    ft.use_effect(open_library, [])
    ft.use_effect(store.sign_in, [])
    return ft.View(
        route="/sign-in",
        bgcolor=ft.Colors.SURFACE,
        padding=24,
        vertical_alignment=ft.MainAxisAlignment.CENTER,
        horizontal_alignment=ft.CrossAxisAlignment.CENTER,
        controls=[
            ft.SafeArea(
                ft.Column(
                    _controls(store),
                    spacing=GAP,
                    width=COLUMN_PX,
                    horizontal_alignment=ft.CrossAxisAlignment.CENTER,
                )
            )
        ],
    )


def _controls(store: Store) -> list[ft.Control]:
    controls: list[ft.Control] = [
        ft.Image(src="icon.png", width=96, height=96, exclude_from_semantics=True),
        ft.Text("Core", size=36, weight=ft.FontWeight.W_700),
        ft.Text(
            t("sign-in title"),
            size=16,
            text_align=ft.TextAlign.CENTER,
            color=ft.Colors.ON_SURFACE_VARIANT,
        ),
        ft.Container(height=GAP),
    ]
    if store.sign_in_fault:
        controls.append(
            ft.Text(store.sign_in_fault, color=ft.Colors.ERROR, text_align=ft.TextAlign.CENTER)
        )
    controls.append(_button(store))
    return controls


def _button(store: Store) -> ft.Control:
    if store.sign_in_url:
        return ft.FilledButton(
            t("sign in"),
            icon=ft.Icons.LOGIN_ROUNDED,
            url=ft.Url(store.sign_in_url, target=ft.UrlTarget.BLANK),
            height=48,
        )
    if store.sign_in_fault:
        return ft.FilledButton(t("retry"), on_click=store.sign_in, height=48)
    return ft.ProgressRing()
