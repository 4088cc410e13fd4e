"""The dialog that saves the current filters, or renames, updates or deletes a saved search."""

import flet as ft

from app.components.dialogs import Action
from app.components.language import t
from app.searches import MAX_NAME, MAX_SEARCHES, Search, is_taken
from app.store import Store
from app.text import is_rtl
from app.words import Word


def ask_name(store: Store, search: Search | None) -> None:
    """Ask for the name of a new search (None) or of a saved one, which can also be deleted."""
    page, library = ft.context.page, store.library
    if search is None and len(library.searches) >= MAX_SEARCHES:
        store.inform("many searches", n=MAX_SEARCHES)
        return
    field = _name_field(search.name if search else library.suggested_name)
    replaces = ft.Checkbox(label=t("replace filters"))

    async def finish() -> None:
        name = (field.value or "").strip()
        if fault := _fault(store, name, search):
            field.error = t(fault)
            field.update()
            return
        page.pop_dialog()
        if search is None:
            await store.save_search(name)
        elif fields := _changes(store, search, name, replaces=bool(replaces.value)):
            await store.change_search(search, **fields)

    field.on_submit = finish
    parts: list[ft.Control] = [field]
    if search and library.filtered and store.applied != search:
        parts.append(replaces)
    if search:
        parts.append(_delete_button(store, search))
    title = t("search saved before" if search else "save search")
    page.show_dialog(_dialog(title, parts, finish))


def _dialog(title: str, parts: list[ft.Control], on_save: Action) -> ft.AlertDialog:
    """Make a dialog that stays open until its input is valid."""
    return ft.AlertDialog(
        title=ft.Text(title),
        content=ft.Column(parts, tight=True),
        actions=[
            ft.TextButton(t("cancel"), on_click=ft.context.page.pop_dialog),
            ft.FilledButton(t("save"), on_click=on_save),
        ],
    )


def _name_field(name: str) -> ft.TextField:
    return ft.TextField(
        value=name,
        label=t("search name"),
        max_length=MAX_NAME,
        autofocus=True,
        rtl=is_rtl(name),
    )


def _delete_button(store: Store, search: Search) -> ft.Control:
    page = ft.context.page

    async def delete() -> None:
        page.pop_dialog()
        await store.delete_search(search)

    icon = ft.Icons.DELETE_OUTLINE_ROUNDED
    return ft.TextButton(t("delete"), icon=icon, on_click=delete)


def _fault(store: Store, name: str, search: Search | None) -> Word:
    """Return the word for why the name can't be used; "" if it can."""
    if not name:
        return "no search name"
    taken = is_taken(store.library.searches, name, search.id if search else 0)
    return "search name taken" if taken else ""


def _changes(store: Store, search: Search, name: str, *, replaces: bool) -> dict[str, str]:
    fields = {} if name == search.name else {"name": name}
    return fields | ({"query": store.filters} if replaces else {})
