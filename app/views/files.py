"""Import and export of the library, through the platform's file picker."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import flet as ft

from app.components.language import t
from app.components.screen import screen
from app.store import Store, use_store
from app.theme import COLUMN_PX, GAP
from app.transfer import Import
from app.words import say_code

MAX_ROWS = 100
EXTENSIONS = ["zip", "csv", "html", "htm", "json", "txt"]
EXPORT_NAME = "core.json"


@dataclass(frozen=True)
class Progress:
    """The action in progress, and the result of the last import."""

    busy: str = ""
    found: Import | None = None
    fault: str | None = None


@ft.component
def FilesView() -> ft.View:
    """Offer to import a file, with a report, and to export the library."""
    store = use_store()
    state, change = ft.use_state(Progress())

    def show(found: Import) -> None:
        change(lambda state: replace(state, found=found))

    async def import_file() -> None:
        if picked := await _pick_file():
            change(Progress(busy="importing"))
            fault = await store.import_file(picked.name, picked.bytes or b"", show)
            change(lambda state: replace(state, busy="", fault=fault))

    async def export() -> None:
        change(Progress(busy="exporting"))
        change(Progress(fault=await store.export(_save_file)))

    controls: list[ft.Control] = [
        ft.Text(t("import hint")),
        _button("import", ft.Icons.FILE_UPLOAD_OUTLINED, import_file, busy=state.busy),
        _button("export", ft.Icons.FILE_DOWNLOAD_OUTLINED, export, busy=state.busy),
    ]
    body = ft.Column([*controls, *_results(store, state)], width=COLUMN_PX, spacing=GAP)
    return screen("/files", t("import and export"), body, scrolls=True)


def _results(store: Store, state: Progress) -> list[ft.Control]:
    """Show the action in progress, its error, and the report of the import."""
    controls: list[ft.Control] = []
    if state.busy:
        controls += [ft.ProgressBar(), ft.Text(t(state.busy))]
    if state.fault:
        controls.append(ft.Text(state.fault, color=ft.Colors.ERROR))
    return controls + (_report(store, state.found) if state.found else [])


async def _pick_file() -> ft.FilePickerFile | None:
    """Ask for a file; None: the user cancelled."""
    picked = await ft.FilePicker().pick_files(
        file_type=ft.FilePickerFileType.CUSTOM,
        allowed_extensions=EXTENSIONS,
        with_data=True,
        cancel_upload_on_window_blur=False,
    )
    return picked[0] if picked else None


async def _save_file(content: bytes) -> None:
    await ft.FilePicker().save_file(file_name=EXPORT_NAME, src_bytes=content)


def _button(
    word: str, icon: ft.IconData, on_click: Callable[[], object], *, busy: str
) -> ft.Control:
    return ft.OutlinedButton(t(word), icon=icon, disabled=bool(busy), on_click=on_click, height=48)


def _report(store: Store, found: Import) -> list[ft.Control]:
    """Show the progress of the import, and each row without a video."""
    texts = [t("n imported", n=found.imported)]
    if found.merged:
        texts.append(t("n merged", n=found.merged))
    controls: list[ft.Control] = [ft.Text(text) for text in texts]
    if found.error:
        said = _say(store, found.error_code, found.error)
        controls.append(ft.Text(said, color=ft.Colors.ERROR))
    if found.failed_count:
        controls.append(ft.Text(t("not imported", n=found.failed_count)))
    controls += [
        ft.Text(f"{row.line}: {row.text} · {_say(store, row.code, row.reason)}", size=12)
        for row in found.failed[:MAX_ROWS]
    ]
    return controls


def _say(store: Store, code: str, reason: str) -> str:
    """Return the sentence for a code, else Core's English sentence."""
    return (store.language != "en" and say_code(store.language, code, "")) or reason
