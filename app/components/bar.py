"""The bar on top of the library: what it is, and who is signed in."""

import flet as ft

from app.store import Store


def library_bar(store: Store) -> ft.AppBar:
    """Show the name, and behind the person's initial what they can do."""
    return ft.AppBar(
        title=ft.Text("Library", size=24, weight=ft.FontWeight.W_700),
        center_title=False,
        bgcolor=ft.Colors.SURFACE,
        actions=[_person_menu(store)],
        actions_padding=ft.Padding.only(right=8),
    )


def _person_menu(store: Store) -> ft.Control:
    person = store.person
    name = person.name if person else ""
    return ft.PopupMenuButton(
        ft.CircleAvatar(
            ft.Text(name[:1].upper() or "?", weight=ft.FontWeight.W_600),
            radius=18,
            bgcolor=ft.Colors.PRIMARY,
            color=ft.Colors.ON_PRIMARY,
        ),
        tooltip="Account",
        items=[
            ft.PopupMenuItem(
                ft.Column(
                    [
                        ft.Text(name, weight=ft.FontWeight.W_600),
                        ft.Text((person and person.email) or "", size=12),
                    ],
                    spacing=0,
                ),
                disabled=True,
            ),
            ft.PopupMenuItem(),
            ft.PopupMenuItem("Refresh", icon=ft.Icons.REFRESH_ROUNDED, on_click=store.load),
            ft.PopupMenuItem(
                "Light or dark", icon=ft.Icons.BRIGHTNESS_6_OUTLINED, on_click=_switch_theme
            ),
            ft.PopupMenuItem("Sign out", icon=ft.Icons.LOGOUT_ROUNDED, on_click=store.sign_out),
        ],
    )


def _switch_theme() -> None:
    page = ft.context.page
    dark = page.theme_mode == ft.ThemeMode.DARK or (
        page.theme_mode == ft.ThemeMode.SYSTEM and page.platform_brightness == ft.Brightness.DARK
    )
    page.theme_mode = ft.ThemeMode.LIGHT if dark else ft.ThemeMode.DARK
    page.update()
